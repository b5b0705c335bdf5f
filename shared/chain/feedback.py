"""What the model is asked in a round: the prompt, and what people wanted changed."""

from shared.domain.content import Content
from shared.domain.request import Request


def prompt_of(request: Request, content: Content) -> str:
    """An edited image has the earlier changes in it; one that is made anew needs them all."""
    latest = request.rounds[-1]
    asked = [latest] if latest.edit else request.rounds
    notes = [note for one in asked for note in one.feedback]
    words = [content.comments[note] for note in notes if note in content.comments]
    return "\n\n".join([content.prompt, *(f"Change this: {one}" for one in words)])
