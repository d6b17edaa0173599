"""The names that clients sent, stored for their later requests."""

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

_MAX_VOCABULARIES: Final = 64
_MAX_WAITING: Final = 16


class Vocabularies:
    """Stores names and prepares them on a thread of its own."""

    def __init__(self, prepare: Callable[[tuple[str, ...], str], object]) -> None:
        """Set the function that prepares names in a language."""
        self._prepare = prepare
        self._stored: OrderedDict[str, Vocabulary] = OrderedDict()
        # Thousands of names take seconds; no command should wait for that.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stt-names")
        self._waiting: list[Future[None]] = []

    def store(self, vocabulary: Vocabulary, language: str) -> None:
        """Store the names of a client; drop the oldest client's if there are many."""
        self._stored[vocabulary.key] = vocabulary
        self._stored.move_to_end(vocabulary.key)
        while len(self._stored) > _MAX_VOCABULARIES:
            self._stored.popitem(last=False)
        self.prepare(vocabulary.names, language)

    def prepare(self, names: tuple[str, ...], language: str) -> None:
        """Prepare names in a language in the background."""
        self._waiting = [work for work in self._waiting if not work.done()]
        if len(self._waiting) >= _MAX_WAITING:
            return  # the first command that needs them will prepare them
        work = self._thread.submit(self._work, names, language)
        self._waiting.append(work)

    def all(self) -> list[Vocabulary]:
        """Return all stored vocabularies."""
        return list(self._stored.values())

    def get(self, key: str) -> Vocabulary | None:
        """Return the vocabulary of a key."""
        return self._stored.get(key)

    def close(self) -> None:
        """Stop preparing names."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, names: tuple[str, ...], language: str) -> None:
        """Prepare names."""
        try:
            self._prepare(names, language)
        except Exception:
            _LOGGER.exception("Names could not be pronounced")
