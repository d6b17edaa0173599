"""The pairing code that a satellite shows for a few minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from hearken_speech import json_file
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALID_SECONDS: Final = 600.0
TRIES: Final = 3
"""Guesses at one code; an attacker finds one code in 333 000 that way."""


class CodeStore:
    """Keeps the code in the data folder, so that another process can show it.

    No method may be called on the event loop: the disk may be slow.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Keep the code in this folder; the clock is that of the wall."""
        self._path = folder / "pairing.json"
        self._clock = clock

    def issue(self) -> str:
        """Return a new code in place of any other."""
        fresh = code.new_code()
        self._save(fresh, self._clock() + VALID_SECONDS, TRIES)
        return fresh

    def use_try(self) -> str | None:
        """Return the code for one exchange; None if there is none any more."""
        try:
            stored = json_file.load(self._path)
            shown, until = str(stored["code"]), float(stored["until"])
            tries = int(stored["tries"])
        except (HearkenError, KeyError, TypeError, ValueError):
            return None
        # A clock that was set back does not make a code last.
        is_valid = 0 <= until - self._clock() <= VALID_SECONDS
        if not is_valid or tries <= 0:
            self.forget()
            return None
        self._save(shown, until, tries - 1)
        return shown

    def forget(self) -> None:
        """Make the code invalid."""
        self._path.unlink(missing_ok=True)

    def _save(self, shown: str, until: float, tries: int) -> None:
        """Store the code; only the owner of the file can read it."""
        json_file.save(self._path, {"code": shown, "until": until, "tries": tries})
