"""The engine in use: loaded once, warmed up, replaced between requests."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hearken_speech.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hearken_speech.stt.engine import WhisperEngine


class EngineSlot:
    """Holds the engine in use; a running request keeps the one it started with."""

    def __init__(
        self,
        load: Callable[[], WhisperEngine],
        unload_after_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set how to load the engine; it is loaded on first use."""
        self._load = load
        self._unload_after_seconds = unload_after_seconds
        self._clock = clock
        self._loading = threading.Lock()
        self._state = threading.Lock()
        self._engine: WhisperEngine | None = None
        self._users = 0
        self._used_at = clock()

    @property
    def loaded(self) -> bool:
        """Return whether an engine is in memory."""
        return self._engine is not None

    @property
    def present(self) -> WhisperEngine | None:
        """Return the engine if it is in memory, without loading it."""
        return self._engine

    @contextmanager
    def use(self, pinned: WhisperEngine | None = None) -> Iterator[WhisperEngine]:
        """Lend the engine, or a pinned one; load it if it is not in memory."""
        with self._state:
            self._users += 1
        try:
            yield pinned or self.engine()
        finally:
            with self._state:
                self._users -= 1
                self._used_at = self._clock()

    def engine(self) -> WhisperEngine:
        """Return the engine; load it if it is not in memory."""
        engine = self._engine
        if engine is not None:
            return engine
        with self._loading:
            if self._engine is None:
                self._engine = warm(self._load())
            return self._engine

    def switch(self, load: Callable[[], WhisperEngine]) -> WhisperEngine:
        """Replace the engine; if the new one fails to load, nothing changes."""
        with self._loading:
            engine = warm(load())
            self._load = load
            self._engine = engine
            with self._state:
                self._used_at = self._clock()
        return engine

    def unload_if_idle(self) -> bool:
        """Unload the model after a long time without a request."""
        if self._unload_after_seconds is None:
            return False
        with self._loading, self._state:
            idle = self._clock() - self._used_at
            if self._users or self._engine is None or idle < self._unload_after_seconds:
                return False
            self._engine = None
            return True


def warm(engine: WhisperEngine) -> WhisperEngine:
    """Run an engine once: the first request is slow, and damage shows."""
    try:
        engine.warm_up()
    except Exception as err:
        msg = f'The model "{engine.name}" cannot be used ({err}).'
        raise ModelError(msg) from err
    return engine
