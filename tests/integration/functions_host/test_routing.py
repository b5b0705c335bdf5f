"""Route templates."""

import pytest

from dev.functions_host.routing import compile_route, decode_path

GUID = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"


@pytest.mark.parametrize(
    ("route", "path", "expected"),
    [
        ("jobs", "/api/jobs", {}),
        ("jobs", "/API/Jobs/", {}),
        ("jobs", "/api/jobs/x", None),
        ("jobs", "/jobs", None),
        ("jobs/{id}", "/api/jobs/7", {"id": "7"}),
        ("jobs/{id}", "/api/jobs/", None),
        ("jobs/{id}", "/api/jobs/a/b", None),
        ("jobs/{id:int}", "/api/jobs/-7", {"id": "-7"}),
        ("jobs/{id:int}", "/api/jobs/2147483648", None),
        ("jobs/{id:int}", "/api/jobs/x", None),
        ("jobs/{id:int?}", "/api/jobs", {}),
        ("jobs/{id:int?}", "/api/jobs/3", {"id": "3"}),
        ("jobs/{id=new}", "/api/jobs", {"id": "new"}),
        ("jobs/{id:guid}", f"/api/jobs/{GUID}", {"id": GUID}),
        ("jobs/{id:guid}", "/api/jobs/7", None),
        ("jobs/{id:alpha:minlength(3)}", "/api/jobs/ab", None),
        ("jobs/{id:alpha:minlength(3)}", "/api/jobs/abc", {"id": "abc"}),
        ("jobs/{id:range(1,5)}", "/api/jobs/6", None),
        ("jobs/{id:length(2)}", "/api/jobs/ab", {"id": "ab"}),
        ("jobs/{id:regex(^a{{2}}/?$)}", "/api/jobs/AA", {"id": "AA"}),
        ("jobs/{id:regex(^(a|b)$)}", "/api/jobs/c", None),
        ("f/{name}.{ext}", "/api/f/a.b.png", {"name": "a", "ext": "b.png"}),
        ("{*rest}", "/api/a/b/c", {"rest": "a/b/c"}),
        ("{*rest}", "/api", {}),
        ("x/{**rest}", "/api/x/a/", {"rest": "a/"}),
    ],
)
def test_match(route: str, path: str, expected: dict[str, str] | None) -> None:
    """Prefix, case, optional parts, constraints and catch-all as the platform has them."""
    assert compile_route("api", route).match(path) == expected


def test_no_prefix() -> None:
    """An empty prefix removes the segment."""
    assert compile_route("", "jobs").match("/jobs") == {}
    assert compile_route("", "").match("/") == {}


@pytest.mark.parametrize(
    "route",
    ["a//b", "{id", "id}", "{id}/{ID}", "{i d}", "{id:odd}", "{id:int(3)}", "x{id?}", "{}"],
)
def test_malformed(route: str) -> None:
    """A template that cannot be compiled is refused."""
    with pytest.raises(ValueError, match=r"."):
        compile_route("api", route)


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("/a%20b", "/a b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%2fb%2Bc", "/a%2fb+c"),
        ("/%C3%A9", "/é"),
        ("/a/../b/./c", "/b/c"),
        ("/../../a", "/a"),
        ("/..", "/"),
    ],
)
def test_decode_path(raw: str, decoded: str) -> None:
    """Everything is decoded except an encoded slash; dots are folded away."""
    assert decode_path(raw) == decoded
