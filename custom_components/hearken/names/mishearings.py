"""Counts names that are misheard in the same way. Independent of Home Assistant."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ..languages import bare_words
from .likeness import SimilarName

PROPOSE_AFTER: Final = 3
"""How often a name has to be misheard before an alias is proposed."""
_MAX_COUNTED: Final = 200


@dataclass(frozen=True, slots=True)
class Misheard:
    """A name that is repeatedly heard as something else."""

    entity_id: str
    name: str
    heard: str


class Mishearings:
    """Counts what was heard in place of names, until Home Assistant restarts."""

    def __init__(self) -> None:
        """Start empty."""
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def note(self, found: SimilarName) -> Misheard | None:
        """Count one mishearing; return it once it has happened often enough."""
        key = (found.name.entity_id, bare_words(found.heard))
        count = self._counts.pop(key, 0) + 1
        if count >= PROPOSE_AFTER:
            return Misheard(found.name.entity_id, found.name.text, found.heard)
        self._counts[key] = count
        while len(self._counts) > _MAX_COUNTED:
            self._counts.popitem(last=False)
        return None
