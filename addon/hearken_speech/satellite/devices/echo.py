"""Echo cancelling: what the speaker plays is removed from the microphone's sound."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.format import Converter
from hearken_speech.audio.ring import SampleRing
from hearken_speech.protocol import SAMPLE_RATE_HZ

from .echo_filter import BLOCK_SAMPLES, REACH_SAMPLES, EchoFilter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hearken_speech.audio.format import AudioFormat, Samples
    from hearken_speech.satellite.devices.microphone import Frame, Microphone

_REMEMBERED_SAMPLES: Final = 4 * SAMPLE_RATE_HZ
# Blocks of 20 ms that nobody has read.
_MAX_ADDED: Final = 200
# Blocks that are closer than this follow each other; the rest is jitter.
_JITTER_SAMPLES: Final = 8
_RESTART_SAMPLES: Final = SAMPLE_RATE_HZ // 10
# The reference is read a little ahead, as drivers state their latency roughly.
_LEAD_SECONDS: Final = 0.03
# Shorter deviations are jitter; following them would unsettle the filter.
_EVEN_SECONDS: Final = 0.001


class EchoReference:
    """Remembers what the speaker plays and when it is heard.

    The speaker's thread adds blocks; converting them is left to whoever reads.
    """

    def __init__(self) -> None:
        """Start with silence."""
        self._added: deque[tuple[bytes, AudioFormat, float]] = deque(maxlen=_MAX_ADDED)
        self._ring = SampleRing(_REMEMBERED_SAMPLES)
        self._epoch_seconds = 0.0
        self._layout: AudioFormat | None = None
        self._converter: Converter | None = None

    def add(self, data: bytes, layout: AudioFormat, time_seconds: float) -> None:
        """Add samples, the first of which is heard at this time; safe in any thread.

        Times are those of ``time.monotonic``.
        """
        self._added.append((data, layout, time_seconds))

    def read(self, time_seconds: float, count: int) -> Samples | None:
        """Return the sound from a time on, 16 kHz mono; None if nothing is heard."""
        while self._added:
            self._take(*self._added.popleft())
        begin = self._position(time_seconds)
        known = self._ring.read(max(0, begin), begin + count)
        if not len(known):
            return None
        samples = np.zeros(count, np.int16)
        # What is too old to be remembered is missing at the start.
        first = max(0, -begin, self._ring.end - _REMEMBERED_SAMPLES - begin)
        samples[first : first + len(known)] = known
        return samples

    def _take(self, data: bytes, layout: AudioFormat, time_seconds: float) -> None:
        """Convert a block and put it where it belongs."""
        gap = self._position(time_seconds) - self._ring.end
        if gap < -_RESTART_SAMPLES or gap > _REMEMBERED_SAMPLES:
            self._ring.clear()
            self._epoch_seconds = time_seconds
        elif gap > _JITTER_SAMPLES:
            self._ring.append(np.zeros(gap, np.int16))
        if self._converter is None or layout != self._layout:
            self._layout, self._converter = layout, Converter(layout)
        self._ring.append(self._converter.convert(data))

    def _position(self, time_seconds: float) -> int:
        return round((time_seconds - self._epoch_seconds) * SAMPLE_RATE_HZ)


class EchoCanceller:
    """Removes the echo of what the speaker plays from frames of the microphone."""

    def __init__(self, reference: EchoReference) -> None:
        """Cancel this sound."""
        self._reference = reference
        self._filter = EchoFilter()
        self._echo_samples = 0
        self._next_seconds = 0.0

    def process(self, frame: Frame) -> Frame:
        """Return a frame without the echo; frames come in order.

        While nothing plays, a frame passes unchanged.
        """
        played = self.played_with(frame)
        return frame if played is None else self.cancel(frame, played)

    def played_with(self, frame: Frame) -> Samples | None:
        """Return what may be heard in a frame; None if it passes unchanged."""
        begin = frame.time_seconds + _LEAD_SECONDS
        if abs(begin - self._next_seconds) < _EVEN_SECONDS:
            begin = self._next_seconds
        self._next_seconds = begin + len(frame.samples) / SAMPLE_RATE_HZ
        played = self._reference.read(begin, len(frame.samples))
        if played is not None:
            self._echo_samples = REACH_SAMPLES
            return played
        if self._echo_samples <= 0:
            return None
        self._echo_samples -= len(frame.samples)
        return np.zeros(len(frame.samples), np.int16)

    def cancel(self, frame: Frame, played: Samples) -> Frame:
        """Return a frame without the echo of what was played."""
        return replace(frame, samples=self._cancelled(frame.samples, played))

    def _cancelled(self, recorded: Samples, played: Samples) -> Samples:
        """Return recorded samples without the played ones, in whole blocks."""
        result = recorded.copy()
        for first in range(0, len(recorded) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
            cut = slice(first, first + BLOCK_SAMPLES)
            block = self._filter.process(
                recorded[cut].astype(np.float32), played[cut].astype(np.float32)
            )
            result[cut] = np.rint(block).clip(-32_768, 32_767)
        return result


class EchoCancelledMicrophone:
    """A microphone that does not hear the speaker of its own satellite."""

    def __init__(self, microphone: Microphone, reference: EchoReference) -> None:
        """Listen to this microphone while this sound is played."""
        self._microphone = microphone
        self._reference = reference

    @property
    def trouble(self) -> str | None:
        """Why the opened microphone yields nothing."""
        return self._microphone.trouble

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield the frames without the echo."""
        canceller = EchoCanceller(self._reference)
        async with contextlib.aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                played = canceller.played_with(frame)
                if played is None:
                    yield frame
                else:
                    # Milliseconds on a slow machine, which the event loop has not.
                    yield await asyncio.to_thread(canceller.cancel, frame, played)
