"""
What the Bicep compiler would refuse or warn of, as far as text tells: names, modules, versions.

Not a compiler: types of values are not looked at. The grammar is test_templates' concern.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from tests.unit.infra.azure_tables import API_VERSIONS, FUNCTIONS, ROLES

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORDS = {"for", "in", "if", "true", "false", "null"}
LEADS = {"param", "var", "resource", "module", "output", "targetScope", "existing"}
TYPES = {"string", "int", "bool", "object", "array"}
TOKEN = re.compile(r"[A-Za-z_]\w*|[^\s\w]|\d+")
LOOP = re.compile(r"\bfor (?:(\w+)|\((\w+), (\w+)\)) in ")


@dataclass(frozen=True)
class Block:
    """One declaration: what it is, its symbol, what stands behind the symbol, and its text."""

    kind: str
    symbol: str
    rest: str
    text: str

    @property
    def of(self) -> str:
        """The type of a resource with its version, or the path of a module."""
        found = re.match(r"'([^']+)'", self.rest)
        return found[1] if found else ""

    @property
    def conditional(self) -> bool:
        return bool(re.search(r"= (?:\[\s+for [^:]+: )?if \(", self.text))

    @property
    def given(self) -> set[str]:
        """The parameters that a module is given."""
        found = re.search(r"^  params: \{\n(.*?)^  \}", self.text, re.MULTILINE | re.DOTALL)
        return set(re.findall(r"^    (\w+):", found[1], re.MULTILINE)) if found else set()

    @cached_property
    def uses(self) -> list[str]:
        """Each symbol that it refers to; neither keys, functions nor names behind a dot."""
        loops = {name for names in LOOP.findall(self.text) for name in names if name}
        return [name for name in _references(_code(self.text)) if name not in loops]


@dataclass(frozen=True)
class Template:
    text: str

    @cached_property
    def blocks(self) -> list[Block]:
        plain = re.sub(r"^\s*//.*\n", "", self.text, flags=re.MULTILINE)
        parts = re.split(r"^(?=(?:param|var|resource|module|output) )", plain, flags=re.MULTILINE)
        found = [re.match(r"(\w+) (\w+) ?(.*)", part) for part in parts[1:]]
        return [
            Block(head[1], head[2], head[3], part)
            for head, part in zip(found, parts[1:], strict=True)
            if head
        ]

    def all(self, kind: str) -> dict[str, Block]:
        return {block.symbol: block for block in self.blocks if block.kind == kind}


def faults(texts: Mapping[str, str]) -> Iterator[str]:
    """One line for each fault; texts by their path from infra/."""
    templates = {path: Template(text) for path, text in texts.items()}
    for path, template in templates.items():
        for fault in _faults_of(path, template, templates):
            yield f"{path}: {fault}"


def _faults_of(path: str, template: Template, others: Mapping[str, Template]) -> Iterator[str]:
    yield from _symbol_faults(template)
    yield from _table_faults(template)
    yield from _circle_faults(template)
    for module in template.all("module").values():
        place = str(PurePosixPath(path).parent / module.of)
        if place in others:
            yield from _module_faults(template, module, others[place])
        else:
            yield f"{module.symbol}: there is no {place}"
    for name in ("module", "resource"):
        for block in template.all(name).values():
            if block.conditional:
                yield from _null_faults(template, block)


def _symbol_faults(template: Template) -> Iterator[str]:
    known = [block.symbol for block in template.blocks if block.kind != "output"]
    used = [name for block in template.blocks for name in block.uses if name != block.symbol]
    for name in {name for name in known if known.count(name) > 1}:
        yield f"{name} is declared twice"
    for name in sorted(set(used) - set(known)):
        yield f"{name} is not declared"
    for block in template.blocks:
        if block.kind in ("param", "var") and block.symbol not in used:
            yield f"the {block.kind} {block.symbol} is not used"
    owners = set(template.all("resource"))
    for block in template.blocks:
        for owner in re.findall(r"^ +(?:parent|scope): (\w+)", block.text, re.MULTILINE):
            if owner not in owners:
                yield f"{block.symbol}: {owner} is no resource"


def _table_faults(template: Template) -> Iterator[str]:
    for block in template.all("resource").values():
        kind, _, version = block.of.partition("@")
        if API_VERSIONS.get(kind) != version:
            yield f"{block.symbol}: {block.of} is not in the table"
    for role in GUID.findall(template.text):
        if role not in ROLES:
            yield f"{role} is no role of the table"
    for name in re.findall(r"(?<![.\w])([a-zA-Z]\w*)\(", _code(template.text)):
        if name not in FUNCTIONS | WORDS:
            yield f"{name}() is no function of the table"


def _module_faults(template: Template, module: Block, other: Template) -> Iterator[str]:
    params = other.all("param")
    needed = {name for name, block in params.items() if "=" not in block.rest}
    for name in sorted(needed - module.given):
        yield f"{module.symbol}: is not given {name}"
    for name in sorted(module.given - set(params)):
        yield f"{module.symbol}: has no parameter {name}"
    asked = re.findall(rf"\b{module.symbol}(?:!|\.\?|)\.?outputs\.(\w+)", template.text)
    for name in sorted(set(asked) - set(other.all("output"))):
        yield f"{module.symbol}: has no output {name}"


def _null_faults(template: Template, block: Block) -> Iterator[str]:
    """BCP318: what was not deployed has nothing to read; `!` says that it was."""
    if re.search(rf"\b{block.symbol}\.(outputs|properties)\b", template.text):
        yield f"{block.symbol} may not be there: write {block.symbol}!"


def _circle_faults(template: Template) -> Iterator[str]:
    """Symbols that need each other; what is left when all that need nothing more are gone."""
    needs = {
        block.symbol: set(block.uses) - {block.symbol}
        for block in template.blocks
        if block.kind in ("resource", "module", "var")
    }
    while free := [name for name, others in needs.items() if not others & set(needs)]:
        for name in free:
            del needs[name]
    if needs:
        yield f"{', '.join(sorted(needs))} need each other"


def _code(text: str) -> str:
    """Without comments and strings, but with what stands in `${}`."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"'(?:[^'\\]|\\.)*'", lambda found: f" {_inside(found[0])} ", text)


def _inside(string: str) -> str:
    return " ".join(f"({code})" for code in re.findall(r"\$\{([^}]*)\}", string))


def _references(code: str) -> Iterator[str]:
    """Without the declaration's own words, decorators, keys, and what stands behind a dot."""
    for number, line in enumerate(code.splitlines()):
        line = re.sub(r"^\s*(?:[A-Za-z_]\w*)\s*:(?!:)", " ", line)
        tokens = TOKEN.findall(line)
        if number == 0 and tokens[0] in LEADS:
            tokens = [token for token in tokens[2:] if token not in TYPES | LEADS]
        if tokens[:1] == ["@"]:
            continue
        for place, token in enumerate(tokens):
            before = tokens[place - 1] if place else ""
            after = tokens[place + 1] if place + 1 < len(tokens) else ""
            if not re.match(r"[A-Za-z_]", token) or token in WORDS:
                continue
            if before in (".", "@") or after == "(" or (before == "?" and tokens[place - 2] == "."):
                continue
            yield token
