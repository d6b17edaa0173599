"""One stream of audio that the engine listens to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .audio_queue import AudioQueue
from .features import STEP_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from .events import WakeEvent
    from .settings import StreamSettings, WordSettings
    from .state import StreamState

_LOGGER = logging.getLogger(__name__)

ROOM_SAMPLES: Final = SAMPLE_RATE_HZ
"""A sender faster than real time waits until less audio than this is queued."""


class _Engine(Protocol):
    """The part of the engine that a stream uses."""

    def add_audio(self, stream: WakeStream, samples: np.ndarray) -> None:
        """Add samples to a stream."""

    def end(self, stream: WakeStream) -> None:
        """End the audio of a stream."""

    def resolve(self, settings: StreamSettings) -> Mapping[str, WordSettings]:
        """Return the settings by word id."""

    def remove(self, stream: WakeStream) -> None:
        """Stop listening to a stream."""


class WakeStream:
    """The owner's handle on a stream; no method blocks."""

    def __init__(
        self,
        engine: _Engine,
        state: StreamState,
        settings: StreamSettings,
        on_event: Callable[[WakeEvent], None],
        clock: Callable[[], float],
    ) -> None:
        """Set up; ``WakeEngine.open`` creates streams."""
        self.state = state
        self.settings = settings
        """What the owner asked for last."""
        self.queue = AudioQueue()
        self.last_audio_at = clock()
        """When audio was last added."""
        self._wanted: tuple[int, Mapping[str, WordSettings]] | None = None
        self._engine = engine
        self._on_event: Callable[[WakeEvent], None] | None = on_event
        self._clock = clock
        self._closed = False
        self._started_at: float | None = None
        self._added_samples = 0
        self._on_room: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """Return the name of the stream."""
        return self.state.name

    @property
    def dropped_samples(self) -> int:
        """Return how many samples were dropped unheard."""
        return self.queue.dropped_samples

    @property
    def lag_seconds(self) -> float:
        """Return how much audio is queued."""
        return self.queue.waiting_samples / SAMPLE_RATE_HZ

    @property
    def is_deaf(self) -> bool:
        """Return whether no word is left to listen for."""
        return not self.state.words and self._wanted is None

    @property
    def is_full(self) -> bool:
        """Return whether a sender that is faster than real time should wait.

        A live stream never has to wait: its audio is worthless when it is late.
        """
        if self._started_at is None or self.queue.waiting_samples < ROOM_SAMPLES:
            return False
        elapsed_samples = (self._clock() - self._started_at) * SAMPLE_RATE_HZ
        return self._added_samples - elapsed_samples > ROOM_SAMPLES

    def add_audio(self, samples: np.ndarray) -> None:
        """Add int16 samples at 16 kHz."""
        if self._closed:
            return
        if self._started_at is None:
            self._started_at = self._clock()
        self._added_samples += len(samples)
        self._engine.add_audio(self, samples)

    def flush(self) -> None:
        """End the audio: the queue is processed, then ``Finished`` follows."""
        if not self._closed:
            self._engine.end(self)
            self._started_at = None
            self._added_samples = 0

    def update(self, settings: StreamSettings) -> None:
        """Change words or settings.

        They apply to audio added from now on, not to what is queued already.
        """
        words = self._engine.resolve(settings)
        self.settings = settings
        self._wanted = (self.queue.put_samples, words)

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back once, on the wake thread or immediately, when it is not full."""
        self._on_room = callback
        self.notify_room()

    def close(self) -> None:
        """Stop listening; no more events follow."""
        self._closed = True
        # Break the reference cycle between owner and stream, which would keep both and
        # their audio until the next garbage collection.
        self._on_event = None
        self._engine.remove(self)
        self.notify_room()

    # Called by the engine on the wake thread.

    def send(self, event: WakeEvent) -> None:
        """Send an event to the owner."""
        on_event = self._on_event
        if on_event is None:
            return
        try:
            on_event(event)
        except Exception:  # one owner's bug must not affect other streams
            _LOGGER.exception("The owner of %s failed to handle an event", self.name)

    def notify_room(self) -> None:
        """Call back if a sender waits for room and there is some."""
        callback = self._on_room
        if callback is not None and (self._closed or not self.is_full):
            self._on_room = None
            callback()

    def pop_due_words(self) -> Mapping[str, WordSettings] | None:
        """Return changed settings, once, when the next step is audio added later."""
        if self._wanted is None:
            return None
        since_samples, words = self._wanted
        processed_samples = self.queue.put_samples - self.queue.waiting_samples
        if processed_samples + STEP_SAMPLES <= since_samples:
            return None
        self._wanted = None
        return words
