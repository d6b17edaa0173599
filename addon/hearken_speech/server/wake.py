"""Wake words on the server: the shared engine, and a listener per connection."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from wyoming.wake import Detect

from hearken_speech import json_file
from hearken_speech.errors import BusyError, RequestError
from hearken_speech.protocol import SAMPLE_RATE_HZ, WakeKey
from hearken_speech.server.word_maker import WordMaker
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.clips import ClipSettings, ClipStore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.events import Detected, Finished, WakeEvent, WordFailed
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.made import FOLDER as MADE_FOLDER
from hearken_speech.wake.records import WakeRecords
from hearken_speech.wake.settings import StreamSettings, WordSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from wyoming.event import Event

    from hearken_speech.audio.format import Samples
    from hearken_speech.protocol import DetectDetails, WordSensitivity

_LOGGER = logging.getLogger(__name__)

_REFRESH_SECONDS: Final = 10.0
_ROOM_LIMIT_SECONDS: Final = 5.0
_FINISH_LIMIT_SECONDS: Final = 15.0
_MAX_WAITING_EVENTS: Final = 64
_PIECE_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_SHORTEST_REST_SECONDS: Final = 0.015
"""A timer costs about as much as the packet that it saves."""


@dataclass(frozen=True, kw_only=True)
class WakeService:
    """The wake word engine and its data, shared by all connections."""

    catalogue: WakeCatalogue
    records: WakeRecords
    clips: ClipStore
    engine: WakeEngine | None
    maker: WordMaker
    settings_path: Path
    problem: str = ""
    """Why there is no engine."""

    @staticmethod
    def start(data_dir: Path, folder: Path, *, download: bool = True) -> WakeService:
        """Load the engine and find the included words. Blocks for a moment.

        With ``download``, voices that make new words are downloaded when needed.
        """
        settings_path = data_dir / "wake.json"
        clips = ClipStore(data_dir / "wake_clips", _stored_settings(settings_path))
        records = WakeRecords(clips)
        catalogue = WakeCatalogue(folder, data_dir / MADE_FOLDER)
        engine, problem = None, ""
        try:
            engine = WakeEngine(catalogue, records)
        except WakeModelError as err:
            problem = str(err)
            _LOGGER.error("No wake words: %s", err)  # noqa: TRY400 - for users
        return WakeService(
            catalogue=catalogue,
            records=records,
            clips=clips,
            engine=engine,
            maker=WordMaker(data_dir, catalogue.refresh, download=download),
            settings_path=settings_path,
            problem=problem,
        )

    async def watch_folder(self) -> None:
        """Look for new words and delete old clips, periodically."""
        while True:
            try:
                if await asyncio.to_thread(self.catalogue.refresh):
                    known = [word.id for word in self.catalogue.usable()]
                    _LOGGER.info("wake words: %s", ", ".join(known) or "none")
                await asyncio.to_thread(self.clips.prune)
            except OSError as err:
                _LOGGER.warning("cannot scan for wake words: %s", err)
            await asyncio.sleep(_REFRESH_SECONDS)

    def change_clip_settings(self, settings: ClipSettings) -> None:
        """Turn clips on or off, and set their limits; raise JsonFileError.

        What cannot be stored does not apply either.
        """
        json_file.save(self.settings_path, clip_settings_as_dict(settings))
        self.clips.settings = settings

    def close(self) -> None:
        """Stop the engine."""
        if self.engine is not None:
            self.engine.close()
        self.clips.close()


def _stored_settings(path: Path) -> ClipSettings:
    """Return the stored settings of clips; clips are off if they are invalid."""
    stored = json_file.load_or_set_aside(path, _is_valid)
    return read_clip_settings(stored or {}, ClipSettings())


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether stored settings of clips can be used."""
    try:
        read_clip_settings(stored, ClipSettings())
    except ValueError:
        return False
    return True


def clip_settings_as_dict(settings: ClipSettings) -> dict[str, Any]:
    """Return the settings of clips as they are stored and sent."""
    return {
        WakeKey.KEEP_CLIPS: settings.enabled,
        WakeKey.MAX_DAYS: settings.max_days,
        WakeKey.MAX_MEGABYTES: settings.max_megabytes,
    }


def read_clip_settings(data: dict[str, Any], current: ClipSettings) -> ClipSettings:
    """Return settings with these fields changed; raise ValueError if invalid."""
    enabled = data.get(WakeKey.KEEP_CLIPS, current.enabled)
    days = data.get(WakeKey.MAX_DAYS, current.max_days)
    megabytes = data.get(WakeKey.MAX_MEGABYTES, current.max_megabytes)
    if not isinstance(enabled, bool) or not all(
        type(value) in {int, float} and math.isfinite(value)
        for value in (days, megabytes)
    ):
        msg = "keep_clips must be true or false, max_days and max_megabytes numbers"
        raise ValueError(msg)
    return ClipSettings(
        enabled=enabled, max_days=float(days), max_megabytes=float(megabytes)
    )


def stream_settings(
    names: Sequence[str] | None, details: DetectDetails
) -> StreamSettings:
    """Return the settings a client asks for; raise RequestError if invalid."""
    try:
        default = _word_settings(details.default, WordSettings())
        own = {
            name: _word_settings(wanted, default)
            for name, wanted in details.words.items()
        }
    except ValueError as err:
        raise RequestError(str(err)) from err
    if names:
        return StreamSettings(
            words={name: own.get(name) for name in names}, default=default
        )
    return StreamSettings(own=own, default=default)


def requested_words(event: Event) -> list[str] | None:
    """Return the words that a client asks for; raise RequestError if invalid."""
    names = Detect.from_event(event).names
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        msg = "the names of wake words are not a list of strings"
        raise RequestError(msg)
    return names


def detection_fields(heard: Detected) -> dict[str, Any]:
    """Return the details of a detection that go into the journal."""
    return {
        "word": heard.word,
        "score": heard.score,
        "threshold": heard.threshold,
        "level_dbfs": heard.level_dbfs,
        "lag_seconds": round(
            (heard.position_samples - heard.end_samples) / SAMPLE_RATE_HZ, 3
        ),
    }


def _word_settings(wanted: WordSensitivity, default: WordSettings) -> WordSettings:
    """Return the settings of a word, with defaults for what is not set."""
    return WordSettings(
        threshold=_or(wanted.threshold, default.threshold),
        patience=_or(wanted.patience, default.patience),
        refractory_seconds=_or(wanted.refractory_seconds, default.refractory_seconds),
    )


def _or[T](value: T | None, default: T) -> T:
    """Return the value, or the default if it is None."""
    return default if value is None else value


class WakeListener:
    """Listens for wake words in the audio of one connection."""

    def __init__(
        self,
        service: WakeService,
        name: str,
        settings: StreamSettings,
        report: Callable[[Detected], Awaitable[None]],
    ) -> None:
        """Open a stream; ``run`` reports the detections."""
        if service.engine is None:
            raise WakeModelError(service.problem)
        self._loop = asyncio.get_running_loop()
        self._report = report
        self._events: asyncio.Queue[WakeEvent] = asyncio.Queue(_MAX_WAITING_EVENTS)
        self._finished = asyncio.Event()
        self._stream = service.engine.open(name, settings, self._on_event)
        self._catalogue = service.catalogue
        self._asked = self._asked_names(settings)
        self.settings = settings
        self.name = name
        self.detections = 0
        self.has_audio = False
        """Whether any audio was added."""
        self._waiting: list[Samples] = []
        # Until the wake thread has a step to judge.
        self._missing_samples = STEP_SAMPLES

    @property
    def rest_seconds(self) -> float:
        """Return for how long audio may stay unread, because it completes no step."""
        seconds = self._missing_samples / SAMPLE_RATE_HZ
        return seconds if seconds >= _SHORTEST_REST_SECONDS else 0.0

    async def rest(self) -> None:
        """Leave audio unread until it can complete a step."""
        await asyncio.sleep(self.rest_seconds)

    def add_audio(self, samples: Samples) -> None:
        """Add samples without waiting; they are judged in steps."""
        self.has_audio = self.has_audio or len(samples) > 0
        self._waiting.append(samples)
        self._missing_samples -= len(samples)
        if self._missing_samples <= 0:
            self._pass_on()

    def _pass_on(self) -> None:
        """Pass the waiting samples on to the wake thread."""
        if self._waiting:
            self._stream.add_audio(np.concatenate(self._waiting))
            self._waiting.clear()
        if self._missing_samples <= 0:
            self._missing_samples = self._missing_samples % STEP_SAMPLES or STEP_SAMPLES

    async def add_audio_paced(self, samples: Samples) -> None:
        """Add samples; slow down a client that sends faster than they are processed."""
        for first in range(0, len(samples), _PIECE_SAMPLES):
            self.add_audio(samples[first : first + _PIECE_SAMPLES])
            if self._stream.is_full:
                await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        """Wait until some of the queued audio was processed."""
        free = asyncio.Event()

        def freed() -> None:
            """Set the event on the event loop."""
            self._loop.call_soon_threadsafe(free.set)

        self._stream.when_room(freed)
        try:
            async with asyncio.timeout(_ROOM_LIMIT_SECONDS):
                await free.wait()
        except TimeoutError:
            _LOGGER.debug("no room for %.1f s of audio", self._stream.lag_seconds)

    def update(self, settings: StreamSettings) -> None:
        """Change words or settings, from the next audio on."""
        self._pass_on()
        self._stream.update(settings)
        self._asked = self._asked_names(settings)
        self.settings = settings

    def _asked_names(self, settings: StreamSettings) -> dict[str, str]:
        """Return the name that the client used for each word; it knows no other."""
        return self._catalogue.resolve(settings.words or ())

    async def run(self) -> None:
        """Report detections until ``finish`` is called.

        Raises WakeModelError when the last of its words failed.
        """
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, Detected):
                    self.detections += 1
                    asked = self._asked.get(event.word, event.word)
                    await self._report(replace(event, word=asked))
                elif isinstance(event, WordFailed):
                    _LOGGER.warning(
                        "%s: no %s: %s", self.name, event.word, event.reason
                    )
                    if self._stream.is_deaf:
                        msg = f"wake word {event.word}: {event.reason}"
                        raise WakeModelError(msg)
                elif isinstance(event, Finished):
                    return
        finally:
            self.release()
            self._finished.set()

    def release(self) -> None:
        """Close the stream, even if it never ran."""
        self._stream.close()

    async def finish(self) -> None:
        """Process the queued audio, then end; raise BusyError on a timeout."""
        self._pass_on()
        self._stream.flush()
        try:
            async with asyncio.timeout(_FINISH_LIMIT_SECONDS):
                await self._finished.wait()
        except TimeoutError as err:
            # A new request must not get late detections of this one.
            self.abandon()
            msg = "wake word detection cannot keep up with the audio"
            raise BusyError(msg) from err
        finally:
            self._stream.close()

    def abandon(self) -> None:
        """End without processing the queued audio."""
        self._stream.close()
        self._queue(Finished(position_samples=0, detected=self.detections > 0))

    def _on_event(self, event: WakeEvent) -> None:
        """Receive an event on the wake thread."""
        if isinstance(event, Detected | Finished | WordFailed):
            self._loop.call_soon_threadsafe(self._queue, event)

    def _queue(self, event: WakeEvent) -> None:
        """Queue an event; drop the oldest if the queue is full."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)
