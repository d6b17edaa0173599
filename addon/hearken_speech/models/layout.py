"""The files of a model, as CTranslate2 and its converter write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

WEIGHTS_FILE: Final = "model.bin"
CONFIG_FILE: Final = "config.json"
TOKENIZER_FILE: Final = "tokenizer.json"
"""Not written by the converter unless it is told to copy it."""
VOCABULARY_FILES: Final = ("vocabulary.json", "vocabulary.txt")


def missing_files(names: Collection[str]) -> list[str]:
    """Return the files that a model needs and that are not among the names."""
    missing = [name for name in (WEIGHTS_FILE, CONFIG_FILE) if name not in names]
    if not any(name in names for name in VOCABULARY_FILES):
        missing.append(VOCABULARY_FILES[0])
    return missing


def is_model(path: Path) -> bool:
    """Return whether a folder holds a complete model."""
    if not path.is_dir() or path.name.startswith("."):
        return False
    return not missing_files({file.name for file in path.iterdir() if file.is_file()})
