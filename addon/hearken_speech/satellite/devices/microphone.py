"""The microphone: a stream of frames with a clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.audio.level import scale
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hearken_speech.audio.format import Samples

FRAME_SAMPLES: Final = 1280
"""80 ms, the step of the wake word engine."""
FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ


class MicrophoneError(HearkenError):
    """There is no such microphone."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Samples with their place on the microphone's clock."""

    samples: Samples
    position_samples: int
    """Position of the first sample since the microphone was opened.

    It follows the end of the frame before, unless samples were lost in between.
    """
    time_seconds: float
    """Time of the first sample, by ``time.monotonic``."""

    @property
    def end_samples(self) -> int:
        """Position after the last sample."""
        return self.position_samples + len(self.samples)

    def amplified(self, factor: float) -> Frame:
        """Return the frame times a factor."""
        return replace(self, samples=scale(self.samples, factor))


class Microphone(Protocol):
    """A source of sound at 16 kHz, mono."""

    @property
    def trouble(self) -> str | None:
        """Why the opened microphone yields nothing, None while all is well."""

    def frames(self) -> AsyncGenerator[Frame]:
        """Open the microphone and yield frames of 80 ms as they are recorded.

        Closing the generator closes the microphone. Positions start at zero and only
        grow. Sound that is not fetched within a second is lost; the position of the
        next frame shows how much. While the device is gone, no frames come; they go
        on when it is back.
        """
