"""One stream of audio that is listened to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .backlog import Backlog
from .features import STEP_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from .ear import Ear
    from .events import WakeEvent
    from .settings import StreamSettings, WordSettings

_LOGGER = logging.getLogger(__name__)

ROOM_SAMPLES: Final = SAMPLE_RATE_HZ
"""A sender that is faster than real time waits until less than this waits."""


class _Engine(Protocol):
    """What a stream needs of the engine."""

    def feed(self, stream: WakeStream, samples: np.ndarray) -> None:
        """Take samples of a stream."""

    def end(self, stream: WakeStream) -> None:
        """Take note that the audio of a stream ends here."""

    def resolve(self, settings: StreamSettings) -> Mapping[str, WordSettings]:
        """Return the settings by word id."""

    def remove(self, stream: WakeStream) -> None:
        """Stop listening to a stream."""


class WakeStream:
    """The owner's handle on a stream; every method returns at once."""

    def __init__(
        self,
        engine: _Engine,
        ear: Ear,
        settings: StreamSettings,
        on_event: Callable[[WakeEvent], None],
        clock: Callable[[], float],
    ) -> None:
        """Belong to an engine, which makes streams."""
        self.ear = ear
        self.settings = settings
        """What its owner asked for last."""
        self.backlog = Backlog()
        self.fed_at = clock()
        """When audio came last."""
        self._wanted: tuple[int, Mapping[str, WordSettings]] | None = None
        self._engine = engine
        self._on_event: Callable[[WakeEvent], None] | None = on_event
        self._clock = clock
        self._closed = False
        self._began_at: float | None = None
        self._fed_samples = 0
        self._on_room: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """Return the name it was opened with."""
        return self.ear.name

    @property
    def dropped_samples(self) -> int:
        """Return how much of the audio was never listened to."""
        return self.backlog.dropped_samples

    @property
    def lag_seconds(self) -> float:
        """Return how much audio waits to be listened to."""
        return self.backlog.waiting_samples / SAMPLE_RATE_HZ

    @property
    def is_deaf(self) -> bool:
        """Tell whether no word is left that it could hear."""
        return not self.ear.words and self._wanted is None

    @property
    def is_full(self) -> bool:
        """Tell whether the sender, being faster than real time, should wait.

        A live stream is never asked to wait: what it sends late is worth nothing.
        """
        if self._began_at is None or self.backlog.waiting_samples < ROOM_SAMPLES:
            return False
        lived_samples = (self._clock() - self._began_at) * SAMPLE_RATE_HZ
        return self._fed_samples - lived_samples > ROOM_SAMPLES

    def feed(self, samples: np.ndarray) -> None:
        """Listen to int16 samples at 16 kHz."""
        if self._closed:
            return
        if self._began_at is None:
            self._began_at = self._clock()
        self._fed_samples += len(samples)
        self._engine.feed(self, samples)

    def flush(self) -> None:
        """End the audio: what waits is listened to, then comes ``Finished``."""
        if not self._closed:
            self._engine.end(self)
            self._began_at = None
            self._fed_samples = 0

    def update(self, settings: StreamSettings) -> None:
        """Listen for other words, or otherwise, from the next step on.

        Audio that waits already is still heard as before.
        """
        words = self._engine.resolve(settings)
        self.settings = settings
        self._wanted = (self.backlog.put_samples, words)

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back once, on the wake thread or right now, when it is not full."""
        self._on_room = callback
        self.tell_about_room()

    def close(self) -> None:
        """Stop listening; no event comes any more."""
        self._closed = True
        # Owner and stream hold each other: without this, both and their audio would
        # stay until the garbage collector comes by.
        self._on_event = None
        self._engine.remove(self)
        self.tell_about_room()

    # What the engine calls on the wake thread.

    def tell(self, event: WakeEvent) -> None:
        """Hand an event to the owner."""
        on_event = self._on_event
        if on_event is None:
            return
        try:
            on_event(event)
        except Exception:  # one owner's mistake must not end the others' listening
            _LOGGER.exception("The owner of %s failed to take an event", self.name)

    def tell_about_room(self) -> None:
        """Call back if somebody waits for room and there is some."""
        callback = self._on_room
        if callback is not None and (self._closed or not self.is_full):
            self._on_room = None
            callback()

    def take_wanted_words(self) -> Mapping[str, WordSettings] | None:
        """Return new settings, once, when the audio that came after them is next."""
        if self._wanted is None:
            return None
        since_samples, words = self._wanted
        taken_samples = self.backlog.put_samples - self.backlog.waiting_samples
        if taken_samples + STEP_SAMPLES <= since_samples:
            return None
        self._wanted = None
        return words
