"""A chat model in memory; `tests/integration/alt_texts` holds it against the real adapter."""

import hashlib

from shared.chain.alt_text_port import DraftAnswer, DraftCall
from shared.errors import DigestMismatch, ModelError, ModelNotSent

DRAFT = "canary-draft: a lighthouse on a rocky coast"
USAGE = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}


class ScriptedDescriber:
    """
    Implements `AltTextModel`: answers by script, then `DRAFT`; keeps what it was sent.

    An error of the script is raised after the image was read, as one from the service is;
    `billed` has the calls that cost something.
    """

    model, deployment = "gpt-5-mini", "chat-prod"

    def __init__(self, *script: str | ModelError | DraftAnswer) -> None:
        self.script = list(script)
        self.calls: list[DraftCall] = []
        self.seen: list[str] = []
        self.billed: list[str] = []

    def describe(self, call: DraftCall) -> DraftAnswer:
        self.calls.append(call)
        played = self.script.pop(0) if self.script else DRAFT
        try:
            self.seen.append(hashlib.sha256(b"".join(call.image.read())).hexdigest())
        except DigestMismatch as exc:
            raise ModelNotSent("It is another one.", code=exc.code) from exc
        if isinstance(played, ModelNotSent):
            raise played
        self.billed.append(call.client_request_id)
        if isinstance(played, ModelError):
            raise played
        return DraftAnswer(played, USAGE, "up-1") if isinstance(played, str) else played
