"""The owner of a stream, and helpers for its audio."""

import threading
import time
from collections.abc import Callable

import numpy as np

from hearken_speech.audio.format import Samples
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import (
    Detected,
    Finished,
    WakeEvent,
)
from hearken_speech.wake.settings import StreamSettings
from tests.speech.wake.sounds import noise, spoken

WAIT_SECONDS = 20
ALEXA = StreamSettings(words={"alexa": None})


class Owner:
    """The owner of a stream, who collects its events."""

    def __init__(
        self, engine: WakeEngine, settings: StreamSettings = ALEXA, name: str = "room"
    ) -> None:
        """Open a stream."""
        self.events: list[WakeEvent] = []
        self.news = threading.Condition()
        self.stream = engine.open(name, settings, self._take)

    def _take(self, event: WakeEvent) -> None:
        """Collect an event."""
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def finish(self) -> list[WakeEvent]:
        """End the audio and return all events."""
        before = len(self.of(Finished))
        self.stream.flush()
        with self.news:
            assert self.news.wait_for(
                lambda: len(self.of(Finished)) > before, WAIT_SECONDS
            )
        return self.events

    def of(self, kind: type[WakeEvent]) -> list[WakeEvent]:
        """Return the events of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    def words(self) -> list[str]:
        """Return the detected words."""
        return [e.word for e in self.events if isinstance(e, Detected)]


def said(text: str = "alexa") -> Samples:
    """Return a spoken text with silence around it."""
    return np.concatenate([noise(1.2), spoken(text), noise(0.8)])


def settle(engine: WakeEngine) -> None:
    """Wait until all queued audio is processed."""
    until(lambda: engine.stats().lag_seconds < 0.08)
    # Audio taken from the queue is processed when a value stays the same for a while.
    known: list[float] = []
    until(lambda: _unchanged(known, engine.stats().busy_seconds))


def _unchanged(known: list[float], value: float) -> bool:
    """Return whether a value was the same ten times in a row."""
    known.append(value)
    return len(known) >= 10 and len(set(known[-10:])) == 1


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    ended = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < ended
        time.sleep(0.01)
