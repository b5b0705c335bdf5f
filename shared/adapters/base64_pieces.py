"""Standard base64, decoded while it arrives."""

import binascii

from shared.errors import ModelUnknown

WHITESPACE = b" \t\r\n"


class Base64Pieces:
    """Whitespace is passed over, the padding may be missing; anything else is `ModelUnknown`."""

    def __init__(self) -> None:
        self._held = b""
        self._ended = False

    def decode(self, text: bytes) -> bytes:
        text = self._held + text.translate(None, WHITESPACE)
        whole = len(text) // 4 * 4
        self._held = text[whole:]
        return self._binary(text[:whole])

    def finish(self) -> bytes:
        return self._binary(self._held.ljust(4, b"=")) if self._held else b""

    def _binary(self, quads: bytes) -> bytes:
        if not quads:
            return b""
        if self._ended:
            raise ModelUnknown("An image goes on after its end.")
        self._ended = quads.endswith(b"=")
        try:
            return binascii.a2b_base64(quads, strict_mode=True)
        except binascii.Error:
            raise ModelUnknown("An image is not valid base64.") from None
