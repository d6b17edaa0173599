"""Install, load, measure, choose and delete speech models."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, choice, partial
from hearken_speech.models.download import (
    SPARE_BYTES,
    Downloader,
    paused,
)
from hearken_speech.models.errors import (
    DownloadCancelledError,
    DownloadPausedError,
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


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Result of choosing a model."""

    name: str
    failure: ModelError | None = None
    """Why a better model cannot be used."""


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


class ModelManager:
    """Holds one model ready and changes it on request; calls may take minutes."""

    def __init__(self, folder: Path, options: ManagerOptions | None = None) -> None:
        """Set the folder for models; nothing is loaded yet."""
        self.options = options or ManagerOptions()
        self.library = Library(folder)
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
        with self._changing:
            engine = self.slot.switch(self.library.loader(name, self.options.load))
            self.in_use = engine.name
        _LOGGER.info("speech model %s is ready", engine.name)
        return engine

    def install(
        self,
        name: str,
        report: Callable[[Progress], None] | None = None,
        stop: Stop | None = None,
    ) -> None:
        """Download a model of the catalogue unless it is installed."""
        if self.library.has(name):
            return
        model = catalogue.find_known(name)
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
        cancelled = self._downloads.get(name)
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
        if name in self._downloads:
            msg = f"{name} is being downloaded; cancel that first"
            raise ModelError(msg)
        if name == self.in_use and self.library.holds(name):
            self.use(EMBEDDED_MODEL)
        self.library.delete(name)
        self.check_disk()

    def measure(self, name: str) -> float:
        """Return the seconds a 3 s command takes with an installed model."""
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
        """Use the best model that is fast enough; download it if allowed.

        An earlier choice for the same machine, language and limits stands.
        """
        if before := self._use_earlier_choice(wanted):
            return ModelChoice(before)
        embedded = self.measure(EMBEDDED_MODEL)
        failure: ModelError | None = None
        for model in choice.candidates(catalogue.known_models(), wanted, embedded):
            try:
                if not (
                    self._is_fast_enough(model.name, wanted.limits)
                    if self.library.has(model.name)
                    else download
                    and self._install_and_measure(model.name, wanted, report, stop)
                ):
                    continue
                self._ensure_in_use(model.name)
            except (DownloadCancelledError, DownloadPausedError):
                # A user who cancels a download does not want the next one instead.
                raise
            except ModelError as err:
                if stop and stop.is_set():
                    raise
                failure = failure or err
                _LOGGER.warning("%s", err)
                continue
            if failure is None and download:
                # Without downloads it is only the best that happens to be installed.
                self.measurements.record_choice(wanted, model.name)
            return ModelChoice(model.name, failure)
        if failure:
            raise failure
        raise ModelError(_why_none(wanted, download=download))

    def _use_earlier_choice(self, wanted: Requirements) -> str | None:
        """Use the model chosen earlier for the same requirements, if it works."""
        before = self.measurements.choice(wanted)
        if before is None or not self.library.has(before):
            return None
        try:
            self._ensure_in_use(before)
        except ModelError as err:
            # Its files may be damaged; another model may work.
            _LOGGER.warning("%s", err)
            return None
        return before

    def _ensure_in_use(self, name: str) -> None:
        """Use a model unless it is already in use."""
        if name != self.in_use or not self.slot.loaded:
            self.use(name)

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

    def _install_and_measure(
        self,
        name: str,
        wanted: Requirements,
        report: Callable[[Progress], None] | None,
        stop: Stop | None,
    ) -> bool:
        """Download a model and return whether it is fast enough."""
        self.install(name, report, stop)
        return self._is_fast_enough(name, wanted.limits)

    def _is_fast_enough(self, name: str, limits: Limits) -> bool:
        """Return whether an installed model is fast enough."""
        if name == EMBEDDED_MODEL:
            return True
        seconds = self.measurements.seconds(name) or self.measure(name)
        return seconds <= limits.budget_seconds

    def _downloader(self) -> Downloader:
        """Return a downloader for the configured hub."""
        return Downloader(self.library.folder, self.options.hub, self._closing)


def _why_none(wanted: Requirements, *, download: bool) -> str:
    """Return why no model satisfies the requirements."""
    names = ", ".join((wanted.language, *wanted.others))
    if not any(map(wanted.are_spoken_by, catalogue.known_models())):
        return f"no speech model is known that speaks: {names}"
    if not download:
        return f"no installed speech model knows {names} and is fast enough here"
    return f"no speech model for the language {names} is fast enough here"
