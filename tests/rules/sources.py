"""The project's Python files as syntax trees, for the rules."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file; `path` is relative to the project, with slashes."""

    path: str
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[FunctionNode]:
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield node

    def imports(self) -> Iterator[str]:
        """Dotted names; what is imported from a module comes as `module.name`."""
        package = self.path.removesuffix(".py").split("/")[:-1]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def tracked() -> tuple[str, ...]:
    """Files that are in the repository, or would be after `git add`."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if (ROOT / name).is_file()))


@cache
def sources(*places: str) -> tuple[Source, ...]:
    """Every tracked Python file that is one of `places` or below one."""
    return tuple(
        Source(path, text, ast.parse(text, path))
        for path in tracked()
        if path.endswith(".py") and any(path == p or path.startswith(f"{p}/") for p in places)
        for text in [(ROOT / path).read_text(encoding="utf-8")]
    )


def product() -> tuple[Source, ...]:
    return sources("shared", "function_app.py")


def at(source: Source, node: ast.AST) -> str:
    return f"{source.path}:{getattr(node, 'lineno', 0)}"
