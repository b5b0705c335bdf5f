"""The reviewer's page."""

import base64
import hashlib
import re

from tests.unit.web.world import World


def test_review_page_under_a_strict_policy() -> None:
    """It loads nothing from elsewhere, runs only its own script, and is the same for everybody."""
    answer = World().http("review", key=None)
    policy = answer.headers["Content-Security-Policy"]
    text = answer.body.decode()

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
