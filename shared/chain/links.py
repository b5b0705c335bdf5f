"""Every link we hand out: built from the configured public URL only, never from a header."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.approval import SPEND
from shared.domain.batch_asking import Asking
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.security.keys import KeyRing
from shared.security.tokens import ANYONE, Phase, ReviewClaims, result_signature, review_token

# A link to one image, in a resource or an event, opens for this long.
VIEW_FOR = timedelta(hours=1)
# A decision is refused after the deadline by its own rule, with its own answer; the token
# outlives it, so that a late reviewer hears "closed" and not "invalid".
TOKEN_OUTLIVES_DEADLINE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Links:
    public_url: str
    ring: KeyRing

    def of(self, request_id: str, what: str = "") -> str:
        return f"{self.public_url}/images/{request_id}" + (f"/{what}" if what else "")

    def batch(self, batch_id: str, what: str = "") -> str:
        return f"{self.public_url}/batches/{batch_id}" + (f"/{what}" if what else "")

    def result(self, request_id: str, until: str | None = None) -> str:
        """`until` is one of the words that end the wait earlier; the signature is for all."""
        link = self.of(request_id, "result") + f"?sig={result_signature(self.ring, request_id)}"
        return link if until is None else f"{link}&until={until}"

    def content(self, request: Request, index: int, expires_at: datetime) -> str:
        return self._image(request, request.round, index, expires_at, "")

    def earlier(self, request: Request, round_: int, index: int, expires_at: datetime) -> str:
        """To an image of a round before; good for what was seen then, and nothing else."""
        return self._image(request, round_, index, expires_at, f"round={round_}&")

    def input(self, request: Request, index: int, expires_at: datetime) -> str:
        """The token names the prompt: inputs go with it from the first round to the last."""
        token = self.token(request, "view", "", request.terms.prompt_sha256, expires_at)
        return self.of(request.id, f"content/{index}") + f"?input={index}&token={token}"

    def _image(
        self, request: Request, round_: int, index: int, expires_at: datetime, which: str
    ) -> str:
        completed = request.reviewed(round_)
        manifest = completed.manifest_sha256 if completed else ""
        token = self.token(request, "view", "", manifest, expires_at)
        return self.of(request.id, f"content/{index}") + f"?{which}token={token}"

    def preview(self, request: Request, expires_at: datetime) -> str:
        """To the latest partial image; the token names no images, so it opens no others."""
        token = self.token(request, "view", "", "", expires_at)
        return self.of(request.id, "content/0") + f"?preview=1&token={token}"

    def review_token(self, request: Request, opening: Opening, reviewer: str = ANYONE) -> str:
        expires_at = opening.deadline + TOKEN_OUTLIVES_DEADLINE
        return self.token(
            request, opening.phase, opening.stage, opening.manifest_sha256, expires_at, reviewer
        )

    def decision(self, request: Request, opening: Opening, reviewer: str = ANYONE) -> str:
        """Whether the budget may be passed is not for whoever holds a link to decide."""
        link = self.of(request.id, "decision")
        if opening.stage == SPEND:
            return link
        return link + f"?token={self.review_token(request, opening, reviewer)}"

    def review(self, request: Request, opening: Opening, reviewer: str = ANYONE) -> str:
        if opening.stage == SPEND:
            return self.review_page(request.id)
        return f"{self.public_url}/review#{self.review_token(request, opening, reviewer)}"

    def review_page(self, request_id: str) -> str:
        """Gives nobody a right: who follows it has to bring a key with the role `decide`."""
        return f"{self.public_url}/review#request={request_id}"

    def batch_token(self, batch_id: str, asking: Asking, reviewer: str = ANYONE) -> str:
        """It names the root, so it is good for the very images that were asked about."""
        opening = asking.opening
        expires_at = opening.deadline + TOKEN_OUTLIVES_DEADLINE
        claims = ReviewClaims(
            *(batch_id, "batch", opening.stage, asking.number, asking.root, reviewer, expires_at)
        )
        return review_token(self.ring, claims)

    def batch_decision(self, batch_id: str, asking: Asking, reviewer: str = ANYONE) -> str:
        link = self.batch(batch_id, "decision")
        return f"{link}?token={self.batch_token(batch_id, asking, reviewer)}"

    def batch_review(self, batch_id: str, asking: Asking, reviewer: str = ANYONE) -> str:
        return f"{self.public_url}/review#{self.batch_token(batch_id, asking, reviewer)}"

    def token(
        self,
        request: Request,
        phase: Phase,
        stage: str,
        manifest: str,
        expires_at: datetime,
        reviewer: str = ANYONE,
    ) -> str:
        claims = ReviewClaims(
            *(request.id, phase, stage, request.round, manifest, reviewer, expires_at)
        )
        return review_token(self.ring, claims)
