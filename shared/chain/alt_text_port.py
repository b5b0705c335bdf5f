"""What the kernel needs of the model that describes images; `ports.py` has all other ports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.chain.ports import InputFile


@dataclass(frozen=True, slots=True)
class DraftCall:
    """
    One paid call about one image; `deadline_s` covers everything up to the answer's last byte.

    `most_tokens` is what the answer may take, whatever of it is text.
    """

    image: InputFile
    user: str
    client_request_id: str
    deadline_s: float
    most_tokens: int


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """
    `text` is what the model wrote, as it wrote it; empty where there is nothing, or only a part,
    or what a filter has left. `usage` has the wire's own keys, None when missing.
    """

    text: str = field(repr=False)
    usage: Mapping[str, object] | None
    upstream_request_id: str | None


class AltTextModel(Protocol):
    @property
    def model(self) -> str:
        """As in the price book."""

    @property
    def deployment(self) -> str: ...

    def describe(self, call: DraftCall) -> DraftAnswer:
        """
        Make the call once, without retries, and read the image while it is sent.

        Raises:
            ModelError: one of its branches, by what is known about the money.
        """
