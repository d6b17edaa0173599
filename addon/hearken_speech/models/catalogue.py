"""The speech models that are known by name, and those of the hub."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

# The table of its names has no public access.
from faster_whisper.utils import _MODELS

from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.stt.model import ModelTraits

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL_LANGUAGES: Final = "all"
EMBEDDED_TRAITS: Final = ModelTraits(
    guard="embedded", tokens_per_second=12.0, window_seconds=8.0, judges_names=False
)
"""The embedded model was trained with windows of 8 s and more."""


_HUB_ID: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
)
_SEPARATORS: Final = re.compile(r"[\s._-]+")


@dataclass(frozen=True, kw_only=True)
class HubModel:
    """A model that can be downloaded."""

    name: str
    repo: str
    """Repository on the model hub."""
    revision: str = "main"

    @property
    def folder_name(self) -> str:
        """Return the name of the folder for its files."""
        return folder_name(self.name)


@dataclass(frozen=True, kw_only=True)
class CatalogueModel(HubModel):
    """A model of which more is known; the embedded one has no repository."""

    languages: tuple[str, ...] | None
    """Whisper language codes; None for every language Whisper knows."""
    rank: int
    """Quality of the transcripts; higher is better."""
    size_mb: int
    """Size of the download."""
    memory_mb: int
    """Total memory of a server that runs the model."""
    cost: float
    """Time for a command, relative to the embedded model."""
    offered: bool = True
    """Whether it is offered to users and chosen for them unless installed already.

    Others are as good as one that is smaller, and used by those who name them.
    """
    also: tuple[str, ...] = ()
    """Languages beyond those that Whisper's multilingual models share."""

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
    size_mb=16,
    memory_mb=150,
    cost=1.0,
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
    """Return the known model of this name; raise UnknownModelError if none is.

    Case, and what separates the parts of the name, do not matter; the other names of
    faster-whisper and the repositories of the models are names, too.
    """
    found = _by_name().get(_plain(name))
    if found is None:
        known = ", ".join(model.name for model in known_models())
        msg = (
            f'there is no speech model "{name}"; known are {known}; or give a folder, '
            "or the name of a repository on the model hub, such as owner/model"
        )
        raise UnknownModelError(msg)
    return found


def find_on_hub(name: str) -> HubModel:
    """Return a model by its name or its repository on the hub."""
    text = name.strip()
    if _HUB_ID.fullmatch(text) and _plain(text) not in _by_name():
        return HubModel(name=text, repo=text)
    return find_known(name)


def purpose_of(name: str) -> str:
    """Return what a model is good for, in a few words for users."""
    model = _by_name().get(_plain(name))
    if model is None:
        return "a model that Hearken knows nothing about"
    if model is EMBEDDED:
        return (
            "English household commands, for first steps and tests; "
            "not a recognizer for everybody"
        )
    if model.languages is None:
        return f"speech in {len(whisper_languages())} languages"
    return f"speech in these languages: {', '.join(model.languages)}"


def is_hub_id(name: str) -> bool:
    """Return whether a name is that of a repository on the hub."""
    return _HUB_ID.fullmatch(name.strip()) is not None


def name_of(text: str) -> str:
    """Return the name of the model that a user means, the text if none is known."""
    found = _by_name().get(_plain(text))
    return found.name if found else text.strip()


def folder_name(name: str) -> str:
    """Return the folder of a model in the library."""
    return name.replace("/", "--")


def name_of_folder(folder: str) -> str:
    """Return the name of the model that a folder of the library is for."""
    # The hub allows no name that contains both hyphens.
    return folder.replace("--", "/", 1)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, CatalogueModel]:
    """Return the known models by all their names."""
    found: dict[str, CatalogueModel] = {}
    for model in known_models():
        found[_plain(model.name)] = model
        if model.repo:
            found[_plain(model.repo)] = model
    for name, repo in _MODELS.items():
        if (same := found.get(_plain(repo))) is not None:
            found.setdefault(_plain(name), same)
    return found


def _plain(name: str) -> str:
    """Return a name without what people write differently."""
    return _SEPARATORS.sub("-", name.strip()).casefold()


def _data() -> dict[str, Any]:
    """Return the content of the catalogue file."""
    raw = resources.files("hearken_speech.models").joinpath("catalogue.json")
    data: dict[str, Any] = json.loads(raw.read_text(encoding="utf-8"))
    return data


def _model(
    *,
    name: str,
    repo: str | None = None,
    languages: str | list[str],
    also: Sequence[str] = (),
    **fields: object,
) -> CatalogueModel:
    """Return one entry of the catalogue file."""
    return CatalogueModel(
        name=name,
        repo=repo or _MODELS[name],
        languages=None if languages == ALL_LANGUAGES else tuple(languages),
        also=tuple(also),
        **fields,  # type: ignore[arg-type] # a test reads the whole file
    )
