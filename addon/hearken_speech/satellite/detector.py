"""Wake words on the satellite itself."""

from __future__ import annotations

import asyncio
import logging
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

    from hearken_speech.audio.format import Samples
    from hearken_speech.protocol import SatelliteSettings
    from hearken_speech.wake.stream import WakeStream

_LOGGER = logging.getLogger(__name__)

DEFAULT_WORD: Final = "hey_jarvis"

_MAX_WAITING: Final = 8


@dataclass(frozen=True, kw_only=True)
class WakeDetector:
    """The engine of a satellite that hears its wake words itself."""

    engine: WakeEngine
    sensitivity: WordSettings
    """Holds for words that have no threshold of their own."""
    words: tuple[str, ...]
    """What it listens for, unless it is told otherwise."""

    @staticmethod
    def make(
        folder: Path, names: Sequence[str], sensitivity: WordSettings
    ) -> WakeDetector:
        """Load the engine and check that there are such words. Takes a moment."""
        catalogue = WakeCatalogue(folder)
        catalogue.refresh()
        words = catalogue.resolve(names or [DEFAULT_WORD])
        return WakeDetector(
            engine=WakeEngine(catalogue),
            sensitivity=sensitivity,
            words=tuple(words),
        )

    def listening(self, settings: SatelliteSettings) -> StreamSettings:
        """Return how to listen; an unknown word raises WakeWordError."""
        names = self.words if settings.wake_words is None else settings.wake_words
        thresholds = settings.thresholds or {}
        self.engine.catalogue.resolve(names)
        return StreamSettings(
            words={
                name: replace(self.sensitivity, threshold=thresholds[name])
                if name in thresholds
                else None
                for name in names
            },
            default=self.sensitivity,
        )

    def program(self) -> WakeProgram:
        """Describe to Home Assistant the words that it may choose from."""
        return WakeProgram(
            name="hearken",
            description="Wake words heard on the satellite",
            attribution=Attribution("Hearken", ""),
            installed=True,
            version=VERSION,
            models=messages.models(self.engine.catalogue.usable()),
        )


class WakeListening:
    """Listens to the sound of one opened microphone."""

    def __init__(self, detector: WakeDetector, settings: SatelliteSettings) -> None:
        """Begin to listen."""
        self._ears = detector
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[Detected] = asyncio.Queue(_MAX_WAITING)
        self._stream: WakeStream = detector.engine.open(
            "microphone", detector.listening(settings), self._on_event
        )

    def update(self, settings: SatelliteSettings) -> None:
        """Listen for other words, or otherwise, from now on."""
        self._stream.update(self._ears.listening(settings))

    def feed(self, frame: Samples) -> None:
        """Take sound without waiting."""
        self._stream.add_audio(frame)

    async def word(self) -> Detected:
        """Wait for a wake word."""
        return await self._heard.get()

    def close(self) -> None:
        """Stop listening."""
        self._stream.close()

    def _on_event(self, event: WakeEvent) -> None:
        """Take an event from the wake thread."""
        if isinstance(event, Detected):
            self._loop.call_soon_threadsafe(self._keep, event)
        elif isinstance(event, WordFailed):
            _LOGGER.error("no wake word %s: %s", event.word, event.reason)

    def _keep(self, event: Detected) -> None:
        """Keep an event; the oldest goes where nobody takes them."""
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(event)
