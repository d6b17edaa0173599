"""Name indexes that are ready to use, one for each language and set of names."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_INDEXES: Final = 16

type _Key = tuple[str, tuple[str, ...]]
"""Language and names."""


class NameIndexes:
    """Cache of name indexes, shared by all threads."""

    def __init__(self, pronouncer: Pronouncer | None = None) -> None:
        """Set the pronouncer of names."""
        self._pronouncer = pronouncer or Pronouncer()
        self._indexes: OrderedDict[_Key, NameIndex] = OrderedDict()
        self._building: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def reader(self) -> Reader:
        """Return a reader for the texts of one command."""
        return Reader(self._pronouncer)

    def get(self, names: Sequence[str], language: str) -> NameIndex:
        """Return the index of these names; build it on first use."""
        key = (language, tuple(names))
        with self._lock:
            known = self._indexes.get(key)
            if known is not None:
                self._indexes.move_to_end(key)
                return known
            building = self._building.setdefault(key, threading.Lock())
        # A second caller waits for the first build.
        with building:
            return self._build(key)

    def _build(self, key: _Key) -> NameIndex:
        """Build an index unless another thread has just done so."""
        with self._lock:
            known = self._indexes.get(key)
        if known is not None:
            return known
        failures = self._pronouncer.failures
        language, names = key
        index = NameIndex(names, language, self._pronouncer)
        with self._lock:
            self._building.pop(key, None)
            # After a failure the index compares letters: build it again next time.
            if self._pronouncer.failures == failures:
                self._indexes[key] = index
            while len(self._indexes) > _MAX_INDEXES:
                self._indexes.popitem(last=False)
        return index
