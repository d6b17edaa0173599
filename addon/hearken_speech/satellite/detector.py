"""Wake word detection on the satellite."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wyoming.info import Attribution, WakeProgram

from hearken_speech.version import VERSION
from hearken_speech.wake import messages
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import Detected, WakeEvent, WordFailed
from hearken_speech.wake.settings import StreamSettings, WordSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hearken_speech.protocol import SatelliteSettings
    from hearken_speech.satellite.devices.microphone import Frame
    from hearken_speech.wake.stream import WakeStream

_LOGGER = logging.getLogger(__name__)

DEFAULT_WORD: Final = "hey_jarvis"

_MAX_WAITING: Final = 8
_MAX_GAPS: Final = 16


@dataclass(frozen=True, kw_only=True)
class WakeDetector:
    """The engine of a satellite that detects its wake words itself."""

    engine: WakeEngine
    sensitivity: WordSettings
    """Default for words that have no threshold of their own."""
    words: tuple[str, ...]
    """What it listens for unless configured otherwise."""
    stop_words: tuple[str, ...] = ()
    """What stops whatever plays; at other times these words mean nothing."""

    @staticmethod
    def make(
        folder: Path,
        names: Sequence[str],
        sensitivity: WordSettings,
        stop_names: Sequence[str] = (),
    ) -> WakeDetector:
        """Load the engine and check the words; this blocks for a moment."""
        catalogue = WakeCatalogue(folder)
        catalogue.refresh()
        words = catalogue.resolve(names or [DEFAULT_WORD])
        return WakeDetector(
            engine=WakeEngine(catalogue),
            sensitivity=sensitivity,
            words=tuple(words),
            stop_words=tuple(catalogue.resolve(stop_names)) if stop_names else (),
        )

    def listening(self, settings: SatelliteSettings) -> StreamSettings:
        """Return the engine's settings; raise WakeWordError for an unknown word."""
        names = self.words if settings.wake_words is None else settings.wake_words
        thresholds = settings.thresholds or {}
        self.engine.catalogue.resolve(names)
        return StreamSettings(
            words={
                name: replace(self.sensitivity, threshold=thresholds[name])
                if name in thresholds
                else None
                for name in dict.fromkeys((*names, *self.stop_words))
            },
            default=self.sensitivity,
        )

    def program(self) -> WakeProgram:
        """Describe the words that Home Assistant may choose from."""
        return WakeProgram(
            name="hearken",
            description="Wake words heard on the satellite",
            attribution=Attribution("Hearken", ""),
            installed=True,
            version=VERSION,
            models=messages.models(self.engine.catalogue.usable()),
        )


class MicrophoneClock:
    """Translates positions in the audio that was added to the microphone's positions.

    The two differ by what was lost in between.
    """

    def __init__(self) -> None:
        """Start where both are equal."""
        self._added_samples = 0
        # Positions in the added audio, and how far the microphone is ahead from there.
        self._leads: deque[tuple[int, int]] = deque([(0, 0)], _MAX_GAPS)

    def note(self, frame: Frame) -> None:
        """Take note of a frame that is added."""
        lead = frame.position_samples - self._added_samples
        if lead != self._leads[-1][1]:
            self._leads.append((self._added_samples, lead))
        self._added_samples += len(frame.samples)

    def position(self, added_samples: int) -> int:
        """Return the microphone's position of a position in the added audio."""
        for start, lead in reversed(self._leads):
            if start <= added_samples:
                return added_samples + lead
        return added_samples + self._leads[0][1]


class WakeListening:
    """Listens to the sound of one opened microphone."""

    def __init__(self, detector: WakeDetector, settings: SatelliteSettings) -> None:
        """Start listening."""
        self._detector = detector
        self.stop_words = detector.stop_words
        self._loop = asyncio.get_running_loop()
        self._clock = MicrophoneClock()
        self._detections: asyncio.Queue[Detected] = asyncio.Queue(_MAX_WAITING)
        self._stream: WakeStream = detector.engine.open(
            "microphone", detector.listening(settings), self._on_event
        )

    def update(self, settings: SatelliteSettings) -> None:
        """Change the words or their thresholds from now on."""
        self._stream.update(self._detector.listening(settings))

    def add(self, frame: Frame) -> None:
        """Add a frame without waiting for the engine."""
        self._clock.note(frame)
        self._stream.add_audio(frame.samples)

    async def detection(self) -> Detected:
        """Wait for a wake word; its positions are those of the microphone's clock."""
        detected = await self._detections.get()
        return replace(
            detected,
            position_samples=self._clock.position(detected.position_samples),
            begin_samples=self._clock.position(detected.begin_samples),
            end_samples=self._clock.position(detected.end_samples),
        )

    def close(self) -> None:
        """Stop listening."""
        self._stream.close()

    def _on_event(self, event: WakeEvent) -> None:
        """Handle an event of the wake thread."""
        if isinstance(event, Detected):
            self._loop.call_soon_threadsafe(self._queue, event)
        elif isinstance(event, WordFailed):
            _LOGGER.error("no wake word %s: %s", event.word, event.reason)

    def _queue(self, event: Detected) -> None:
        """Queue a detection; drop the oldest when the queue is full."""
        if self._detections.full():
            self._detections.get_nowait()
        self._detections.put_nowait(event)
