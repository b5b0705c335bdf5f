"""
The model deployments of the local system: one for each way in which the app asks for images.
"""

from collections.abc import Mapping
from typing import Any

from dev.keys import Keys

DEPLOYMENT, MODEL = "img-local", "gpt-image-2"
SPARE, EDIT, CHAT = "img-spare", "img-edit", "img-chat"
ORCHESTRATOR = "chat-local"

# The simulator enforces no quota unless it is told one, so the app's pace hardly shows.
REQUESTS_PER_MINUTE = 600

# The entries of the setting without address and key. The first is what a request gets that
# names no model; the second is asked when the first cannot be.
DEPLOYMENTS: tuple[Mapping[str, Any], ...] = (
    {"name": DEPLOYMENT, "model": MODEL, "api": "v1"},
    {
        "name": SPARE,
        "model": MODEL,
        "api": "deployment",
        "apiVersion": "2025-04-01-preview",
        "priority": 1,
    },
    # The one of them that takes an input fidelity.
    {"name": EDIT, "model": "gpt-image-1.5", "api": "v1"},
    {
        "name": CHAT,
        "model": "gpt-image-1-mini",
        "api": "responses",
        "orchestrator": ORCHESTRATOR,
        "orchestratorModel": "gpt-4.1-mini",
    },
)

# As the simulator has them.
SIMULATED: Mapping[str, str] = {one["name"]: one["model"] for one in DEPLOYMENTS}


def deployment_setting(simulator_url: str, keys: Keys) -> list[dict[str, Any]]:
    """
    The value of `DARKROOM_DEPLOYMENTS`, before it is JSON.
    """
    return [
        {
            "endpoint": simulator_url,
            "deployment": one["name"],
            "requestsPerMinute": REQUESTS_PER_MINUTE,
            "apiKey": keys.simulator,
            **one,
        }
        for one in DEPLOYMENTS
    ]


def alt_text_setting(simulator_url: str, keys: Keys) -> dict[str, Any]:
    """
    The value of `DARKROOM_ALT_TEXT_DEPLOYMENT`, before it is JSON: who calls the image tool also
    says what it sees.
    """
    return {
        "endpoint": simulator_url,
        "deployment": ORCHESTRATOR,
        "model": "gpt-5-mini",
        "apiKey": keys.simulator,
        "reasoningEffort": "minimal",
    }


def simulator_arguments() -> list[str]:
    """
    What makes `python -m dev.simulator` have all of them.
    """
    arguments = ["--orchestrator", ORCHESTRATOR]
    for name, model in SIMULATED.items():
        arguments += ["--deployment", f"{name}={model}"]
    return arguments
