"""Imports point one way: function_app, web, chain, domain; adapters beside the chain."""

import sys

import pytest

from tests.rules.sources import Source, product, sources

PURE = ("shared.errors", "pydantic", "pydantic_core")
LOGIC = ("shared.domain", "shared.security", "shared.errors", "shared.logs", "pydantic")
# A folder or file of the product, and what it may import besides the standard library.
ALLOWED: dict[str, tuple[str, ...]] = {
    "shared/errors.py": (),
    "shared/logs.py": ("shared.security",),
    "shared/domain": ("shared.domain", *PURE),
    "shared/security": ("shared.security", *PURE),
    "shared/setting_values.py": ("shared.domain",),
    "shared/setting_entries.py": (
        *("shared.domain", "shared.security", "shared.setting_values"),
        "pydantic",
    ),
    "shared/setting_alt_text.py": (
        *("shared.domain", "shared.setting_entries", "shared.setting_values"),
        "pydantic",
    ),
    "shared/setting_table.py": (
        *("shared.domain", "shared.security", "shared.setting_entries", "shared.setting_values"),
        "shared.setting_alt_text",
    ),
    "shared/settings.py": (
        *("shared.domain", "shared.security", "shared.errors"),
        *("shared.setting_table", "shared.setting_values"),
    ),
    "shared/chain": ("shared.chain", *LOGIC),
    "shared/adapters": (
        *("shared.adapters", "shared.domain", "shared.chain.ports", "shared.errors"),
        *("shared.chain.image_ports", "shared.chain.alt_text_port"),
        *("shared.security.outbound", "shared.logs"),
        *("azure", "c2pa", "httpx", "httpcore", "requests"),
    ),
    "shared/services.py": (*("shared.adapters", "shared.chain", "shared.settings", *LOGIC),),
    "shared/web": (
        *("shared.web", "shared.chain", "shared.services", "shared.settings", *LOGIC),
        "azure.functions",
    ),
    "function_app.py": (
        *("shared.web", "shared.chain", "shared.services", "shared.settings", *LOGIC),
        "azure.functions",
    ),
}
# Doors to the world that pure code must not open, though the standard library has them.
IMPURE = frozenset(
    {"asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
    | {"shutil", "socket", "ssl", "subprocess", "tempfile", "threading", "time", "uuid"}
)


def below(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def allowed_in(source: Source) -> tuple[str, ...]:
    place = source.path.rpartition("/")[0]
    while place and place not in ALLOWED:
        place = place.rpartition("/")[0]
    return ALLOWED.get(source.path, ALLOWED.get(place, ()))


def test_imports_point_one_way() -> None:
    """No file imports what its place in the layout does not allow."""
    wrong = [
        f"{source.path} imports {name}"
        for source in product()
        for name in source.imports()
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not below(name, allowed_in(source))
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("azure.storage", "azure.identity", "azure.core", "httpx", "c2pa"), ("shared/adapters/",)),
        (("azure.functions",), ("shared/web/", "function_app.py")),
        (("shared.adapters",), ("shared/adapters/", "shared/services.py")),
        (("dev", "tests"), ()),
    ],
)
def test_names_and_their_only_places(names: tuple[str, ...], places: tuple[str, ...]) -> None:
    """Some names are imported in one place of the product only."""
    wrong = [
        f"{source.path} imports {name}"
        for source in product()
        for name in source.imports()
        if below(name, names) and not source.path.startswith(places)
    ]

    assert wrong == []


def test_pure_code_opens_no_door() -> None:
    """Domain and security know no clock, no file, no network and no environment."""
    wrong = [
        f"{source.path} imports {name}"
        for source in sources("shared/domain", "shared/security")
        for name in source.imports()
        if name.partition(".")[0] in IMPURE or name.startswith("urllib.request")
    ]

    assert wrong == []
