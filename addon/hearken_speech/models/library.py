"""The models on this machine: embedded, downloaded, and the user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, origin, partial
from hearken_speech.models.completion import complete
from hearken_speech.models.errors import DamagedModelError, UnknownModelError
from hearken_speech.models.layout import is_model, missing_files
from hearken_speech.models.loading import EMBEDDED_MODEL, LoadOptions, load_model
from hearken_speech.stt.engine import WhisperEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hearken_speech.stt.model import LoadedModel, ModelTraits

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
    """The models in one folder, the embedded one, and those in folders of others."""

    def __init__(self, folder: Path, others: Sequence[Path] = ()) -> None:
        """Set the folder that holds the models; it need not exist yet.

        The other folders, such as a share, are only read.
        """
        self.folder = folder
        self._others = tuple(others)

    def installed(self) -> list[InstalledModel]:
        """Return all models that can be loaded, the embedded one first."""
        found = {EMBEDDED_MODEL: self.embedded()}
        for path in self._folders():
            if is_model(path):
                model = self._describe(path)
                found.setdefault(model.name, model)
        return list(found.values())

    def unfinished(self) -> dict[str, int]:
        """Return the partly downloaded or deleted models, with their sizes in bytes."""
        found = partial.sizes(self.folder)
        return {catalogue.name_of_folder(name): size for name, size in found.items()}

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

    def name_of(self, text: str) -> str:
        """Return the name of the model that a user means.

        A folder of that very name comes before a model that is known by it.
        """
        text = text.strip()
        if text == EMBEDDED_MODEL or self.is_path(text):
            return text
        if _NAME.fullmatch(text) and self._place(text).is_dir():
            return text
        return catalogue.name_of(text)

    def find(self, name: str) -> InstalledModel:
        """Return an installed model by its name or folder."""
        if name == EMBEDDED_MODEL:
            return self.embedded()
        path = self._place(name)
        if not path.is_dir():
            msg = (
                f"there is no speech model at {name}"
                if self.is_path(name)
                else f'the speech model "{name}" is not installed'
            )
            raise UnknownModelError(msg)
        return self._describe(path)

    def has(self, name: str) -> bool:
        """Return whether a model of this name is installed."""
        return name == EMBEDDED_MODEL or is_model(self._place(name))

    def has_folder(self, name: str) -> bool:
        """Return whether a model is installed, or named by a folder of the user's."""
        return self.is_path(name) or self.has(name)

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
        had_rest = partial.remove(self.folder, path.name)
        if not path.is_dir() or (had_rest and not is_model(path)):
            if had_rest:
                return
            if self.has(name):
                msg = (
                    f'the speech model "{name}" is in {self._place(name).parent}, '
                    "where Hearken deletes nothing"
                )
                raise ModelError(msg)
            msg = f'the speech model "{name}" is not installed'
            raise UnknownModelError(msg)
        try:
            path.rename(partial.folder_of(self.folder, path.name))
            partial.remove(self.folder, path.name)
        except OSError as err:
            msg = f'the speech model "{name}" cannot be removed: {err.strerror or err}'
            raise ModelError(msg) from err

    def loader(self, name: str, options: LoadOptions) -> Callable[[], WhisperEngine]:
        """Return a function that loads an installed model."""
        model = self.find(name)
        return lambda: WhisperEngine(self._load(model, options))

    def _load(self, model: InstalledModel, options: LoadOptions) -> LoadedModel:
        """Load a model; an error says what to do."""
        try:
            path = self._completed(model)
            origin.check_weights(model.path)
            loaded = load_model(path, options, model.traits)
        except DamagedModelError as err:
            msg = f"{err} {_remedy(model)}"
            raise ModelError(msg) from err
        # The name of a model from the hub is not that of its folder.
        return replace(loaded, name=model.name)

    def _completed(self, model: InstalledModel) -> Path:
        """Return the file of a model, or a folder that has all it needs."""
        path = model.path
        if not path.is_dir():
            return path
        if missing := missing_files({file.name for file in path.iterdir()}):
            msg = (
                f'The model "{model.name}" is incomplete: {", ".join(missing)} missing.'
            )
            raise DamagedModelError(msg)
        return complete(path, self.folder)

    def _folders(self) -> Iterator[Path]:
        """Yield the folders that may hold a model."""
        for folder in (self.folder, *self._others):
            if folder.is_dir():
                yield from sorted(folder.iterdir())

    def is_path(self, name: str) -> bool:
        """Return whether a name is that of a folder anywhere, there or not."""
        return "/" in name and (not catalogue.is_hub_id(name) or Path(name).is_dir())

    def _place(self, name: str) -> Path:
        """Return the folder of a model, in whichever folder it is."""
        if self.is_path(name):
            return Path(name)
        path = self._path(name)
        places = (path, *(other / path.name for other in self._others))
        return next((place for place in places if is_model(place)), path)

    def _path(self, name: str) -> Path:
        """Return our folder for a model; a name never leads outside the library."""
        if not _NAME.fullmatch(name) and not catalogue.is_hub_id(name):
            msg = f"{name!r} is not a valid name of a speech model"
            raise UnknownModelError(msg)
        return self.folder / catalogue.folder_name(name)

    def _describe(self, path: Path) -> InstalledModel:
        """Return what is known about a model folder."""
        downloaded = origin.read_name(path)
        name = downloaded or path.name
        known = {model.name: model for model in catalogue.known_models()}.get(name)
        size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
        return InstalledModel(
            name=name,
            path=path,
            size_mb=round(size / _MEGABYTE, 1),
            languages=known.languages if known else None,
            traits=known.traits if known else None,
            own=path.parent != self.folder or (known is None and downloaded is None),
        )


def _remedy(model: InstalledModel) -> str:
    """Return what to do about a damaged model."""
    if model.name == EMBEDDED_MODEL:
        # It cannot be downloaded on its own.
        return "Install Hearken again."
    if model.own:
        return f"Check the files in {model.path}; Hearken does not change them."
    return "Have Hearken delete it and download it again."
