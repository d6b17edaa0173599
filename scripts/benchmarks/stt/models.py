"""The models to measure."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.models import EMBEDDED_MODEL, Library, LoadOptions
from tests.simulators import random_whisper

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.stt.engine import WhisperEngine

SCRIPT: Final = "lightsoutnow"
"""Twelve tokens, as a short command has."""


@dataclass(frozen=True)
class Model:
    """A model on the disk."""

    title: str
    folder: Path
    argument: str
    """The value of ``hearken-server --model``."""


def prepare(folder: Path, *, sizes: tuple[str, ...]) -> list[Model]:
    """Return the embedded model, and random-weight models of real sizes."""
    embedded = folder / EMBEDDED_MODEL
    if not embedded.exists():
        with zipfile.ZipFile(Library(folder).embedded().path) as pack:
            pack.extractall(embedded)
    models = [Model("embedded", embedded, "auto")]
    for size in sizes:
        path = folder / size
        if not path.exists():
            random_whisper.make(path, size, script=SCRIPT)
        models.append(Model(f"{size} (random weights)", path, str(path)))
    return models


def embedded_engine(folder: Path) -> WhisperEngine:
    """Return the embedded model, loaded."""
    return Library(folder).loader(EMBEDDED_MODEL, LoadOptions())()
