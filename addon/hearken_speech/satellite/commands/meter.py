"""Show live what the microphone hears."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING, Final

from hearken_speech.satellite.detector import WakeDetector, WakeListening
from hearken_speech.satellite.devices.microphone import FRAME_SECONDS
from hearken_speech.satellite.equipment import equip
from hearken_speech.satellite.settings import DEFAULTS

from .levels import Level, NoiseFloor, level_of

if TYPE_CHECKING:
    from hearken_speech.satellite.devices.microphone import Microphone
    from hearken_speech.satellite.options import SatelliteOptions
    from hearken_speech.wake.events import Scores

_BAR_CHARACTERS: Final = 30
_LOWEST_DBFS: Final = -60.0
_NO_SOUND_SECONDS: Final = 5.0
_LINES_A_SECOND_WITHOUT_TERMINAL: Final = 1.0
_FRAMES_A_LINE: Final = 2


class Meter:
    """Level, noise floor, clipping and wake score of the last moments."""

    def __init__(self) -> None:
        """Start with silence."""
        self._floor = NoiseFloor()
        self._clipped = 0
        self._scores: dict[str, float] = {}

    def score(self, scores: Scores) -> None:
        """Note the scores of a step; called on the wake thread."""
        for word, score in scores.scores.items():
            self._scores[word] = max(score, 0.8 * self._scores.get(word, 0.0))

    def line(self, level: Level) -> str:
        """Return the line that is shown after a frame."""
        floor = self._floor.add(level.rms_dbfs)
        self._clipped += level.clipped
        parts = [
            bar(level.rms_dbfs),
            f"{level.rms_dbfs:6.1f} dB",
            f"peak {level.peak_dbfs:6.1f}",
            f"noise {floor:6.1f}",
            f"clipped {self._clipped}",
            *(f"{word} {score:.2f}" for word, score in sorted(self._scores.items())),
        ]
        return "  ".join(parts)


def bar(level_dbfs: float) -> str:
    """Return a bar for a level."""
    share = 1 - min(0.0, max(_LOWEST_DBFS, level_dbfs)) / _LOWEST_DBFS
    filled = round(share * _BAR_CHARACTERS)
    return "█" * filled + "·" * (_BAR_CHARACTERS - filled)


async def run(options: SatelliteOptions, seconds: float | None) -> int:
    """Show the meter until Ctrl-C or for a time; return 1 without sound."""
    equipment = equip(options)
    folder = options.wake_dir or options.data_dir / "wake_words"
    detector = await asyncio.to_thread(
        WakeDetector.make, folder, options.wake_words, options.sensitivity
    )
    print("Speak, and say the wake word. Ctrl-C ends.")
    try:
        return await _show(equipment.microphone, detector, seconds)
    finally:
        detector.engine.close()


async def _show(
    microphone: Microphone, detector: WakeDetector, seconds: float | None
) -> int:
    """Print lines while frames come."""
    meter = Meter()
    forget = detector.engine.watch("microphone", meter.score)
    listening = WakeListening(detector, DEFAULTS)
    end = None if seconds is None else time.monotonic() + seconds
    count = 0
    try:
        async with contextlib.aclosing(microphone.frames()) as frames:
            while end is None or time.monotonic() < end:
                try:
                    async with asyncio.timeout(_NO_SOUND_SECONDS):
                        frame = await anext(frames)
                except TimeoutError:
                    print(f"no sound: {microphone.trouble or 'the device is silent'}")
                    return 1
                listening.add(frame)
                _print(meter.line(level_of(frame.samples)), count)
                count += 1
    finally:
        print()
        forget()
        listening.close()
    return 0


def _print(line: str, count: int) -> None:
    """Replace the line of a terminal; elsewhere, print one a second."""
    if sys.stdout.isatty():
        if count % _FRAMES_A_LINE == 0:
            print(f"\r{line}\033[K", end="", flush=True)
    elif count % round(1 / FRAME_SECONDS / _LINES_A_SECOND_WITHOUT_TERMINAL) == 0:
        print(line, flush=True)
