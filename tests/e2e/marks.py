"""What the tests send that must never leave its room; the canary looks for every one."""

from typing import Any

from dev.simulator.chat import STEM

PROMPT = "canary-prompt-5d1c: a heron on a jetty, gouache"
CALLBACK_PATH = "canary-path-88e0"
REVIEWER = "canary-reviewer-41f7@contoso.example"
REQUESTER = "canary-requester-c3b9@contoso.example"
COMMENT = "canary-comment-90aa: the beak is too long"
ALT_TEXT = "canary-alt-text-2b6e"
PURPOSE = "canary-purpose-f00d"
PIXELS = "canary-pixels-3c8e"
INPUT_PATH = "canary-input-path-61d7"
# What a model has drafted; with it begins whatever the simulator says of a picture.
DRAFT = STEM
VARIABLE = "canary-variable-b27f: a heron"

WORDS = (
    *(PROMPT, CALLBACK_PATH, REVIEWER, REQUESTER, COMMENT, ALT_TEXT, PURPOSE),
    *(PIXELS, INPUT_PATH, VARIABLE, DRAFT),
)


def order(**fields: Any) -> dict[str, Any]:
    """A good submit body with the given fields on top."""
    marked = {"prompt": PROMPT, "requestedBy": REQUESTER, "altText": ALT_TEXT, "purpose": PURPOSE}
    return marked | {"quality": "low"} | fields
