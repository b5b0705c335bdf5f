"""A proxy is for the way out."""

import pytest

from dev.host_settings import child_environment
from dev.proxies import NAMES, go_past_proxies


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "", "no_proxy": ""}, "127.0.0.1,localhost"),
        ({"NO_PROXY": ".corp", "no_proxy": ".corp"}, ".corp,127.0.0.1,localhost"),
        (dict.fromkeys(NAMES, "localhost,127.0.0.1"), "localhost,127.0.0.1"),
    ],
)
def test_this_machine_is_not_behind_it(before: dict[str, str], after: str) -> None:
    """Under both names, once each, and what else stands there stays."""
    go_past_proxies(before)

    assert before == {"NO_PROXY": after, "no_proxy": after}


def test_children_know_it_too() -> None:
    """The variables of a proxy are not handed on; where the system has one, this counts."""
    found = child_environment({"HTTPS_PROXY": "http://proxy.corp:3128", "PATH": "x"})

    assert found["NO_PROXY"] == "127.0.0.1,localhost"
    assert "HTTPS_PROXY" not in found
