"""The wake word engine: one thread that listens to all streams."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .core import MAX_BATCH, WakeCore
from .errors import EngineClosedError, EngineFullError, UnknownWordError, WakeError
from .events import Finished, Scores, WakeEvent
from .features import STEP_SAMPLES
from .records import WakeRecords
from .state import StreamState
from .stream import WakeStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from .catalogue import WakeCatalogue
    from .settings import StreamSettings, WordSettings

_LOGGER = logging.getLogger(__name__)

MAX_STREAMS: Final = 256

_GATHER_SECONDS: Final = 0.05
"""How long a step may wait for other streams: a batch costs half as much."""
_STALLED_SECONDS: Final = 0.2
"""Streams without audio for this long are not waited for."""
_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineStats:
    """Load of the engine."""

    streams: int
    steps: int
    """Steps of 80 ms processed, over all streams."""
    busy_seconds: float
    """CPU time of the wake thread."""
    lag_seconds: float
    """Age of the oldest queued audio."""
    dropped_samples: int
    """Audio dropped unheard, over all streams."""


class WakeEngine:
    """Listens to many streams for wake words of the catalogue."""

    def __init__(
        self,
        catalogue: WakeCatalogue,
        records: WakeRecords | None = None,
        *,
        max_streams: int = MAX_STREAMS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load the networks and start the thread."""
        self.catalogue = catalogue
        self.records = records or WakeRecords()
        self._clock = clock
        self._max_streams = max_streams
        self._core = WakeCore(catalogue)
        self._catalogue_version = catalogue.version
        self._changed = threading.Condition()
        self._streams: list[WakeStream] = []
        self._opened: set[WakeStream] = set()
        """Streams that have features; used by the wake thread."""
        self._watchers: dict[str, tuple[Callable[[Scores], None], ...]] = {}
        self._closing = False
        self._steps = 0
        self._dropped_before = 0
        self._busy_seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
        self._thread.start()

    def open(
        self,
        name: str,
        settings: StreamSettings,
        on_event: Callable[[WakeEvent], None],
    ) -> WakeStream:
        """Start listening to a stream; events come on the wake thread."""
        words = self.resolve(settings)
        state = StreamState(name, words, self.records)
        stream = WakeStream(self, state, settings, on_event, self._clock)
        with self._changed:
            if self._closing:
                msg = "the wake word engine has been closed"
                raise EngineClosedError(msg)
            if len(self._streams) >= self._max_streams:
                msg = f"{self._max_streams} streams are open already"
                raise EngineFullError(msg)
            stream.state.watchers = self._watchers.get(name, ())
            self._streams.append(stream)
        return stream

    def watch(self, name: str, watcher: Callable[[Scores], None]) -> Callable[[], None]:
        """Call back, on the wake thread, with the scores of streams of this name.

        This includes streams opened later: a satellite reconnects after every command.
        Returns a function that stops it.
        """

        def stop() -> None:
            """Stop watching."""
            with self._changed:
                if watcher in self._watchers.get(name, ()):
                    self._set_watchers(
                        name, [w for w in self._watchers[name] if w is not watcher]
                    )

        with self._changed:
            self._set_watchers(name, [*self._watchers.get(name, ()), watcher])
        return stop

    def _set_watchers(
        self, name: str, watchers: list[Callable[[Scores], None]]
    ) -> None:
        """Set the watchers of the streams of a name."""
        self._watchers[name] = tuple(watchers)
        if not watchers:
            del self._watchers[name]
        for stream in self._streams:
            if stream.name == name:
                stream.state.watchers = tuple(watchers)

    def streams(self) -> list[WakeStream]:
        """Return the open streams."""
        with self._changed:
            return list(self._streams)

    def stats(self) -> EngineStats:
        """Return the load of the engine."""
        with self._changed:
            waiting = [stream.queue.waiting_samples for stream in self._streams]
            dropped = sum(stream.queue.dropped_samples for stream in self._streams)
            return EngineStats(
                streams=len(self._streams),
                steps=self._steps,
                busy_seconds=self._busy_seconds,
                lag_seconds=max(waiting, default=0) / SAMPLE_RATE_HZ,
                dropped_samples=self._dropped_before + dropped,
            )

    def close(self) -> None:
        """Stop the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_STOP_SECONDS)

    # Called by WakeStream on its owner's thread.

    def add_audio(self, stream: WakeStream, samples: np.ndarray) -> None:
        """Add samples to a stream."""
        with self._changed:
            was_ready = stream.queue.ready
            stream.last_audio_at = self._clock()
            stream.queue.put(samples)
            if stream.queue.ready and not was_ready:
                self._changed.notify_all()

    def end(self, stream: WakeStream) -> None:
        """End the audio of a stream."""
        with self._changed:
            stream.queue.put_end()
            self._changed.notify_all()

    def remove(self, stream: WakeStream) -> None:
        """Stop listening to a stream."""
        with self._changed:
            if stream in self._streams:
                self._streams.remove(stream)
                self._dropped_before += stream.queue.dropped_samples
                self._changed.notify_all()

    def resolve(self, settings: StreamSettings) -> Mapping[str, WordSettings]:
        """Return the settings by word id."""
        if settings.words is None:
            named = self.catalogue.resolve(settings.own)
            own = {word: settings.own[name] for word, name in named.items()}
            words = {
                word.id: own.get(word.id, settings.default)
                for word in self.catalogue.usable()
                if word.id in own or not word.is_alternative
            }
        else:
            words = {
                word: settings.words[name] or settings.default
                for word, name in self.catalogue.resolve(settings.words).items()
            }
        return self._with_faint(words) if settings.can_ask else words

    def _with_faint(
        self, words: Mapping[str, WordSettings]
    ) -> Mapping[str, WordSettings]:
        """Return settings that find faint peaks of the words that are checked."""
        return {
            word: replace(
                settings,
                finds_faint=(known := self.catalogue.get(word)) is not None
                and known.is_checked,
            )
            for word, settings in words.items()
        }

    # The thread.

    def _run(self) -> None:
        """Listen until closed."""
        while (ready := self._wait()) is not None:
            before = time.thread_time()
            self._follow_catalogue()
            for first in range(0, len(ready), MAX_BATCH):
                self._listen(ready[first : first + MAX_BATCH])
            self._busy_seconds += time.thread_time() - before
        for stream in list(self._opened):
            self._release(stream)

    def _follow_catalogue(self) -> None:
        """Add new words to the streams that listen for all words."""
        if self._catalogue_version == self.catalogue.version:
            return
        self._catalogue_version = self.catalogue.version
        for stream in self.streams():
            if stream.settings.words is None:
                # A word with its own settings may be gone.
                with contextlib.suppress(UnknownWordError):
                    stream.state.words = self.resolve(stream.settings)

    def _wait(self) -> list[WakeStream] | None:
        """Wait for audio; return the streams with a step, or None when closing."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or self._is_any_ready() or self._is_any_gone()
            )
            if self._is_any_ready() and not self._is_any_late():
                self._changed.wait_for(self._is_gathered, _GATHER_SECONDS)
            if self._closing:
                return None
            for stream in self._opened.difference(self._streams):
                self._release(stream)
            return [stream for stream in self._streams if stream.queue.ready]

    def _is_any_ready(self) -> bool:
        """Return whether any stream has a step."""
        return any(stream.queue.ready for stream in self._streams)

    def _is_any_gone(self) -> bool:
        """Return whether any stream was closed."""
        return not self._opened.issubset(self._streams)

    def _is_any_late(self) -> bool:
        """Return whether any stream has more than one step queued."""
        return any(
            stream.queue.waiting_samples >= 2 * STEP_SAMPLES for stream in self._streams
        )

    def _is_gathered(self) -> bool:
        """Return whether every live stream has a step, or one is late."""
        stalled_since = self._clock() - _STALLED_SECONDS
        return (
            self._closing
            or self._is_any_late()
            or all(
                stream.queue.ready or stream.last_audio_at < stalled_since
                for stream in self._streams
            )
        )

    def _listen(self, streams: list[WakeStream]) -> None:
        """Process a step of each of these streams."""
        batch: list[tuple[StreamState, np.ndarray]] = []
        ended: list[WakeStream] = []
        by_state: dict[StreamState, WakeStream] = {}
        for stream in streams:
            state = self._prepared(stream)
            with self._changed:
                samples, dropped, is_last = stream.queue.pop_step()
            state.skip(dropped)
            by_state[state] = stream
            if samples is not None:
                batch.append((state, samples))
            if is_last:
                ended.append(stream)
        if batch:
            try:
                for state, event in self._core.step(batch):
                    by_state[state].send(event)
            except WakeError:
                _LOGGER.exception("80 ms of %d streams were lost", len(batch))
            self._steps += len(batch)
        for stream in ended:
            self._finish(stream)
        for stream in streams:
            stream.notify_room()

    def _prepared(self, stream: WakeStream) -> StreamState:
        """Return the state of a stream, with its newest settings."""
        state = stream.state
        if stream not in self._opened:
            self._core.open(state)
            self._opened.add(stream)
        words = stream.pop_due_words()
        if words is not None:
            state.words = words
        return state

    def _finish(self, stream: WakeStream) -> None:
        """Conclude the audio of a stream and reset it."""
        state = stream.state
        position = state.position_samples
        detected = state.detected
        for heard in state.end():
            stream.send(heard)
        self._core.restart(state)
        stream.send(Finished(position_samples=position, detected=detected))

    def _release(self, stream: WakeStream) -> None:
        """Free the features of a closed stream."""
        stream.state.end()
        self._core.close(stream.state)
        self._opened.discard(stream)
