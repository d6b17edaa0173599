"""The models to measure."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.common import weights
from hearken_speech.models import EMBEDDED_MODEL, Library, LoadOptions, load_model
from hearken_speech.stt.engine import WhisperEngine

EMBEDDED: Final = "embedded"
PUBLISHED: Final = weights.SPEECH_MODELS
ALL: Final = (*PUBLISHED, EMBEDDED)


@dataclass(frozen=True)
class Model:
    """A model on the disk."""

    title: str
    folder: Path
    argument: str
    """The value of ``hearken-server --model``."""

    @property
    def multilingual(self) -> bool:
        """Return whether it knows other languages than English."""
        return self.title != EMBEDDED and not self.folder.name.endswith(".en")

    def engine(self) -> WhisperEngine:
        """Return the model, loaded as the server does it, with one thread."""
        if self.title == EMBEDDED:
            return embedded_engine(self.folder.parent)
        return WhisperEngine(load_model(self.folder, LoadOptions(compute_type="int8")))


def find(name: str, folder: Path) -> Model:
    """Return a model by name or path; published weights are downloaded if needed."""
    if name != EMBEDDED:
        known = name in PUBLISHED
        path = weights.fetch(name) if known else Path(name).expanduser().resolve()
        return Model(name if known else path.name, path, str(path))
    embedded = folder / EMBEDDED_MODEL
    if not embedded.exists():
        with zipfile.ZipFile(Library(folder).embedded().path) as pack:
            pack.extractall(embedded)
    return Model(EMBEDDED, embedded, "auto")


def prepare(folder: Path, *, names: tuple[str, ...] = ALL) -> list[Model]:
    """Return these models; without one whose weights cannot be had."""
    found = []
    for name in names:
        try:
            found.append(find(name, folder))
        except weights.WeightsError as err:
            print(f"Without {name}: {err}", flush=True)
    return found


def embedded_engine(folder: Path) -> WhisperEngine:
    """Return the embedded model, loaded."""
    return Library(folder).loader(EMBEDDED_MODEL, LoadOptions())()
