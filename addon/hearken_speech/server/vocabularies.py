"""The names that clients sent, stored for their later requests."""

from __future__ import annotations

import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from hearken_speech.protocol import Vocabulary

_LOGGER = logging.getLogger(__name__)

_MAX_VOCABULARIES: Final = 64
_MAX_STRANGERS: Final = 16
_STRANGERS_NAMES: Final = 1_000
_MAX_WAITING: Final = 16


class Vocabularies:
    """Stores names and prepares them on a thread of its own.

    Strangers cannot push out, replace or use the vocabulary of a trusted client: each
    kind has keys of its own.
    """

    def __init__(self, prepare: Callable[[tuple[str, ...], str], object]) -> None:
        """Set the function that prepares names in a language."""
        self._prepare = prepare
        self._trusted: OrderedDict[str, Vocabulary] = OrderedDict()
        self._strangers: OrderedDict[str, Vocabulary] = OrderedDict()
        # Thousands of names take seconds; no command should wait for that.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stt-names")
        self._waiting: list[Future[None]] = []

    def store(
        self, vocabulary: Vocabulary, language: str, *, is_trusted: bool = False
    ) -> None:
        """Store the names of a client; the one unused for longest makes room."""
        stored = self._trusted if is_trusted else self._strangers
        if not is_trusted:
            vocabulary = replace(
                vocabulary,
                names=vocabulary.names[:_STRANGERS_NAMES],
                terms=vocabulary.terms[:_STRANGERS_NAMES],
            )
        stored[vocabulary.key] = vocabulary
        stored.move_to_end(vocabulary.key)
        while len(stored) > (_MAX_VOCABULARIES if is_trusted else _MAX_STRANGERS):
            stored.popitem(last=False)
        if is_trusted:
            # Those of strangers are prepared when they are used, on their own threads.
            self.prepare(vocabulary.names, language)

    def prepare(self, names: tuple[str, ...], language: str) -> None:
        """Prepare names in a language in the background."""
        self._waiting = [work for work in self._waiting if not work.done()]
        if len(self._waiting) >= _MAX_WAITING:
            return  # the first command that needs them will prepare them
        work = self._thread.submit(self._work, names, language)
        self._waiting.append(work)

    def all(self) -> list[Vocabulary]:
        """Return all stored vocabularies; those of trusted clients come last."""
        return [*self._strangers.values(), *self._trusted.values()]

    def get(self, key: str, *, is_trusted: bool = False) -> Vocabulary | None:
        """Return the vocabulary of a key."""
        stored = self._trusted if is_trusted else self._strangers
        if key in stored:
            stored.move_to_end(key)
        return stored.get(key)

    def close(self) -> None:
        """Stop preparing names."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, names: tuple[str, ...], language: str) -> None:
        """Prepare names."""
        try:
            self._prepare(names, language)
        except Exception:
            _LOGGER.exception("Names could not be pronounced")
