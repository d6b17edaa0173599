"""Wake words of the server: the engine, its words, and one connection's listening."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import store
from hearken_speech.errors import BusyError, RequestError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.clips import ClipSettings, ClipStore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.events import Detected, Finished, WakeEvent, WordFailed
from hearken_speech.wake.records import WakeJournal
from hearken_speech.wake.settings import StreamSettings, WordSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.protocol import DetectDetails, WordSensitivity

_LOGGER = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 10.0
_ROOM_LIMIT_SECONDS: Final = 5.0
_FINISH_LIMIT_SECONDS: Final = 15.0
_MAX_WAITING_EVENTS: Final = 64
_PIECE_SAMPLES: Final = SAMPLE_RATE_HZ // 2


@dataclass(frozen=True, kw_only=True)
class WakeService:
    """Everything about wake words that connections share."""

    catalogue: WakeCatalogue
    journal: WakeJournal
    clips: ClipStore
    engine: WakeEngine | None
    settings_path: Path
    problem: str = ""
    """Why there is no engine."""

    @staticmethod
    def start(data_dir: Path, folder: Path) -> WakeService:
        """Load the engine and find the words that come with it. Takes a moment."""
        settings_path = data_dir / "wake.json"
        clips = ClipStore(data_dir / "wake_clips", _stored_settings(settings_path))
        journal = WakeJournal(clips)
        catalogue = WakeCatalogue(folder)
        engine, problem = None, ""
        try:
            engine = WakeEngine(catalogue, journal)
        except WakeModelError as err:
            problem = str(err)
            _LOGGER.error("No wake words: %s", err)  # noqa: TRY400 - for users
        return WakeService(
            catalogue=catalogue,
            journal=journal,
            clips=clips,
            engine=engine,
            settings_path=settings_path,
            problem=problem,
        )

    async def watch_folder(self) -> None:
        """Look for new words, again and again."""
        while True:
            try:
                if await asyncio.to_thread(self.catalogue.refresh):
                    known = [word.id for word in self.catalogue.usable()]
                    _LOGGER.info("wake words: %s", ", ".join(known) or "none")
                await asyncio.to_thread(self.clips.prune)
            except OSError as err:
                _LOGGER.warning("cannot look for wake words: %s", err)
            await asyncio.sleep(_LOOK_SECONDS)

    def change_clip_settings(self, settings: ClipSettings) -> None:
        """Keep recordings, or keep none, from now on."""
        self.clips.settings = settings
        store.save(
            self.settings_path,
            {
                "keep_clips": settings.enabled,
                "max_days": settings.max_days,
                "max_megabytes": settings.max_megabytes,
            },
        )

    def close(self) -> None:
        """Stop listening."""
        if self.engine is not None:
            self.engine.close()
        self.clips.close()


def _stored_settings(path: Path) -> ClipSettings:
    """Return whether recordings are kept; nonsense means that none are."""
    stored = store.load(path)
    try:
        return read_clip_settings(stored, ClipSettings())
    except ValueError as err:
        _LOGGER.warning("%s: %s", path.name, err)
        return ClipSettings()


def read_clip_settings(data: dict[str, Any], current: ClipSettings) -> ClipSettings:
    """Return settings with these fields changed; wrong ones raise ValueError."""
    enabled = data.get("keep_clips", current.enabled)
    days = data.get("max_days", current.max_days)
    megabytes = data.get("max_megabytes", current.max_megabytes)
    numbers = [value for value in (days, megabytes) if not isinstance(value, bool)]
    if not isinstance(enabled, bool) or not all(
        isinstance(value, int | float) for value in numbers
    ):
        msg = "keep_clips must be true or false, max_days and max_megabytes numbers"
        raise ValueError(msg)
    return ClipSettings(
        enabled=enabled, max_days=float(days), max_megabytes=float(megabytes)
    )


def stream_settings(
    names: Sequence[str] | None, details: DetectDetails
) -> StreamSettings:
    """Return what a client asks to listen for; wrong wishes raise RequestError."""
    try:
        default = _word_settings(details.default, WordSettings())
        own = {
            name: _word_settings(wish, default) for name, wish in details.words.items()
        }
    except ValueError as err:
        raise RequestError(str(err)) from err
    if names:
        return StreamSettings(
            words={name: own.get(name) for name in names}, default=default
        )
    return StreamSettings(own=own, default=default)


def _word_settings(wish: WordSensitivity, default: WordSettings) -> WordSettings:
    """Return settings that follow a wish."""
    return WordSettings(
        threshold=_or(wish.threshold, default.threshold),
        patience=_or(wish.patience, default.patience),
        refractory_seconds=_or(wish.refractory_seconds, default.refractory_seconds),
    )


def _or[T](wished: T | None, default: T) -> T:
    """Return the first that is set."""
    return default if wished is None else wished


class WakeListener:
    """Listens to the audio of one connection for wake words."""

    def __init__(
        self,
        service: WakeService,
        name: str,
        settings: StreamSettings,
        report: Callable[[Detected], Awaitable[None]],
    ) -> None:
        """Prepare to listen and to report what is heard."""
        if service.engine is None:
            raise WakeModelError(service.problem)
        self._loop = asyncio.get_running_loop()
        self._report = report
        self._events: asyncio.Queue[WakeEvent] = asyncio.Queue(_MAX_WAITING_EVENTS)
        self._finished = asyncio.Event()
        self._stream = service.engine.open(name, settings, self._on_event)
        self.settings = settings
        self.name = name
        self.heard = 0
        self.fed = False
        """Whether any audio has come."""

    def feed(self, samples: Samples) -> None:
        """Take samples without waiting."""
        self.fed = self.fed or len(samples) > 0
        self._stream.feed(samples)

    async def take(self, samples: Samples) -> None:
        """Take samples; let a client wait that is faster than real time and we."""
        for first in range(0, len(samples), _PIECE_SAMPLES):
            self.feed(samples[first : first + _PIECE_SAMPLES])
            if self._stream.is_full:
                await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        """Wait until some of the audio has been listened to."""
        free = asyncio.Event()

        def freed() -> None:
            """Pass the news on to the event loop."""
            self._loop.call_soon_threadsafe(free.set)

        self._stream.when_room(freed)
        try:
            async with asyncio.timeout(_ROOM_LIMIT_SECONDS):
                await free.wait()
        except TimeoutError:
            _LOGGER.debug("no room for %.1f s of audio", self._stream.lag_seconds)

    def update(self, settings: StreamSettings) -> None:
        """Listen for other words, or otherwise, from the next step on."""
        self._stream.update(settings)
        self.settings = settings

    async def run(self) -> None:
        """Report what is heard until ``finish`` is called.

        Raises WakeModelError when the last of its words cannot be heard any more.
        """
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, Detected):
                    self.heard += 1
                    await self._report(event)
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
            self._stream.close()
            self._finished.set()

    async def finish(self) -> None:
        """Judge what has been taken, then end; raise BusyError if that hangs."""
        self._stream.flush()
        try:
            async with asyncio.timeout(_FINISH_LIMIT_SECONDS):
                await self._finished.wait()
        except TimeoutError as err:
            # Whoever asks anew must not get what nobody waits for any more.
            self.abandon()
            msg = "wake word detection cannot keep up with the audio"
            raise BusyError(msg) from err
        finally:
            self._stream.close()

    def abandon(self) -> None:
        """End without judging what waits."""
        self._stream.close()
        self._queue(Finished(position_samples=0, detected=self.heard > 0))

    def _on_event(self, event: WakeEvent) -> None:
        """Take an event from the wake thread."""
        if isinstance(event, Detected | Finished | WordFailed):
            self._loop.call_soon_threadsafe(self._queue, event)

    def _queue(self, event: WakeEvent) -> None:
        """Keep an event; the oldest goes where nobody takes them."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)
