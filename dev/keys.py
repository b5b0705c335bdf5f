"""
The keys of one local system: made new for each start, or kept with its data.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.places import write_private


@dataclass(frozen=True)
class Keys:
    """
    Random keys; `signing` is base64 of 32 bytes.
    """

    master: str
    function: str
    read_only: str
    signing: str
    simulator: str

    def signing_bytes(self) -> bytes:
        return base64.b64decode(self.signing)

    def host_file(self) -> str:
        """
        The keys file of our Functions host.
        """
        host = {"default": self.function, "readonly": self.read_only}
        return json.dumps({"master": self.master, "host": host, "function": {}}, indent=1)


def new_keys() -> Keys:
    """
    Nothing in them needs escaping in a URL or a shell.
    """
    return Keys(
        master=secrets.token_urlsafe(32),
        function=secrets.token_urlsafe(32),
        read_only=secrets.token_urlsafe(32),
        signing=base64.b64encode(secrets.token_bytes(32)).decode(),
        simulator=secrets.token_hex(16),
    )


def kept_keys(file: Path) -> Keys:
    """
    Those of the last start, so that links made then still work; made now when there are none.
    """
    if file.exists():
        return Keys(**json.loads(file.read_text()))
    keys = new_keys()
    save_keys(keys, file)
    return keys


def save_keys(keys: Keys, file: Path) -> None:
    write_private(file, json.dumps(asdict(keys), indent=1))
