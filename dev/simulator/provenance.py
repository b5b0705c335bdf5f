"""Content credentials as Azure's pictures carry them, signed by a chain of this process's own.

The claim says what Azure's says; the certificates say that they are a test's. No verifier trusts
them, but signature and hash binding hold.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import c2pa  # type: ignore[import-untyped]

from .certificates import signing_chain

SOFTWARE_AGENT = "Azure OpenAI ImageGen"
DESCRIPTION = "AI Generated Image"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
# Neither is needed: the reader of a test verifies, and nobody looks at a thumbnail.
SETTINGS = {
    "verify": {"verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}


class Signatory:
    """Puts a signed manifest into pictures; one takes a millisecond or two."""

    def __init__(self) -> None:
        chain = signing_chain()
        info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain.certificates, chain.key, None)
        signer = c2pa.Signer.from_info(info)
        self._context = c2pa.Context(c2pa.Settings.from_dict(SETTINGS), signer)

    def sign(self, picture: bytes, output_format: str) -> bytes:
        """The picture with its manifest: a ``caBX`` chunk in PNG, APP11 segments in JPEG."""
        signed = io.BytesIO()
        with c2pa.Builder(_manifest(), self._context) as builder:
            builder.sign(f"image/{output_format}", io.BytesIO(picture), signed)
        return signed.getvalue()


def _manifest() -> dict[str, object]:
    action = {
        "action": "c2pa.created",
        "description": DESCRIPTION,
        "softwareAgent": {"name": SOFTWARE_AGENT},
        "digitalSourceType": SOURCE_TYPE,
        "when": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {
        "claim_generator_info": [{"name": "Darkroom simulator", "version": "1"}],
        "title": DESCRIPTION,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
