"""Nothing of the machine it was made on is in the repository, and generated pages are fresh."""

import re
from collections.abc import Iterator

from dev import infra_tables, state_diagram
from dev.settings_page import PAGE, page
from tests.rules.sources import ROOT, tracked

# Built from parts, so that this file does not hold what it looks for.
MACHINE_FOLDERS = ("work", "root", "farm", "tmp/bash_jobs")
MACHINE_PATH = re.compile(rf"(?<![\w.$}}~-])/(?:{'|'.join(MACHINE_FOLDERS)})/")
# A lock file's source of a package, or a setting that names an index or registry.
REGISTRY = re.compile(
    r"(?:\"resolved\":\s*\"|index[-_]url[ =]+[\"']?|registry\s*=\s*[\"']?)https?://",
    re.IGNORECASE,
)


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1} {match[0]}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]


def test_no_path_of_a_machine() -> None:
    """No tracked text names a folder of the machine it was written on."""
    assert found(MACHINE_PATH) == []


def test_no_private_registry() -> None:
    """Packages come from the public registries, whatever this machine has configured."""
    assert found(REGISTRY) == []


def test_settings_page_is_fresh() -> None:
    """`docs/settings.md` is what `python -m dev.settings_page --write` makes."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_state_diagram_is_fresh() -> None:
    """`docs/architecture.md` shows what `python -m dev.state_diagram --write` draws."""
    text = state_diagram.PAGE.read_text(encoding="utf-8")

    assert text == state_diagram.page_with_diagram(text)


def test_infra_tables_are_fresh() -> None:
    """What `infra/` shares with the code is what `python -m dev.infra_tables --write` makes."""
    assert infra_tables.stale() == []
