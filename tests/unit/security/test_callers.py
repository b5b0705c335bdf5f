"""Who a key or a principal belongs to."""

import hashlib

import pytest

from shared.security.callers import DEFAULT_CALLER, Caller, CallerBook, Role, principal_of


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


FLOW = Caller("flow", key_sha256=(digest("key-1"), digest("key-2").upper()))
OPS = Caller("ops", frozenset(Role), principals=("9A0F-11",))
BOOK = CallerBook((FLOW, OPS))


@pytest.mark.parametrize(
    ("key", "caller"),
    [("key-1", FLOW), ("key-2", FLOW), ("key-3", None), ("", None), ("\ud800", None)],
)
def test_by_key(key: str, caller: Caller | None) -> None:
    """A key belongs to whose entry has its digest, in either case."""
    assert caller == BOOK.by_key(key)


def test_digest_is_no_key() -> None:
    """Who reads the settings cannot call with what stands there."""
    assert BOOK.by_key(digest("key-1")) is None


def test_by_principal_and_name() -> None:
    """Principals match in any case; the default caller has a name like the others."""
    assert BOOK.by_principal("9a0f-11") == OPS
    assert BOOK.by_principal("nobody") is None
    assert BOOK.by_name("flow") == FLOW
    assert DEFAULT_CALLER == BOOK.by_name("default") == BOOK.default
    assert BOOK.by_name("nobody") is None


def test_default_roles() -> None:
    """Who is not listed may submit and read."""
    assert {Role.SUBMIT, Role.READ} == BOOK.default.roles


def test_listed_default() -> None:
    """An entry named default takes the default's place."""
    reader = Caller("default", frozenset({Role.READ}))

    assert reader == CallerBook((reader,)).default == CallerBook((reader,)).by_name("default")


@pytest.mark.parametrize(
    ("callers", "what"),
    [
        ((Caller("a"), Caller("a")), "name"),
        ((Caller("a", key_sha256=("0f",)), Caller("b", key_sha256=("0F",))), "keySha256"),
        ((Caller("a", principals=("x",)), Caller("b", principals=("X",))), "principal"),
    ],
)
def test_nobody_is_two_callers(callers: tuple[Caller, ...], what: str) -> None:
    """One key, principal or name that two entries claim would make the order matter."""
    with pytest.raises(ValueError, match=what):
        CallerBook(callers)


@pytest.mark.parametrize(
    ("headers", "principal"),
    [
        ({"x-ms-client-principal-id": " 9A0F ", "x-ms-client-principal-idp": "aad"}, "9a0f"),
        ({"x-ms-client-principal-id": "9a0f"}, "9a0f"),
        ({"x-ms-client-principal-id": "9a0f", "x-ms-client-principal-idp": "github"}, None),
        ({"x-ms-client-principal-id": " "}, None),
        ({}, None),
    ],
)
def test_principal_of(headers: dict[str, str], principal: str | None) -> None:
    """The id of App Service authentication counts when Entra gave it."""
    assert principal == principal_of(headers)
