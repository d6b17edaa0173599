"""Names of wake words: from what is said to an ID, whatever the script."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_OTHER: Final = re.compile(r"[\W_]+")


def word_id(name: str) -> str:
    """Return the ID of a name: lower case, with underscores between the words."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # casefold may take a composed letter apart.
    composed = unicodedata.normalize("NFC", folded)
    return _OTHER.sub("_", composed).strip("_") or "word"
