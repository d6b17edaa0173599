"""The model in use and how it came to be: configured, downloaded, or chosen."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, choice
from hearken_speech.models.download import (
    SPARE_BYTES,
    Downloader,
    paused,
    remove_leftovers,
    remove_unfinished,
    unfinished,
)
from hearken_speech.models.errors import (
    DownloadCancelledError,
    DownloadPausedError,
    NotEnoughSpaceError,
)
from hearken_speech.models.library import Library
from hearken_speech.models.loading import EMBEDDED_MODEL, LoadOptions
from hearken_speech.models.slot import EngineSlot, warm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hearken_speech.models.choice import Requirements
    from hearken_speech.models.download import Progress, Stop
    from hearken_speech.stt.engine import WhisperEngine

_LOGGER = logging.getLogger(__name__)

AUTO: Final = "auto"
_MEASUREMENTS_FILE: Final = "measured.json"
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What came of a choice."""

    name: str
    missed: ModelError | None = None
    """Why a better model does not serve."""


class _Either:
    """Stops a download for one of two reasons."""

    def __init__(self, *reasons: Stop | None) -> None:
        """Take the reasons."""
        self._reasons = [reason for reason in reasons if reason is not None]

    def is_set(self) -> bool:
        """Tell whether there is one."""
        return any(reason.is_set() for reason in self._reasons)


@dataclass(frozen=True, kw_only=True)
class ManagerOptions:
    """How models are loaded and kept."""

    threads: int = 1
    workers: int = 1
    idle_seconds: float | None = None
    """Time after which an unused model leaves the memory; None keeps it."""
    hub: str | None = None


class ModelManager:
    """Keeps one model ready and changes it on request; calls may take minutes."""

    def __init__(self, folder: Path, options: ManagerOptions | None = None) -> None:
        """Take the folder for models; nothing is loaded yet."""
        self.options = options or ManagerOptions()
        self.library = Library(folder)
        self.measurements = choice.Measurements(
            folder / _MEASUREMENTS_FILE, self.options.threads
        )
        self._load_options = LoadOptions(
            threads=self.options.threads, workers=self.options.workers
        )
        self.slot = EngineSlot(
            self.library.loader(EMBEDDED_MODEL, self._load_options),
            self.options.idle_seconds,
        )
        self.model = EMBEDDED_MODEL
        self._changing = threading.Lock()
        self._downloads: dict[str, threading.Event] = {}
        self._beginning = threading.Lock()
        self._closing = threading.Event()
        self._progress: dict[str, Progress] = {}
        self.needed_bytes = SPARE_BYTES
        """What should be free where the models lie; more while one that does not fit is
        wanted."""
        self.free_bytes: int | None = None
        """What is free there, as it was seen last; None where nobody tells."""

    def use(self, name: str) -> WhisperEngine:
        """Load an installed model and put it in the place of the one before."""
        with self._changing:
            engine = self.slot.switch(self.library.loader(name, self._load_options))
            self.model = engine.name
        _LOGGER.info("speech model %s is ready", engine.name)
        return engine

    def install(
        self,
        name: str,
        report: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> None:
        """Download a model of the catalogue unless it is here already."""
        if self.library.has(name):
            return
        model = catalogue.find(name)
        cancelled = threading.Event()
        while (other := self._begin(name, cancelled)) is not None:
            self._wait_for(name, other, stop)
            if self.library.has(name):
                return

        def note(progress: Progress) -> None:
            self._progress[name] = progress
            if report:
                report(progress)

        try:
            self._downloader().download(model, note, _Either(cancelled, stop))
        except NotEnoughSpaceError as err:
            self.needed_bytes = err.needed_bytes
            raise
        else:
            self.forget_need()
        finally:
            self._downloads.pop(name, None)
            self._progress.pop(name, None)
            self.look_at_disk()

    def _begin(self, name: str, cancelled: threading.Event) -> threading.Event | None:
        """Make a download one's own; return the one that runs already, if any."""
        with self._beginning:
            other = self._downloads.get(name)
            if other is None:
                self._downloads[name] = cancelled
            return other

    def _wait_for(
        self, name: str, cancelled: threading.Event, stop: Stop | None
    ) -> None:
        """Wait for a download that somebody else began."""
        while self._downloads.get(name) is cancelled:
            if self._closing.is_set():
                raise paused(name)
            if cancelled.wait(_LOOK_SECONDS) or (stop and stop.is_set()):
                msg = f"the download of {name} was stopped"
                raise DownloadCancelledError(msg)

    def cancel(self, name: str) -> bool:
        """Stop a download; tell whether there was one."""
        cancelled = self._downloads.get(name)
        if cancelled is None:
            return False
        cancelled.set()
        return True

    def forget_need(self) -> None:
        """Note that nothing is wanted that does not fit on the disk."""
        self.needed_bytes = SPARE_BYTES

    def close(self) -> None:
        """End all downloads; they can be gone on with at the next start."""
        self._closing.set()
        for name in list(self._downloads):
            _LOGGER.info("the download of %s goes on at the next start", name)

    @property
    def progress(self) -> dict[str, Progress]:
        """Return how far the running downloads are."""
        return dict(self._progress)

    @property
    def unfinished(self) -> dict[str, int]:
        """Return what interrupted downloads and deletions left of models, in bytes."""
        running = set(self._downloads)
        found = unfinished(self.library.folder)
        return {name: size for name, size in found.items() if name not in running}

    def delete(self, name: str) -> None:
        """Remove a model from the disk, or what an interruption left of it.

        The one in use goes over to the embedded.
        """
        if name in self._downloads:
            msg = f"{name} is being downloaded; cancel that first"
            raise ModelError(msg)
        if not self.library.has(name) and remove_unfinished(self.library.folder, name):
            self.look_at_disk()
            return
        self.library.find(name)
        if name == self.model and name != EMBEDDED_MODEL:
            self.use(EMBEDDED_MODEL)
        self.library.delete(name)
        self.look_at_disk()

    def measure(self, name: str) -> float:
        """Return the seconds a 3 s command takes with an installed model."""
        if name == self.model:
            with self.slot.use() as engine:
                seconds = choice.measure(engine)
        else:
            engine = warm(self.library.loader(name, self._load_options)())
            seconds = choice.measure(engine)
        self.measurements.note(name, seconds)
        return seconds

    def choose(
        self,
        wishes: Requirements,
        *,
        download: bool = True,
        report: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> ModelChoice:
        """Put the best model to use that is fast enough.

        A choice made before for the same machine, language and budget stands.
        """
        if before := self._chosen_before(wishes):
            return ModelChoice(before)
        embedded = self.measure(EMBEDDED_MODEL)
        missed: ModelError | None = None
        for model in choice.candidates(catalogue.catalogue(), wishes, embedded):
            try:
                if not (
                    self._fits(model.name, wishes)
                    if self.library.has(model.name)
                    else download and self._arrives(model.name, wishes, report, stop)
                ):
                    continue
                self._serve(model.name)
            except (DownloadCancelledError, DownloadPausedError):
                # Whoever stops a download does not want the next one instead.
                raise
            except ModelError as err:
                if stop and stop.is_set():
                    raise
                missed = missed or err
                _LOGGER.warning("%s", err)
                continue
            if missed is None and download:
                # Without downloads it is the best that happens to be here.
                self.measurements.choose(wishes, model.name)
            return ModelChoice(model.name, missed)
        if missed:
            raise missed
        raise ModelError(_why_none(wishes, download=download))

    def _chosen_before(self, wishes: Requirements) -> str | None:
        """Put the model to use that was chosen for the same wishes, if it still can."""
        before = self.measurements.choice(wishes)
        if before is None or not self.library.has(before):
            return None
        try:
            self._serve(before)
        except ModelError as err:
            # Its files are damaged, say; there may be others.
            _LOGGER.warning("%s", err)
            return None
        return before

    def _serve(self, name: str) -> None:
        """Put a model to use unless it is in use."""
        if name != self.model or not self.slot.loaded:
            self.use(name)

    def affordable(self, wishes: Requirements) -> set[str]:
        """Return the models that are fast enough here, as far as that is known."""
        embedded = self.measurements.seconds(EMBEDDED_MODEL)
        if embedded is None:
            embedded = self.measure(EMBEDDED_MODEL)
        return {
            model.name
            for model in choice.affordable(catalogue.catalogue(), wishes, embedded)
            if (self.measurements.seconds(model.name) or 0) <= wishes.budget_seconds
        }

    def look_at_disk(self) -> None:
        """Note what is free where the models lie."""
        folder = self.library.folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            self.free_bytes = shutil.disk_usage(folder).free
        except OSError:
            self.free_bytes = None

    def remove_leftovers(self, older_than_seconds: float = 0.0) -> int:
        """Remove what unfinished downloads left behind."""
        return remove_leftovers(self.library.folder, older_than_seconds)

    def _arrives(
        self,
        name: str,
        wishes: Requirements,
        report: Callable[[Progress], None] | None,
        stop: Stop | None,
    ) -> bool:
        """Fetch a model and tell whether it is fast enough."""
        self.install(name, report, stop)
        return self._fits(name, wishes)

    def _fits(self, name: str, wishes: Requirements) -> bool:
        """Tell whether an installed model is fast enough."""
        if name == EMBEDDED_MODEL:
            return True
        seconds = self.measurements.seconds(name) or self.measure(name)
        return seconds <= wishes.budget_seconds

    def _downloader(self) -> Downloader:
        """Return what fetches models."""
        return Downloader(self.library.folder, self.options.hub, self._closing)


def _why_none(wishes: Requirements, *, download: bool) -> str:
    """Return why there is no model for these wishes."""
    names = ", ".join((wishes.language, *wishes.others))
    if not any(map(wishes.are_spoken_by, catalogue.catalogue())):
        return f"no speech model is known that speaks: {names}"
    if not download:
        return f"no installed speech model knows {names} and is fast enough here"
    return f"no speech model for the language {names} is fast enough here"
