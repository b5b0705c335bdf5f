"""The four operations: what they are called where Azure names them, and their own refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from . import tool_errors
from .answers import Refusal


@dataclass(frozen=True)
class Operation:
    """One operation; ``refusals`` are the fault orders it answers otherwise than the others.

    ``name`` is what the call-rate refusal says. Only that of generations is known. ``by_name``: no
    fault order is meant for it that does not name its deployment, for it comes after an image's.
    """

    route: str
    name: str
    path: str
    data_action: str
    refusals: Mapping[str, Callable[[], Refusal]] = field(default_factory=dict)
    by_name: bool = False

    def shown_path(self, *, v1: bool) -> str:
        """The path as a refusal writes it."""
        form = "v1" if v1 else "deployments/{deployment-id}"
        return f"/openai/{form}/{self.path}"


GENERATIONS = Operation(
    "generations", "ImageGenerations_Create", "images/generations", "images/generations/action"
)
EDITS = Operation("edits", "ImageEdits_Create", "images/edits", "images/edits/action")
CHAT = Operation(
    "chat",
    "ChatCompletions_Create",
    "chat/completions",
    "chat/completions/action",
    {"400": tool_errors.prompt_filtered, "error200": tool_errors.failed_without_status},
    by_name=True,
)
RESPONSES = Operation(
    "responses",
    "Responses_Create",
    "responses",
    "responses/write",
    {
        "400": tool_errors.prompt_filtered,
        "400param": tool_errors.ordered_parameter_error,
        "error200": tool_errors.failed_without_status,
    },
)
