"""The pages for people: static, without anything from elsewhere, under a strict policy."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from shared.chain.services import Services
from shared.web.exchange import GUARDS, Answer, Call

_REVIEW = Path(__file__).parent / "review" / "index.html"
_INLINE = re.compile(rb"<(style|script)>(.*?)</\1>", re.DOTALL)


def review(call: Call, s: Services) -> Answer:
    """The same for everybody: the token is in the fragment, which is never sent."""
    return _page(_REVIEW)


@cache
def _page(file: Path) -> Answer:
    body = file.read_bytes()
    headers = {**GUARDS, "Content-Security-Policy": _policy(body), "Referrer-Policy": "no-referrer"}
    return Answer(200, body, "text/html; charset=utf-8", headers)


def _policy(body: bytes) -> str:
    """What stands in the page may run, by its digest; it may talk to us and to nobody else."""
    digests: dict[str, list[str]] = {"style": [], "script": []}
    for kind, text in _INLINE.findall(body):
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        digests[kind.decode()].append(f"'sha256-{digest}'")
    return (
        f"default-src 'none'; script-src {' '.join(digests['script'])}; "
        f"style-src {' '.join(digests['style'])}; img-src blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
