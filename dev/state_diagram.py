"""
Draws the state diagram in `docs/architecture.md` from the table of moves:
`python -m dev.state_diagram --write`.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from shared.domain.transitions import FINAL, TABLE, State

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"
BEGIN, END = "<!-- state diagram: begin -->", "<!-- state diagram: end -->"


def diagram() -> str:
    """
    Mermaid; moves that change nothing about the state are left out, those between the same two
    states share an arrow.
    """
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for state, moves in TABLE.items():
        for kind, move in moves.items():
            if move.to is not state:
                arrows[_named(state), _named(move.to)].append(kind.replace(":", " → "))
    lines = [f"    {here} --> {there}: {_label(kinds)}" for (here, there), kinds in arrows.items()]
    ends = [f"    {state} --> [*]" for state in sorted(FINAL)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, *ends, "```"])


def _named(state: State) -> str:
    return "[*]" if state is State.NEW else state.value


def _label(kinds: Sequence[str]) -> str:
    """Kinds of one family share its name: `generation.completed / refused`."""
    families: dict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        family, _, name = kind.partition(".")
        families[family].append(name)
    return ", ".join(f"{family}.{' / '.join(names)}" for family, names in families.items())


def page_with_diagram(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{diagram()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    current = PAGE.read_text(encoding="utf-8")
    fresh = page_with_diagram(current)
    if "--write" in arguments:
        PAGE.write_text(fresh, encoding="utf-8", newline="\n")
        return 0
    print("docs/architecture.md is", "up to date" if current == fresh else "out of date")
    return 0 if current == fresh else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
