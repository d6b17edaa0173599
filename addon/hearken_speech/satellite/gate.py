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

LAYOUT: Final[dict[str, Any]] = {
    "rate": SAMPLE_RATE_HZ,
    "width": SAMPLE_WIDTH_BYTES,
    "channels": SAMPLE_CHANNELS,
}
PRE_ROLL_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""What was said in the half second before the word was noticed goes along."""

_REMEMBERED_SAMPLES: Final = 2 * SAMPLE_RATE_HZ


class Gate:
    """Turns frames into the events to send; closed, it only remembers a little."""

    def __init__(self) -> None:
        """Begin closed, at the beginning of the sound."""
        self.position_samples = 0
        """Sound that has come in so far."""
        self.is_open = False
        self._recent: deque[Samples] = deque()
        self._recent_samples = 0
        self._opened_at_samples = 0

    @property
    def open_samples(self) -> int:
        """Return how long the gate has been open."""
        return self.position_samples - self._opened_at_samples if self.is_open else 0

    def take(self, frame: Samples) -> list[Eventable]:
        """Take a frame; return what is to be sent."""
        first = self.position_samples
        self.position_samples += len(frame)
        if self.is_open:
            return [_chunk(frame, first)]
        self._recent.append(frame)
        self._recent_samples += len(frame)
        while self._recent_samples - len(self._recent[0]) >= _REMEMBERED_SAMPLES:
            self._recent_samples -= len(self._recent.popleft())
        return []

    def open(self, from_samples: int | None = None) -> list[Eventable]:
        """Let sound out, from now or from an earlier position on."""
        if self.is_open:
            return []
        self.is_open = True
        self._opened_at_samples = self.position_samples
        first = self.position_samples - self._recent_samples
        begin = self.position_samples if from_samples is None else from_samples
        begin = min(max(begin, first), self.position_samples)
        events: list[Eventable] = [AudioStart(**LAYOUT, timestamp=_ms(begin))]
        for frame in self._recent:
            kept = frame[max(0, begin - first) :]
            if len(kept):
                events.append(_chunk(kept, max(first, begin)))
            first += len(frame)
        self._recent.clear()
        self._recent_samples = 0
        return events

    def close(self) -> list[Eventable]:
        """Keep the sound inside again."""
        if not self.is_open:
            return []
        self.is_open = False
        return [AudioStop(timestamp=_ms(self.position_samples))]


def _chunk(samples: Samples, first: int) -> AudioChunk:
    """Return a piece of sound as it travels."""
    return AudioChunk(**LAYOUT, audio=to_bytes(samples), timestamp=_ms(first))


def _ms(samples: int) -> int:
    """Return a position in milliseconds."""
    return samples * 1000 // SAMPLE_RATE_HZ
