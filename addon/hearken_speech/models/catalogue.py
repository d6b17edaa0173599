"""The speech models that are known by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.stt.model import ModelTraits

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL_LANGUAGES: Final = "all"
EMBEDDED_TRAITS: Final = ModelTraits(
    guard="embedded", tokens_per_second=12.0, window_seconds=8.0
)
"""The embedded model was trained with windows of 8 s and more."""


@dataclass(frozen=True, kw_only=True)
class CatalogueModel:
    """A model that can be downloaded, or the embedded one."""

    name: str
    repo: str
    """Repository on the model hub; empty for the embedded model."""
    languages: tuple[str, ...] | None
    """Whisper language codes; None for every language Whisper knows."""
    rank: int
    """Quality of the transcripts; higher is better."""
    size_mb: int
    memory_mb: int
    """Total memory of a server that runs the model."""
    cost: float
    """Time for a command, relative to the embedded model."""
    prompts: bool = True
    also: tuple[str, ...] = ()
    """Languages beyond those that Whisper's multilingual models share."""
    revision: str = "main"

    def speaks(self, language: str) -> bool:
        """Return whether the model knows a language, given by Whisper's code."""
        if self.languages is None:
            return language in whisper_languages() or language in self.also
        return language in self.languages

    @property
    def traits(self) -> ModelTraits | None:
        """Return the model's special traits, None if it has none."""
        return EMBEDDED_TRAITS if self.name == EMBEDDED_MODEL else None


EMBEDDED: Final = CatalogueModel(
    name=EMBEDDED_MODEL,
    repo="",
    languages=("en",),
    rank=1,
    size_mb=6,
    memory_mb=120,
    cost=1.0,
    prompts=False,
)


@lru_cache(maxsize=1)
def known_models() -> tuple[CatalogueModel, ...]:
    """Return all known models, the embedded one first."""
    return (EMBEDDED, *(_model(**fields) for fields in _data()["models"]))


@lru_cache(maxsize=1)
def whisper_languages() -> frozenset[str]:
    """Return the codes of the languages that Whisper's multilingual models know."""
    return frozenset(_data()["whisper_languages"])


def find_known(name: str) -> CatalogueModel:
    """Return the known model of this name; raise UnknownModelError if none is."""
    for model in known_models():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in known_models())
    msg = f'there is no speech model "{name}"; known are {known}, or give a folder'
    raise UnknownModelError(msg)


def _data() -> dict[str, Any]:
    """Return the content of the catalogue file."""
    raw = resources.files("hearken_speech.models").joinpath("catalogue.json")
    data: dict[str, Any] = json.loads(raw.read_text(encoding="utf-8"))
    return data


def _model(
    *, languages: str | list[str], also: Sequence[str] = (), **fields: object
) -> CatalogueModel:
    """Return one entry of the catalogue file."""
    spoken = None if languages == ALL_LANGUAGES else tuple(languages)
    return CatalogueModel(languages=spoken, also=tuple(also), **fields)  # type: ignore[arg-type] # a test reads the whole file
