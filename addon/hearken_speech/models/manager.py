"""Install, load, measure, choose and delete speech models."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, choice, partial
from hearken_speech.models.chooser import ChoiceJob, Chooser, ModelChoice
from hearken_speech.models.download import (
    SPARE_BYTES,
    Downloader,
    paused,
)
from hearken_speech.models.errors import (
    DownloadCancelledError,
    NotEnoughSpaceError,
)
from hearken_speech.models.library import Library
from hearken_speech.models.listing import list_models
from hearken_speech.models.loading import EMBEDDED_MODEL, LoadOptions
from hearken_speech.models.slot import EngineSlot, warm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hearken_speech.models.choice import Limits, Requirements
    from hearken_speech.models.download import Progress, Stop
    from hearken_speech.models.listing import ListedModel
    from hearken_speech.stt.engine import WhisperEngine

_LOGGER = logging.getLogger(__name__)

AUTO: Final = "auto"
_MEASUREMENTS_FILE: Final = "measured.json"
_POLL_SECONDS: Final = 0.1


class _AnyOf:
    """Stops a download if any of several signals is set."""

    def __init__(self, *signals: Stop | None) -> None:
        """Set the signals."""
        self._signals = [signal for signal in signals if signal is not None]

    def is_set(self) -> bool:
        """Return whether a signal is set."""
        return any(signal.is_set() for signal in self._signals)


@dataclass(frozen=True, kw_only=True)
class ManagerOptions:
    """How to load and download models."""

    load: LoadOptions = field(default_factory=LoadOptions)
    unload_after_seconds: float | None = None
    """Time after which an unused model is unloaded; None keeps it in memory."""
    hub: str | None = None
    """Address of the model hub; None for the default."""
    other_folders: tuple[Path, ...] = ()
    """Folders with more models, which are only read."""


class ModelManager:
    """Holds one model ready and changes it on request; calls may take minutes."""

    def __init__(self, folder: Path, options: ManagerOptions | None = None) -> None:
        """Set the folder for models; nothing is loaded yet."""
        self.options = options or ManagerOptions()
        self.library = Library(folder, self.options.other_folders)
        self.measurements = choice.Measurements(
            folder / _MEASUREMENTS_FILE, self.options.load.threads
        )
        self.slot = EngineSlot(
            self.library.loader(EMBEDDED_MODEL, self.options.load),
            self.options.unload_after_seconds,
        )
        self.in_use = EMBEDDED_MODEL
        """Name of the model in use."""
        self._changing = threading.Lock()
        self._downloads: dict[str, threading.Event] = {}
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._progress: dict[str, Progress] = {}
        self.needed_bytes = SPARE_BYTES
        """Disk space that should be free; more while a model did not fit."""
        self.free_bytes: int | None = None
        """Free disk space when last checked; None if it is unknown."""

    def use(self, name: str) -> WhisperEngine:
        """Load an installed model and replace the one in use."""
        name = self.library.name_of(name)
        with self._changing:
            engine = self.slot.switch(self.library.loader(name, self.options.load))
            self.in_use = engine.name
        _LOGGER.info("speech model %s is ready: %s", engine.name, self.purpose)
        return engine

    @property
    def purpose(self) -> str:
        """Return what the model in use is good for, in a few words for users."""
        return catalogue.purpose_of(self.in_use)

    def install(
        self,
        name: str,
        report: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> None:
        """Download a model unless it is installed."""
        name = self.library.name_of(name)
        if self.library.has(name):
            return
        model = catalogue.find_on_hub(name)
        cancelled = threading.Event()
        while (other := self._claim(name, cancelled)) is not None:
            self._wait_for(name, other, stop)
            if self.library.has(name):
                return

        def track(progress: Progress) -> None:
            self._progress[name] = progress
            if report:
                report(progress)

        try:
            self._downloader().download(model, track, _AnyOf(cancelled, stop))
        except NotEnoughSpaceError as err:
            self.needed_bytes = err.needed_bytes
            raise
        else:
            self.reset_needed_space()
        finally:
            self._downloads.pop(name, None)
            self._progress.pop(name, None)
            self.check_disk()

    def _claim(self, name: str, cancelled: threading.Event) -> threading.Event | None:
        """Register a download; return the running one of the same model, if any."""
        with self._starting:
            other = self._downloads.get(name)
            if other is None:
                self._downloads[name] = cancelled
            return other

    def _wait_for(
        self, name: str, cancelled: threading.Event, stop: Stop | None
    ) -> None:
        """Wait for a download that another caller started."""
        while self._downloads.get(name) is cancelled:
            if self._closing.is_set():
                raise paused(name)
            if cancelled.wait(_POLL_SECONDS) or (stop and stop.is_set()):
                msg = f"the download of {name} was stopped"
                raise DownloadCancelledError(msg)

    def cancel(self, name: str) -> bool:
        """Cancel a download; return whether there was one."""
        cancelled = self._downloads.get(self.library.name_of(name))
        if cancelled is None:
            return False
        cancelled.set()
        return True

    def reset_needed_space(self) -> None:
        """Forget that a model did not fit on the disk."""
        self.needed_bytes = SPARE_BYTES

    def close(self) -> None:
        """Stop all downloads; they resume at the next start."""
        self._closing.set()
        for name in list(self._downloads):
            _LOGGER.info("the download of %s resumes at the next start", name)

    @property
    def progress(self) -> dict[str, Progress]:
        """Return the progress of the running downloads."""
        return dict(self._progress)

    @property
    def unfinished(self) -> dict[str, int]:
        """Return models left by interrupted downloads and deletions, with bytes."""
        running = set(self._downloads)
        found = self.library.unfinished()
        return {name: size for name, size in found.items() if name not in running}

    def list_models(self, limits: Limits | None = None) -> list[ListedModel]:
        """Return all models; given limits, with whether they are affordable here."""
        found = list_models(self.library, self.measurements, self.unfinished)
        if limits is None:
            return found
        affordable = self.affordable(limits)
        return [replace(one, is_affordable=one.name in affordable) for one in found]

    def delete(self, name: str) -> None:
        """Delete a model, or what an interruption left of it.

        If it is in use, the embedded model replaces it.
        """
        name = self.library.name_of(name)
        if name in self._downloads:
            msg = f"{name} is being downloaded; cancel that first"
            raise ModelError(msg)
        if name == self.in_use and self.library.holds(name):
            self.use(EMBEDDED_MODEL)
        self.library.delete(name)
        self.check_disk()

    def measure(self, name: str) -> float:
        """Return the seconds a 3 s command takes with an installed model."""
        name = self.library.name_of(name)
        if name == self.in_use:
            with self.slot.use() as engine:
                seconds = choice.measure(engine)
        else:
            engine = warm(self.library.loader(name, self.options.load)())
            seconds = choice.measure(engine)
        self.measurements.record(name, seconds)
        return seconds

    def choose(
        self,
        wanted: Requirements,
        *,
        download: bool = True,
        report: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> ModelChoice:
        """Use the best model that is fast enough; download it if allowed."""
        job = ChoiceJob(wanted=wanted, download=download, report=report, stop=stop)
        return Chooser(self).choose(job)

    def ensure_in_use(self, name: str) -> None:
        """Use a model unless it is already in use."""
        if name != self.in_use or not self.slot.loaded:
            self.use(name)

    def has_real_model(self) -> bool:
        """Return whether a model of the catalogue is installed beside the embedded."""
        names = {model.name for model in self.library.installed()}
        return any(model.name in names for model in catalogue.known_models()[1:])

    def affordable(self, limits: Limits) -> set[str]:
        """Return the models that are fast enough here, as far as that is known."""
        embedded = self.measurements.seconds(EMBEDDED_MODEL)
        if embedded is None:
            embedded = self.measure(EMBEDDED_MODEL)
        return {
            model.name
            for model in choice.affordable(catalogue.known_models(), limits, embedded)
            if (self.measurements.seconds(model.name) or 0) <= limits.budget_seconds
        }

    def check_disk(self) -> None:
        """Update the free disk space."""
        folder = self.library.folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            self.free_bytes = shutil.disk_usage(folder).free
        except OSError:
            self.free_bytes = None

    def remove_leftovers(self, older_than_seconds: float = 0.0) -> int:
        """Delete downloads that nobody resumed for this long."""
        return partial.remove_old(self.library.folder, older_than_seconds)

    def _downloader(self) -> Downloader:
        """Return a downloader for the configured hub."""
        return Downloader(self.library.folder, self.options.hub, self._closing)
