"""Files that are written atomically."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Write a file with ``fill``, and move it into place when it is complete."""
    # numpy appends the extension if there is none.
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    fill(part)
    _to_disk(part)
    part.replace(path)
    _to_disk(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    write(path, lambda part: part.write_text(text))


def copy_folder(source: Path, target: Path) -> None:
    """Replace a folder with a copy of another one.

    After an interruption at any point, either the old or the new folder exists,
    possibly only after ``recover``.
    """
    part, old = _beside(target)
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    for path in part.iterdir():
        _to_disk(path)
    recover(target)
    if target.exists():
        target.rename(old)
    part.rename(target)
    _to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def recover(target: Path) -> None:
    """Restore what ``copy_folder`` had moved aside when it was interrupted."""
    _, old = _beside(target)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        old.rename(target)


def _beside(target: Path) -> tuple[Path, Path]:
    """Return the paths of the incomplete new folder and of the old one."""
    return target.with_name(f"{target.name}.part"), target.with_name(
        f"{target.name}.old"
    )


def _to_disk(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
