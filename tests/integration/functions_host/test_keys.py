"""Function keys."""

import json
from pathlib import Path

import pytest

from dev.functions_host.errors import ConfigurationError
from dev.functions_host.keys import KeyRing, presented_key, read_keys

KEYS = KeyRing("m", ("h1", "h2"), {"submit": ("s",), "other": ("o",)})


@pytest.mark.parametrize(
    ("level", "key", "allowed"),
    [
        ("anonymous", None, True),
        ("anonymous", "wrong", True),
        ("function", None, False),
        ("function", "", False),
        ("function", "s", True),
        ("function", "h2", True),
        ("function", "m", True),
        ("function", "o", False),
        ("admin", "m", True),
        ("admin", "h1", False),
        ("admin", "s", False),
    ],
)
def test_levels(level: str, key: str | None, allowed: bool) -> None:
    """Function level takes own, host and master key; admin level the master key only."""
    assert KEYS.allows(level, "Submit", key) is allowed


def test_header_hides_the_query() -> None:
    """The query counts only when there is no header; an empty header is a header."""
    assert presented_key({"x-functions-key": "a"}, {"code": "b"}) == "a"
    assert presented_key({"x-functions-key": ""}, {"code": "b"}) == ""
    assert presented_key({}, {"Code": "b"}) == "b"
    assert presented_key({}, {}) is None


def test_key_file(tmp_path: Path) -> None:
    """Keys are read by function name, ignoring case."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"master": "m", "host": {"d": "h"}, "function": {"F": {"k": "f"}}}))
    keys = read_keys(path)
    assert keys.allows("function", "f", "f")
    assert repr(keys).startswith("<")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"master": ""}', '{"master": 1}'])
def test_bad_key_file_is_not_quoted(tmp_path: Path, content: str) -> None:
    """An unusable file stops the host with its name only."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"^keys\.json is not a usable key file$"):
        read_keys(path)
