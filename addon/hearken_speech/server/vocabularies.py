"""The names of the clients' houses, kept for their later requests."""

from __future__ import annotations

import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from hearken_speech.protocol import Vocabulary

_LOGGER = logging.getLogger(__name__)

_KEPT: Final = 64
_MOST_WAITING: Final = 16


class Vocabularies:
    """Keeps the names and makes them ready on a thread of its own."""

    def __init__(self, prepare: Callable[[tuple[str, ...], str], object]) -> None:
        """Take what makes names ready to be found in a language."""
        self._prepare = prepare
        self._kept: OrderedDict[str, Vocabulary] = OrderedDict()
        # Thousands of names take seconds, which no command is to wait for.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stt-names")
        self._waiting: list[Future[None]] = []

    def store(self, vocabulary: Vocabulary, language: str) -> None:
        """Keep the names of a client; the oldest client's go when there are many."""
        self._kept[vocabulary.key] = vocabulary
        self._kept.move_to_end(vocabulary.key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.prepare(vocabulary.names, language)

    def prepare(self, names: tuple[str, ...], language: str) -> None:
        """Make names ready in a language, while nobody waits for that."""
        self._waiting = [work for work in self._waiting if not work.done()]
        if len(self._waiting) >= _MOST_WAITING:
            return  # the first command that wants them will make them ready
        work = self._thread.submit(self._work, names, language)
        self._waiting.append(work)

    def all(self) -> list[Vocabulary]:
        """Return all names that are stored."""
        return list(self._kept.values())

    def get(self, key: str) -> Vocabulary | None:
        """Return the names stored under a key."""
        return self._kept.get(key)

    def close(self) -> None:
        """Make nothing ready any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, names: tuple[str, ...], language: str) -> None:
        """Make names ready."""
        try:
            self._prepare(names, language)
        except Exception:
            _LOGGER.exception("Names could not be pronounced")
