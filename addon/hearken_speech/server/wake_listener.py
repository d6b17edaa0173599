"""Listens for wake words in the audio of one connection."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import BusyError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.clips import AFTER_SECONDS, BEFORE_SECONDS
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.events import (
    Detected,
    FaintlyHeard,
    Finished,
    WakeEvent,
    WordFailed,
    WordHeard,
)
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.records import Check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.connections import Connection
    from hearken_speech.server.wake import WakeService
    from hearken_speech.wake.settings import StreamSettings

_LOGGER = logging.getLogger(__name__)

_ROOM_LIMIT_SECONDS: Final = 5.0
_FINISH_LIMIT_SECONDS: Final = 15.0
_MAX_WAITING_EVENTS: Final = 64
_FEW_WAITING_EVENTS: Final = 2
"""With more, a stream is behind, and its words are not checked."""
_REPEATED_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""What follows a word so soon is the same one."""
_CLIP_SAMPLES: Final = round((BEFORE_SECONDS + AFTER_SECONDS) * SAMPLE_RATE_HZ)
_PIECE_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_SHORTEST_REST_SECONDS: Final = 0.015
"""A timer costs about as much as the packet that it saves."""


class WakeListener:
    """Listens for wake words in the audio of one connection."""

    def __init__(
        self,
        service: WakeService,
        name: str,
        settings: StreamSettings,
        report: Callable[[Detected], Awaitable[None]],
        connection: Connection,
    ) -> None:
        """Open a stream; ``run`` reports the detections."""
        if service.engine is None:
            raise WakeModelError(service.problem)
        self._loop = asyncio.get_running_loop()
        self._report = report
        self._events: asyncio.Queue[WakeEvent] = asyncio.Queue(_MAX_WAITING_EVENTS)
        self._finished = asyncio.Event()
        self._service = service
        self._stream = service.engine.open(
            name, self._with_faint(settings), self._on_event
        )
        self._connection = connection
        self._is_abandoned = False
        self._reported: dict[str, WordHeard] = {}
        """What was reported last of each word."""
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
        self._stream.update(self._with_faint(settings))
        self._asked = self._asked_names(settings)
        self.settings = settings

    def _asked_names(self, settings: StreamSettings) -> dict[str, str]:
        """Return the name that the client used for each word; it knows no other."""
        return self._service.catalogue.resolve(settings.words or ())

    async def run(self) -> None:
        """Report detections until ``finish`` is called.

        Raises WakeModelError when the last of its words failed.
        """
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, WordHeard):
                    await self._consider(event)
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

    def _with_faint(self, settings: StreamSettings) -> StreamSettings:
        """Return settings that find faint peaks, if somebody can be asked."""
        return replace(settings, can_ask=self._service.check is not None)

    async def _consider(self, heard: WordHeard) -> None:
        """Report a detection that holds, or what turns out to be one."""
        if self._is_rest(heard):
            return
        check = await self._check(heard)
        counts = isinstance(heard, Detected)
        if check is not None:
            confirmed = check is Check.CONFIRMED
            counts = confirmed or (counts and check is not Check.REFUTED)
            self._record(heard, check, detected=counts)
        # The client may have begun another stream during the check.
        if counts and not self._is_abandoned:
            self._reported[heard.word] = heard
            self.detections += 1
            asked = self._asked.get(heard.word, heard.word)
            await self._report(_as_detected(heard, asked))

    def _record(self, heard: WordHeard, check: Check, *, detected: bool) -> None:
        """Record what the speech model says, and what follows from it."""
        records = self._service.records
        if not isinstance(heard, FaintlyHeard):
            records.note_check(heard.record_id, check, detected=detected)
        elif detected:
            record = records.add(self.name, _as_detected(heard, heard.word), check)
            records.save_clip(record, heard.recent[-_CLIP_SAMPLES:])

    async def _check(self, heard: WordHeard) -> Check | None:
        """Ask the speech model about a word that is to be checked."""
        check = self._service.check
        word = self._service.catalogue.get(heard.word)
        if check is None or word is None or not word.is_checked:
            return None
        if self._events.qsize() > _FEW_WAITING_EVENTS:
            return None
        trusted = self._connection.is_trusted
        return await check.ask(heard, self.name, is_trusted=trusted)

    def _is_rest(self, heard: WordHeard) -> bool:
        """Return whether this is the rest of a word that was reported.

        Two detections have the owner's refractory time between them.
        """
        before = self._reported.get(heard.word)
        if before is None or (
            isinstance(heard, Detected) and isinstance(before, Detected)
        ):
            return False
        return heard.position_samples - before.position_samples < _REPEATED_SAMPLES

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
        self._is_abandoned = True
        self._stream.close()
        self._queue(Finished(position_samples=0, detected=self.detections > 0))

    def _on_event(self, event: WakeEvent) -> None:
        """Receive an event on the wake thread."""
        if isinstance(event, WordHeard | Finished | WordFailed):
            self._loop.call_soon_threadsafe(self._queue, event)

    def _queue(self, event: WakeEvent) -> None:
        """Queue an event; drop the oldest if the queue is full."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)


def _as_detected(heard: WordHeard, name: str) -> Detected:
    """Return a detection with the name that the client used."""
    values = {one.name: getattr(heard, one.name) for one in fields(heard)}
    return Detected(**{**values, "word": name})
