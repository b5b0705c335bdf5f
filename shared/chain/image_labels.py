"""What a stored image says of itself to whoever finds it: the metadata of its blob."""

from shared.domain.values import Image


def labels_of(image: Image, request_id: str, round_: int, model: str) -> dict[str, str]:
    """Only what a header can hold: a manifest's own words for its maker stay in the journal."""
    seen = {"c2pa": image.provenance.c2pa} if image.provenance else {}
    return {
        "requestid": request_id,
        "round": str(round_),
        "sha256": image.sha256,
        "aigenerated": "true",
        "model": model,
        **seen,
    }
