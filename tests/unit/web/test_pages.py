"""The pages for people, and the files they load."""

import re
from pathlib import Path

import pytest

from tests.unit.web.world import World

PAGES = ("review", "console")
WEB = Path(__file__).parents[3] / "shared" / "web"
LOADED = re.compile(r"""(?:src|href)=["']?([^"'\s>]+)""")
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""")


def files() -> list[Path]:
    return [f for kind in ("*.html", "*.js", "*.css") for f in sorted(WEB.rglob(kind))]


@pytest.mark.parametrize("page", PAGES)
def test_page_under_a_strict_policy(page: str) -> None:
    """It runs only our own files, may be framed by nobody, and is the same for everybody."""
    answer = World().http(page, key=None)
    policy = dict(
        rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; ")
    )

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_page_loads_what_there_is(page: str) -> None:
    """Every file that a page names is served, as what it is, with a tag to ask again by."""
    world = World()
    named = LOADED.findall(world.http(page, key=None).body.decode())

    for name in (one for one in named if one.startswith("assets/")):
        folder, file = name.removeprefix("assets/").split("/")
        answer = world.http("asset", key=None, folder=folder, file=file)
        again = world.http(
            *("asset",),
            key=None,
            headers={"if-none-match": answer.headers["ETag"]},
            folder=folder,
            file=file,
        )
        assert (answer.status, again.status, again.body) == (200, 304, b"")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def needed(file: Path, known: set[Path]) -> set[Path]:
    """A module and all that it imports."""
    if file not in known:
        known.add(file)
        for name in IMPORTED.findall(re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)):
            needed((file.parent / name).resolve(), known)
    return known


def test_modules_are_asked_for_at_once() -> None:
    """The review page names every module it needs: none is found only when another has come."""
    text = (WEB / "review" / "index.html").read_text()
    named = {WEB / one.removeprefix("assets/") for one in LOADED.findall(text) if ".js" in one}

    assert named == needed((WEB / "review" / "review.js").resolve(), set())


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(WEB)))
def test_nothing_from_elsewhere(file: Path) -> None:
    """No page, script or style names an address outside, or runs text as code."""
    text = file.read_text()
    for name in IMPORTED.findall(text) if file.suffix == ".js" else ():
        assert (file.parent / name).resolve().is_relative_to(WEB), name
        assert (file.parent / name).exists(), name

    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|document\.write", text)
    assert not re.search(r"<script>|<style>|\sstyle=|\son[a-z]+=", text) or file.suffix != ".html"


@pytest.mark.parametrize("name", ["index.html", "missing.js", "../pages.py", "%2e%2e"])
def test_only_the_files_of_the_pages(name: str) -> None:
    """What is no script, style or picture of the pages is not there."""
    assert World().http("asset", key=None, folder="review", file=name).status == 404
