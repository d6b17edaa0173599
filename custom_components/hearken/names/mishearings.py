"""Counts names that are misheard in the same way. Knows no Home Assistant."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ..exchanges.filters import plain
from .likeness import Guess

PROPOSE_AFTER: Final = 3
"""As often a name has to be misheard before another one is proposed."""
_MAX_COUNTED: Final = 200


@dataclass(frozen=True, slots=True)
class Misheard:
    """A name that is heard as something else."""

    entity_id: str
    name: str
    heard: str


class Mishearings:
    """Remembers, while Home Assistant runs, what was heard in place of names."""

    def __init__(self) -> None:
        """Begin without any."""
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def note(self, guess: Guess) -> Misheard | None:
        """Count one; return it when it has happened often enough."""
        key = (guess.name.entity_id, plain(guess.heard))
        count = self._counts.pop(key, 0) + 1
        if count >= PROPOSE_AFTER:
            return Misheard(guess.name.entity_id, guess.name.text, guess.heard)
        self._counts[key] = count
        while len(self._counts) > _MAX_COUNTED:
            self._counts.popitem(last=False)
        return None
