"""The imports between the parts of a package, read from the source."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, order=True)
class Import:
    """An import of one module by another, both with full names."""

    module: str
    imported: str

    @override
    def __str__(self) -> str:
        """Return the import as shown in a failed assertion."""
        return f"{self.module} -> {self.imported}"


@functools.cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), path.name)


def modules(folder: Path, package: str) -> dict[str, Path]:
    """Return the files of a package by module name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        inside = parts[:-1] if parts[-1] == "__init__" else parts
        found[".".join((package, *inside))] = path
    return found


def imports(folder: Path, package: str) -> list[Import]:
    """Return all imports of a package, including those for type checking."""
    files = modules(folder, package)
    return sorted(
        {
            Import(module, target if target in files else target.rpartition(".")[0])
            if target.startswith(f"{package}.")
            else Import(module, target)
            for module, path in files.items()
            for target in _targets(module, path)
        }
    )


def part(module: str, package: str) -> str:
    """Return the folder or top-level module of a package that contains a module."""
    inside = module.removeprefix(package).lstrip(".")
    return inside.partition(".")[0] or "__init__"


def _targets(module: str, path: Path) -> Iterator[str]:
    """Yield the full name of every name that a file imports."""
    inside = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else []
            base = [*base, *([node.module] if node.module else [])]
            yield from (".".join((*base, alias.name)) for alias in node.names)
