"""The pages hold together: links lead somewhere, commands and tests that they name are there."""

import ast
import re
from collections.abc import Iterator

import pytest

from dev.infra_tables import QUERIES
from shared.web.table import ROUTES
from tests.rules.az import AZ, COMMAND, EVERYWHERE, FLAG
from tests.rules.sources import ROOT, tracked

PAGES = tuple(path for path in tracked() if path.endswith(".md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page: str) -> set[str]:
    """Those that stand there by name, and those of headings as the forge makes them."""
    text = FENCED.sub("", text_of(page))
    named = re.findall(r'<a id="([^"]+)"></a>', text)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {*named, *(re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings)}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Each relative link names a file or folder that is there, and an anchor that it has."""
    for link in LINK.findall(FENCED.sub("", text_of(page))):
        path, _, anchor = link.partition("#")
        place = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert place.exists(), link
        if anchor:
            assert anchor in anchors(str(place.relative_to(ROOT))), link


def sections() -> dict[str, str]:
    text = text_of("docs/operations.md").partition("## Incidents")[2]
    return dict(re.findall(r'<a id="([\w-]+)"></a>\n(.*?)(?=<a id=|\Z)', text, re.DOTALL))


@pytest.mark.parametrize("alert", sorted(file.stem for file in QUERIES.glob("alerts/*.kql")))
def test_each_alert_has_a_whole_page(alert: str) -> None:
    """It says what it means and what to look at before anything is changed."""
    page = sections()[alert]

    assert "**Means.**" in page
    assert alert == "model-retiring" or page.index("**Means.**") < page.index("**Look first.**")


def test_changes_say_who_and_how_back() -> None:
    """Every table of changes has owner and ticket, what to expect, and the way back."""
    text = text_of("docs/operations.md")
    heads = re.findall(r"^\| what \|.*$", text, re.MULTILINE)

    assert len(heads) >= 9
    assert set(heads) == {"| what | owner, ticket | expected | back |"}


def commands(page: str) -> Iterator[tuple[str, set[str]]]:
    """Each `az` command of a page with its flags; of its words, those that name the command."""
    for words, rest in COMMAND.findall(text_of(page)):
        parts = words.split()
        known = (" ".join(parts[:n]) for n in range(len(parts), 0, -1))
        name = next((one for one in known if one in AZ), words)
        yield name, set(FLAG.findall(rest))


@pytest.mark.parametrize(
    "page",
    [
        *("README.md", "docs/operations.md", "docs/capacity.md", "docs/upgrade.md"),
        *("infra/README.md", "infra/integrations/logic_app/README.md"),
    ],
)
def test_az_commands_are_real(page: str) -> None:
    """No command or flag that Azure's command line does not have."""
    for name, flags in commands(page):
        assert name in AZ, name
        assert flags <= AZ[name] | EVERYWHERE, (name, flags - AZ[name])


def test_each_addition_has_one_row() -> None:
    """Whoever adds something finds one row, and the files that it names."""
    table = text_of("CONTRIBUTING.md").partition("| to add |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\w[^|]*) \| (.+) \|$", table, re.MULTILINE)
    paths = {path for _, files in rows for path in re.findall(r"`([\w.]+/[\w./]*)`", files)}

    assert len(rows) > 30 and len({what for what, _ in rows}) == len(rows)
    assert not {path for path in paths if not (ROOT / path).exists()}


def test_az_shows_an_app_of_flex_as_arm_does() -> None:
    """`az functionapp show` flattens no app of Flex Consumption: all of it is in `properties`."""
    asked = re.findall(r'az functionapp show [^`\n]*--query "(.*?)"', text_of("docs/operations.md"))
    fields = [field for query in asked for field in re.findall(r":([\w.]+)", query)]

    assert fields and all(field.startswith("properties.") for field in fields)


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md", "docs/upgrade.md"])
def test_routes_are_there(page: str) -> None:
    """Each address of the app that a page asks is a route of the app."""
    routes = [re.sub(r"\{\w+\}", "[^/]+", row.path) for row in ROUTES.values()]
    text = re.sub(r"\$\{\w+:\?[^}]*\}", "x", text_of(page))
    asked = re.findall(r'"\$API/([^"?]+)', text)
    named = re.findall(r"`(?:GET|POST|PUT|DELETE) /([^`?]+)", text)

    for path in [*asked, *named]:
        path = path.removeprefix("api/").partition(" ")[0]
        assert any(re.fullmatch(one, path) for one in routes), path


def test_tests_that_are_named_exist() -> None:
    """What a page calls a proof is a test that is there, under that name."""
    named = {
        (path, name)
        for page in PAGES
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text_of(page))
    }

    assert named
    for path, name in named:
        tree = ast.parse(text_of(path))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in functions, (path, name)
