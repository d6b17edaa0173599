"""Echo cancelling: what the speaker plays is removed from the microphone's sound."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.audio.format import Converter
from hearken_speech.audio.ring import SampleRing
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from hearken_speech.audio.format import AudioFormat, Samples
    from hearken_speech.satellite.devices.microphone import Frame, Microphone

_REMEMBERED_SAMPLES: Final = 4 * SAMPLE_RATE_HZ
# Blocks of 20 ms that nobody has read.
_MAX_ADDED: Final = 200
# Blocks that are closer than this follow each other; the rest is jitter.
_JITTER_SAMPLES: Final = 8
_RESTART_SAMPLES: Final = SAMPLE_RATE_HZ // 10


class EchoCanceller(Protocol):
    """Removes the echo of what the speaker plays from frames of the microphone."""

    def process(self, frame: Frame) -> Frame:
        """Return a frame without the echo; frames come in order.

        While nothing plays, a frame passes unchanged.
        """

    def close(self) -> None:
        """Free what the canceller holds."""


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


class EchoCancelledMicrophone:
    """A microphone that does not hear the speaker of its own satellite."""

    def __init__(
        self, microphone: Microphone, make_canceller: Callable[[], EchoCanceller]
    ) -> None:
        """Listen to this microphone; each time it is opened, a canceller is made."""
        self._microphone = microphone
        self._make_canceller = make_canceller

    @property
    def trouble(self) -> str | None:
        """Why the opened microphone yields nothing."""
        return self._microphone.trouble

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield the frames without the echo."""
        with contextlib.closing(self._make_canceller()) as canceller:
            async with contextlib.aclosing(self._microphone.frames()) as frames:
                async for frame in frames:
                    yield canceller.process(frame)
