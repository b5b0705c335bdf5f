"""The templates hold together: what the compiler would find is found here, without it."""

import re
from collections.abc import Iterator

import pytest

from tests.unit.infra.azure_tables import API_VERSIONS, NAME_CHARS, ROLES
from tests.unit.infra.bicep_check import Template, faults
from tests.unit.infra.templates import INFRA

TEXTS = {
    str(file.relative_to(INFRA).as_posix()): file.read_text(encoding="utf-8")
    for file in sorted(INFRA.rglob("*.bicep"))
}
# The length of what uniqueString() makes.
TOKEN_CHARS = 13
# File, what is changed in it, and what has to be said of it.
MUTATIONS = [
    ("main.bicep", "    publicUrl: publicUrl\n", "", "app: is not given publicUrl"),
    (
        "main.bicep",
        "    publicUrl: publicUrl\n",
        "    publicUri: publicUrl\n",
        "parameter publicUri",
    ),
    ("main.bicep", "vault.outputs.uri", "vault.outputs.url", "vault: has no output url"),
    ("main.bicep", "safety!.outputs.id", "safety!.outputs.ip", "safety: has no output ip"),
    ("main.bicep", "network!.outputs", "network.outputs", "write network!"),
    ("main.bicep", "workspaceId: monitoring.outputs", "workspaceId: monitor.outputs", "monitor is"),
    ("main.bicep", "'modules/safety.bicep'", "'modules/safe.bicep'", "no modules/safe.bicep"),
    ("main.bicep", "toLower(unique", "tolower(unique", "tolower() is no function"),
    ("main.bicep", "scope: group\n", "scope: token\n", "token is no resource"),
    ("main.bicep", "'id-darkroom-${token}'", "'id-darkroom-${tokens}'", "tokens is not declared"),
    ("main.bicep", "param owner string", "param tags string", "tags is declared twice"),
    (
        "modules/app.bicep",
        "param name string",
        "param spare int\nparam name string",
        "spare is not",
    ),
    ("modules/app.bicep", "var httpConc", "var spare = 1\nvar httpConc", "var spare is not used"),
    ("modules/app.bicep", "parent: app", "parent: plans", "plans is no resource"),
    ("modules/app.bicep", "sites@2025-03-01", "sites@2025-03-32", "is not in the table"),
    ("modules/vault.bicep", "keyIdentity!.", "keyIdentity.", "write keyIdentity!"),
    ("modules/vault.bicep", "4633458b-17de", "4633458b-17df", "is no role of the table"),
    (
        "modules/identity.bicep",
        "tags: tags",
        "tags: {\n    a: identity.id\n  }",
        "tags is not used",
    ),
    (
        "modules/monitoring.bicep",
        "retentionDays\n",
        "insights.id\n",
        "insights, publishes, workspace need",
    ),
]


def found(texts: dict[str, str]) -> list[str]:
    return list(faults(texts))


def test_templates_hold_together() -> None:
    """Nothing undeclared, unused, unknown, or passed to a module that does not take it."""
    assert found(TEXTS) == []


@pytest.mark.parametrize(("file", "old", "new", "said"), MUTATIONS)
def test_each_slip_is_found(file: str, old: str, new: str, said: str) -> None:
    """Every kind of slip is told of, in its file."""
    assert old in TEXTS[file]
    slipped = TEXTS | {file: TEXTS[file].replace(old, new, 1)}

    assert any(one.startswith(file) and said in one for one in found(slipped)), found(slipped)


def test_tables_have_nothing_to_spare() -> None:
    """What no template uses is in no table."""
    used = {
        block.of.partition("@")[0]
        for text in TEXTS.values()
        for block in Template(text).all("resource").values()
    }

    assert set(API_VERSIONS) == used
    assert all(any(role in text for text in TEXTS.values()) for role in ROLES)


def names() -> Iterator[tuple[str, str]]:
    """Type and name of each resource that is named after the environment's token."""
    main = Template(TEXTS["main.bicep"])
    for module in main.all("module").values():
        if module.of not in TEXTS:
            continue
        other = Template(TEXTS[module.of])
        given = dict(re.findall(r"^    (\w+): '([^'\n]+)'$", module.text, re.MULTILINE))
        local = dict(re.findall(r"^var (\w+) = '([^'\n]+)'$", TEXTS[module.of], re.MULTILINE))
        for block in other.all("resource").values():
            name = re.search(r"^  name: (\S+)$", block.text, re.MULTILINE)
            plain = name[1].strip("'") if name else ""
            yield block.of.partition("@")[0], (given | local).get(plain, plain)


@pytest.mark.parametrize("kind", NAME_CHARS)
def test_names_are_short_enough(kind: str) -> None:
    """With any environment's name: the token in them has always the same length."""
    given = [name for one, name in names() if one == kind]
    assert given and all("${token}" in name or "${name}" in name for name in given)
    for name in given:
        chars = len(name.replace("${token}", "x" * TOKEN_CHARS).replace("${name}", "x" * 24))
        assert chars <= NAME_CHARS[kind], name
