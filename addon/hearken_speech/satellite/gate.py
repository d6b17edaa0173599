"""Decide how much of the microphone's sound leaves a satellite that hears itself."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hearken_speech.audio.format import to_bytes
from hearken_speech.protocol import (
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
)

if TYPE_CHECKING:
    from wyoming.event import Eventable

    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.devices.microphone import Frame

LAYOUT: Final[dict[str, Any]] = {
    "rate": SAMPLE_RATE_HZ,
    "width": SAMPLE_WIDTH_BYTES,
    "channels": SAMPLE_CHANNELS,
}
PRE_ROLL_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""Sound from before the detection that is sent with the command."""

_REMEMBERED_SAMPLES: Final = 2 * SAMPLE_RATE_HZ


class Gate:
    """Turns frames into events to send; while closed, it keeps the last two seconds.

    Positions are those of the microphone's clock.
    """

    def __init__(self) -> None:
        """Start closed, at the start of the sound."""
        self.position_samples = 0
        """End of the newest frame."""
        self.is_open = False
        self._recent: deque[Frame] = deque()
        self._opened_at_samples = 0

    @property
    def open_samples(self) -> int:
        """Return how long the gate has been open."""
        return self.position_samples - self._opened_at_samples if self.is_open else 0

    def push(self, frame: Frame) -> list[Eventable]:
        """Add a frame; return what is to be sent."""
        self.position_samples = frame.end_samples
        if self.is_open:
            return [_chunk(frame.samples, frame.position_samples)]
        self._recent.append(frame)
        oldest = self.position_samples - _REMEMBERED_SAMPLES
        while self._recent[0].end_samples <= oldest:
            self._recent.popleft()
        return []

    def open(self, from_samples: int | None = None) -> list[Eventable]:
        """Let sound out, from now or from an earlier position on."""
        if self.is_open:
            return []
        self.is_open = True
        self._opened_at_samples = self.position_samples
        begin = self.position_samples
        if from_samples is not None and self._recent:
            first = self._recent[0].position_samples
            begin = min(max(from_samples, first), self.position_samples)
        events: list[Eventable] = [AudioStart(**LAYOUT, timestamp=_ms(begin))]
        for frame in self._recent:
            kept = frame.samples[max(0, begin - frame.position_samples) :]
            if len(kept):
                events.append(_chunk(kept, max(frame.position_samples, begin)))
        self._recent.clear()
        return events

    def close(self) -> list[Eventable]:
        """Let no more sound out."""
        if not self.is_open:
            return []
        self.is_open = False
        return [AudioStop(timestamp=_ms(self.position_samples))]


def _chunk(samples: Samples, position_samples: int) -> AudioChunk:
    """Return samples as an event."""
    return AudioChunk(
        **LAYOUT, audio=to_bytes(samples), timestamp=_ms(position_samples)
    )


def _ms(samples: int) -> int:
    """Return a position in milliseconds."""
    return samples * 1000 // SAMPLE_RATE_HZ
