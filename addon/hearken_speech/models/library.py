"""The models on this machine: embedded, downloaded, and the user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, partial
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import (
    EMBEDDED_MODEL,
    MODEL_FILES,
    LoadOptions,
    load_model,
)
from hearken_speech.stt.engine import WhisperEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.stt.model import ModelTraits

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class InstalledModel:
    """A model that can be loaded."""

    name: str
    path: Path
    size_mb: float
    languages: tuple[str, ...] | None
    """None for every language Whisper knows, or if they are unknown."""
    traits: ModelTraits | None = None
    own: bool = False
    """Whether the user put it there."""


class Library:
    """The models in one folder, and the embedded one."""

    def __init__(self, folder: Path) -> None:
        """Set the folder that holds the models; it need not exist yet."""
        self.folder = folder

    def installed(self) -> list[InstalledModel]:
        """Return all models that can be loaded, the embedded one first."""
        found = [self.embedded()]
        if self.folder.is_dir():
            found += [
                _describe(path)
                for path in sorted(self.folder.iterdir())
                if _is_model(path)
            ]
        return found

    def unfinished(self) -> dict[str, int]:
        """Return the partly downloaded or deleted models, with their sizes in bytes."""
        return partial.sizes(self.folder)

    def embedded(self) -> InstalledModel:
        """Return the model that comes with Hearken."""
        pack = resources.files("hearken_speech") / "models" / f"{EMBEDDED_MODEL}.zip"
        with resources.as_file(pack) as path:
            return InstalledModel(
                name=EMBEDDED_MODEL,
                path=path,
                size_mb=round(path.stat().st_size / _MEGABYTE, 1)
                if path.exists()
                else 0.0,
                languages=catalogue.EMBEDDED.languages,
                traits=catalogue.EMBEDDED_TRAITS,
            )

    def find(self, name: str) -> InstalledModel:
        """Return an installed model by its name or folder."""
        if name == EMBEDDED_MODEL:
            return self.embedded()
        if "/" in name:
            path = Path(name)
            if not path.is_dir():
                msg = f"there is no speech model at {name}"
                raise UnknownModelError(msg)
            return _describe(path)
        path = self._path(name)
        if not path.is_dir():
            msg = f'the speech model "{name}" is not installed'
            raise UnknownModelError(msg)
        return _describe(path)

    def has(self, name: str) -> bool:
        """Return whether a model of this name is installed."""
        return name == EMBEDDED_MODEL or _is_model(self._path(name))

    def holds(self, name: str) -> bool:
        """Return whether there is a folder of this name, complete or not."""
        return name != EMBEDDED_MODEL and self._path(name).is_dir()

    def delete(self, name: str) -> None:
        """Delete a downloaded model, or what an interruption left of it.

        If this is interrupted, the model stays whole or counts as unfinished.
        """
        if name == EMBEDDED_MODEL:
            msg = "the embedded model comes with Hearken and stays"
            raise ModelError(msg)
        path = self._path(name)
        had_rest = partial.remove(self.folder, name)
        if not path.is_dir() or (had_rest and not _is_model(path)):
            if had_rest:
                return
            msg = f'the speech model "{name}" is not installed'
            raise UnknownModelError(msg)
        try:
            path.rename(partial.folder_of(self.folder, name))
            partial.remove(self.folder, name)
        except OSError as err:
            msg = f'the speech model "{name}" cannot be removed: {err.strerror or err}'
            raise ModelError(msg) from err

    def loader(self, name: str, options: LoadOptions) -> Callable[[], WhisperEngine]:
        """Return a function that loads an installed model."""
        model = self.find(name)
        return lambda: WhisperEngine(load_model(model.path, options, model.traits))

    def _path(self, name: str) -> Path:
        """Return the folder of a model; a name never leads outside the library."""
        if not _NAME.fullmatch(name):
            msg = f"{name!r} is not a valid name of a speech model"
            raise UnknownModelError(msg)
        return self.folder / name


def _is_model(path: Path) -> bool:
    """Return whether a folder holds a complete model."""
    return (
        path.is_dir()
        and not path.name.startswith(".")
        and all((path / name).is_file() for name in MODEL_FILES)
    )


def _describe(path: Path) -> InstalledModel:
    """Return what is known about a model folder."""
    known = {model.name: model for model in catalogue.known_models()}.get(path.name)
    size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return InstalledModel(
        name=path.name,
        path=path,
        size_mb=round(size / _MEGABYTE, 1),
        languages=known.languages if known else None,
        traits=known.traits if known else None,
        own=known is None,
    )
