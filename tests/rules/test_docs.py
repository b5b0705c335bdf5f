"""The pages hold together: links lead somewhere, commands and tests that they name are there."""

import ast
import re
from collections.abc import Iterator

import pytest

from dev.infra_tables import QUERIES
from shared.web.table import ROUTES
from tests.rules.sources import ROOT, tracked

PAGES = tuple(path for path in tracked() if path.endswith(".md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\baz ((?:[a-z][a-z-]+ )*[a-z][a-z-]+)((?:(?!\baz |`|\|\s).)*)")
FLAG = re.compile(r"(?<!\S)(--[a-z-]+)")
EVERYWHERE = {"--query", "--output", "--resource-group", "--name"}
STORAGE = {"--account-name", "--auth-mode"}
# https://learn.microsoft.com/cli/azure/reference-index; no `az` is at hand to ask.
AZ = {
    "account show": set(),
    "bicep build": {"--file", "--stdout"},
    "cognitiveservices account show": set(),
    "cognitiveservices account deployment list": set(),
    "cognitiveservices account deployment delete": {"--deployment-name"},
    "cognitiveservices model list": {"--location"},
    "cognitiveservices usage list": {"--location"},
    "functionapp config appsettings set": {"--settings"},
    "functionapp keys list": set(),
    "functionapp keys set": {"--key-type", "--key-name", "--key-value"},
    "functionapp restart": set(),
    "functionapp show": set(),
    "functionapp start": set(),
    "functionapp stop": set(),
    "keyvault secret list-versions": {"--vault-name"},
    "keyvault secret recover": {"--vault-name"},
    "keyvault secret set": {"--vault-name", "--file", "--encoding"},
    "login": set(),
    "monitor metrics list": {
        *("--resource", "--metrics", "--interval", "--aggregation", "--offset", "--filter"),
    },
    "provider register": {"--namespace"},
    "resource list": {"--resource-type"},
    "resource show": {"--ids"},
    "rest": {"--method", "--url", "--body", "--resource", "--skip-authorization-header"},
    "role assignment list": {"--scope"},
    "storage account failover": set(),
    "storage account show": {"--expand"},
    "storage account update": {"--sku"},
    "storage blob list": {"--container-name", "--prefix", "--num-results", *STORAGE},
    "storage blob upload": {"--container-name", "--file", "--overwrite", *STORAGE},
    "storage container immutability-policy lock": {"--container-name", "--if-match", *STORAGE},
    "storage container immutability-policy show": {"--container-name", *STORAGE},
    "storage container list": {"--include-deleted", *STORAGE},
    "storage container restore": {"--deleted-version", *STORAGE},
    "storage message peek": {"--queue-name", "--num-messages", *STORAGE},
}


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
    "page", ["README.md", "docs/operations.md", "docs/capacity.md", "docs/upgrade.md"]
)
def test_az_commands_are_real(page: str) -> None:
    """No command or flag that Azure's command line does not have."""
    for name, flags in commands(page):
        assert name in AZ, name
        assert flags <= AZ[name] | EVERYWHERE, (name, flags - AZ[name])


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
