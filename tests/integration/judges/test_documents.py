"""The OpenAPI document before judges that are not ours."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dev.npm import INSTALLED, install_packages
from tests.unit.web.world import World, terms

LINT = Path(__file__).with_name("lint_openapi.cjs")
# Redocly's recommended rules, but for two that have nothing to say here: the app is under no public
# licence, and routes without parameters or a caller have nothing to answer with 4xx.
RULES = {
    "extends": ["recommended-strict"],
    "rules": {"info-license": "off", "operation-4xx-response": "off"},
}


def document(**changed: Any) -> dict[str, Any]:
    return World(terms=terms(**changed)).http("openapi", key=None).json


@pytest.mark.parametrize("audience", [None, "api://darkroom"])
def test_it_is_openapi_3_1(audience: str | None) -> None:
    """The specification's own schema has nothing against it, with Entra and without."""
    found = OpenAPIV31SpecValidator(document(entra_audience=audience)).iter_errors()

    assert [error.message for error in found] == []


def test_the_linter_is_content(tmp_path: Path) -> None:
    """Redocly: every example fits its schema, every operation can be told from the others."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document(entra_audience="api://darkroom")))

    assert linted(file) == []


def linted(*documents: Path) -> list[dict[str, Any]]:
    node = install_packages().node
    packages = str(INSTALLED / "node_modules")
    argv = [node, str(LINT), packages, json.dumps(RULES), *map(str, documents)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
