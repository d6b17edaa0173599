"""What happens to the audio of one connection: a wake word, or a transcript."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.errors import AudioError, BusyError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.detector import Detected, Detector, WakeWord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from concurrent.futures import Executor

    from hearken_speech.audio.format import Samples

MAX_RECORDING_SECONDS: Final = 60
_MAX_WAITING_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
_FINISH_LIMIT_SECONDS: Final = 15.0


class Listener(Protocol):
    """Takes the audio of one connection, from audio-start to audio-stop."""

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError where there are too many."""


class Recorder:
    """Collects a recording for speech-to-text."""

    def __init__(self, language: str | None) -> None:
        """Begin a recording of this language."""
        self.language = language
        self._chunks: list[Samples] = []
        self._samples = 0

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError when it becomes too long."""
        self._samples += len(samples)
        if self._samples > MAX_RECORDING_SECONDS * SAMPLE_RATE_HZ:
            self._chunks.clear()
            self._samples = 0
            msg = f"the recording is longer than {MAX_RECORDING_SECONDS} s"
            raise AudioError(msg)
        if len(samples):
            self._chunks.append(samples)

    def recording(self) -> Samples:
        """Return the whole recording."""
        if not self._chunks:
            return np.zeros(0, dtype=np.int16)
        return np.concatenate(self._chunks)


class WakeListener:
    """Listens for wake words on a worker thread, in the order of the audio.

    When the machine cannot keep up, the oldest audio is dropped and counted.
    """

    def __init__(
        self,
        words: Sequence[WakeWord],
        pool: Executor,
        report: Callable[[Detected], Awaitable[None]],
    ) -> None:
        """Prepare to listen for the words and to report what is heard."""
        self._words = words
        self._pool = pool
        self._report = report
        self._waiting: deque[Samples] = deque()
        self._waiting_samples = 0
        self._news = asyncio.Event()
        self._ended = False
        # Nobody waits for the result any more; whoever asks anew must not get it.
        self._abandoned = False
        self._done = asyncio.Event()
        self.heard = 0
        self.dropped_samples = 0

    def feed(self, samples: Samples) -> None:
        """Take samples without waiting."""
        self._waiting.append(samples)
        self._waiting_samples += len(samples)
        while self._waiting_samples > _MAX_WAITING_SAMPLES and len(self._waiting) > 1:
            dropped = len(self._waiting.popleft())
            self._waiting_samples -= dropped
            self.dropped_samples += dropped
        self._news.set()

    async def run(self) -> None:
        """Listen until ``finish`` is called."""
        loop = asyncio.get_running_loop()
        try:
            detector = await loop.run_in_executor(self._pool, Detector, self._words)
            while not self._ended or self._waiting:
                await self._news.wait()
                self._news.clear()
                samples = self._take()
                if not len(samples):
                    continue
                for heard in await loop.run_in_executor(
                    self._pool, detector.feed, samples
                ):
                    if self._abandoned:
                        return
                    self.heard += 1
                    await self._report(heard)
        finally:
            self._done.set()

    async def finish(self) -> None:
        """Judge what has been taken, then end; raise BusyError if that hangs."""
        self._ended = True
        self._news.set()
        try:
            async with asyncio.timeout(_FINISH_LIMIT_SECONDS):
                await self._done.wait()
        except TimeoutError as err:
            self._abandoned = True
            msg = "wake word detection cannot keep up with the audio"
            raise BusyError(msg) from err

    def _take(self) -> Samples:
        """Return all that waits, as one piece."""
        if not self._waiting:
            return np.zeros(0, dtype=np.int16)
        samples = np.concatenate(list(self._waiting))
        self._waiting.clear()
        self._waiting_samples = 0
        return samples
