"""One thread that listens to all streams."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .core import MAX_BATCH, Listener, WakeCore
from .ear import Ear
from .errors import EngineClosedError, EngineFullError, UnknownWordError, WakeError
from .events import Finished, Scores, WakeEvent
from .features import STEP_SAMPLES
from .records import WakeJournal
from .stream import WakeStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from .catalogue import WakeCatalogue
    from .settings import StreamSettings, WordSettings

_LOGGER = logging.getLogger(__name__)

MAX_STREAMS: Final = 256

_GATHER_SECONDS: Final = 0.05
"""How long a step may wait for those of other streams: together they cost half."""
_STALLED_SECONDS: Final = 0.2
"""Who has sent nothing for so long is not waited for."""
_STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineStats:
    """How the engine is doing."""

    streams: int
    steps: int
    """Steps of 80 ms listened to, over all streams."""
    busy_seconds: float
    """Processor time of the wake thread."""
    lag_seconds: float
    """Age of the oldest audio that waits now."""
    dropped_samples: int
    """Audio that was never listened to, over all streams."""


class WakeEngine:
    """Listens to any number of streams for any wake words of the catalogue."""

    def __init__(
        self,
        catalogue: WakeCatalogue,
        journal: WakeJournal | None = None,
        *,
        max_streams: int = MAX_STREAMS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load the networks and start the thread."""
        self.catalogue = catalogue
        self.journal = journal or WakeJournal()
        self._clock = clock
        self._max_streams = max_streams
        self._core = WakeCore(catalogue)
        self._catalogue_version = catalogue.version
        self._changed = threading.Condition()
        self._streams: list[WakeStream] = []
        self._listeners: dict[WakeStream, Listener] = {}
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
        """Begin to listen to a stream; events come on the wake thread."""
        words = self.resolve(settings)
        ear = Ear(name, words, self.journal)
        stream = WakeStream(self, ear, settings, on_event, self._clock)
        with self._changed:
            if self._closing:
                msg = "the wake word engine has been closed"
                raise EngineClosedError(msg)
            if len(self._streams) >= self._max_streams:
                msg = f"{self._max_streams} streams are being listened to already"
                raise EngineFullError(msg)
            stream.ear.watchers = self._watchers.get(name, ())
            self._streams.append(stream)
        return stream

    def watch(self, name: str, watcher: Callable[[Scores], None]) -> Callable[[], None]:
        """Call back, on the wake thread, with every step of streams of that name.

        Streams that come later are watched, too: a satellite connects again after
        every command. The result ends it.
        """

        def stop() -> None:
            """Watch no longer."""
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
        """Change who watches the streams of a name."""
        self._watchers[name] = tuple(watchers)
        if not watchers:
            del self._watchers[name]
        for stream in self._streams:
            if stream.name == name:
                stream.ear.watchers = tuple(watchers)

    def streams(self) -> list[WakeStream]:
        """Return the streams that are listened to."""
        with self._changed:
            return list(self._streams)

    def stats(self) -> EngineStats:
        """Return how the engine is doing."""
        with self._changed:
            waiting = [stream.backlog.waiting_samples for stream in self._streams]
            dropped = sum(stream.backlog.dropped_samples for stream in self._streams)
            return EngineStats(
                streams=len(self._streams),
                steps=self._steps,
                busy_seconds=self._busy_seconds,
                lag_seconds=max(waiting, default=0) / SAMPLE_RATE_HZ,
                dropped_samples=self._dropped_before + dropped,
            )

    def close(self) -> None:
        """Stop listening to everything."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_STOP_SECONDS)

    # What a stream asks for; called by WakeStream on its owner's thread.

    def feed(self, stream: WakeStream, samples: np.ndarray) -> None:
        """Take samples of a stream."""
        with self._changed:
            was_ready = stream.backlog.ready
            stream.fed_at = self._clock()
            stream.backlog.put(samples)
            if stream.backlog.ready and not was_ready:
                self._changed.notify_all()

    def end(self, stream: WakeStream) -> None:
        """Take note that the audio of a stream ends here."""
        with self._changed:
            stream.backlog.put_end()
            self._changed.notify_all()

    def remove(self, stream: WakeStream) -> None:
        """Stop listening to a stream."""
        with self._changed:
            if stream in self._streams:
                self._streams.remove(stream)
                self._dropped_before += stream.backlog.dropped_samples
                self._changed.notify_all()

    def resolve(self, settings: StreamSettings) -> Mapping[str, WordSettings]:
        """Return the settings by word id."""
        if settings.words is None:
            own = {
                self.catalogue.resolve([name])[0]: word
                for name, word in settings.own.items()
            }
            return {
                word.id: own.get(word.id, settings.default)
                for word in self.catalogue.usable()
            }
        return {
            self.catalogue.resolve([name])[0]: own or settings.default
            for name, own in settings.words.items()
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
        for stream in list(self._listeners):
            self._forget(stream)

    def _follow_catalogue(self) -> None:
        """Let streams that listen for all words listen for new ones, too."""
        if self._catalogue_version == self.catalogue.version:
            return
        self._catalogue_version = self.catalogue.version
        for stream in self.streams():
            if stream.settings.words is None:
                # One that has settings of its own may be gone.
                with contextlib.suppress(UnknownWordError):
                    stream.ear.words = self.resolve(stream.settings)

    def _wait(self) -> list[WakeStream] | None:
        """Wait for audio; return the streams that have some, or None at the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or self._is_any_ready() or self._is_any_gone()
            )
            if self._is_any_ready() and not self._is_any_late():
                self._changed.wait_for(self._is_gathered, _GATHER_SECONDS)
            if self._closing:
                return None
            for stream in set(self._listeners).difference(self._streams):
                self._forget(stream)
            return [stream for stream in self._streams if stream.backlog.ready]

    def _is_any_ready(self) -> bool:
        """Tell whether any stream has audio for a step."""
        return any(stream.backlog.ready for stream in self._streams)

    def _is_any_gone(self) -> bool:
        """Tell whether any stream was closed."""
        return len(self._listeners.keys() - set(self._streams)) > 0

    def _is_any_late(self) -> bool:
        """Tell whether more than one step of any stream waits."""
        return any(
            stream.backlog.waiting_samples >= 2 * STEP_SAMPLES
            for stream in self._streams
        )

    def _is_gathered(self) -> bool:
        """Tell whether every live stream has audio for a step, or it is too late."""
        stalled_since = self._clock() - _STALLED_SECONDS
        return (
            self._closing
            or self._is_any_late()
            or all(
                stream.backlog.ready or stream.fed_at < stalled_since
                for stream in self._streams
            )
        )

    def _listen(self, streams: list[WakeStream]) -> None:
        """Listen to a step of each of these streams."""
        batch: list[tuple[Listener, np.ndarray]] = []
        ended: list[WakeStream] = []
        by_ear: dict[Ear, WakeStream] = {}
        for stream in streams:
            listener = self._listener(stream)
            with self._changed:
                samples, dropped, is_last = stream.backlog.take()
            listener.ear.skip(dropped)
            by_ear[listener.ear] = stream
            if samples is not None:
                batch.append((listener, samples))
            if is_last:
                ended.append(stream)
        if batch:
            try:
                for ear, event in self._core.step(batch):
                    by_ear[ear].tell(event)
            except WakeError:
                _LOGGER.exception("80 ms of %d streams were lost", len(batch))
            self._steps += len(batch)
        for stream in ended:
            self._finish(stream)
        for stream in streams:
            stream.tell_about_room()

    def _listener(self, stream: WakeStream) -> Listener:
        """Return the place of a stream, with its newest settings."""
        listener = self._listeners.get(stream)
        if listener is None:
            listener = self._listeners[stream] = self._core.open(stream.ear)
        wanted = stream.take_wanted_words()
        if wanted is not None:
            stream.ear.words = wanted
        return listener

    def _finish(self, stream: WakeStream) -> None:
        """Conclude a stream's audio; what comes next is a new beginning."""
        ear = stream.ear
        position = ear.position_samples
        detected = ear.detected
        for heard in ear.end():
            stream.tell(heard)
        self._core.restart(self._listeners[stream])
        stream.tell(Finished(position_samples=position, detected=detected))

    def _forget(self, stream: WakeStream) -> None:
        """Let go of a closed stream."""
        stream.ear.end()
        self._core.close(self._listeners.pop(stream))
