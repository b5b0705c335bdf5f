"""
What a call through the Responses API costs beside its image: a chat model reads the prompt and
writes the call of the image tool.
"""

from datetime import date

from pydantic import Field

from shared.domain.values import Usage, Value

# Counted in the documented sample answer. The tool's own instructions are most of what is read;
# a reasoning model may write more.
ESTIMATED_INPUT_TOKENS, ESTIMATED_OUTPUT_TOKENS = 2000, 500


class OrchestratorRates(Value):
    """Money per million tokens; what is read from a cache counts as any other."""

    text_in: float = Field(ge=0)
    text_out: float = Field(ge=0)
    source: str = ""
    as_of: date | None = None

    def millionths(self, usage: Usage) -> float:
        return (
            usage.orchestrator_input_tokens * self.text_in
            + usage.orchestrator_output_tokens * self.text_out
        )


def with_orchestrator(usage: Usage, counted: Usage | None) -> Usage:
    """
    `usage` with the orchestrator's tokens: as counted, else estimated.

    The estimate takes the image's text for the prompt: it is read, and written again for the tool.
    """
    prompt_tokens = usage.input_text_tokens
    tokens = {
        "orchestrator_input_tokens": ESTIMATED_INPUT_TOKENS + prompt_tokens,
        "orchestrator_output_tokens": ESTIMATED_OUTPUT_TOKENS + prompt_tokens,
    }
    if counted is not None:
        tokens = {
            "orchestrator_input_tokens": counted.input_tokens,
            "orchestrator_output_tokens": counted.output_tokens,
        }
    return usage.model_copy(update=tokens)
