"""Recordings of people that may be learned from, whatever a head is used for.

They are in the public domain or under Apache-2.0, and none says a word that comes with
Hearken. ``HEARKEN_FREE_SPEECH`` names the folder that has the three repositories.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.common.recordings import read
from benchmarks.common.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples

SUFFIXES: Final = {".wav", ".flac"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of recordings in a repository."""

    repository: str
    path: str
    what: str
    license: str

    @property
    def name(self) -> str:
        """Return a name that is a file name, too."""
        words = f"{self.repository.partition('/')[2]} {self.path}"
        return words.replace("/", "_").replace(" ", "_")


_COMMUNITY: Final = "MycroftAI/Precise-Community-Data"
_ORDERS: Final = "Picovoice/speech-to-intent-benchmark"
_WORDS: Final = "Picovoice/wake-word-benchmark"
_FREE: Final = "public domain"
_APACHE: Final = "Apache-2.0"
FOLDERS: Final = (
    Folder(_ORDERS, "data/speech/clean", "orders to a coffee machine", _APACHE),
    Folder(_WORDS, "audio/smart mirror", "smart mirror", _APACHE),
    Folder(_WORDS, "audio/snowboy", "snowboy", _APACHE),
    Folder(_WORDS, "audio/view glass", "view glass", _APACHE),
    Folder(_COMMUNITY, "athena/en", "athena", _FREE),
    Folder(_COMMUNITY, "amelia/en", "amelia", _FREE),
    Folder(_COMMUNITY, "heychatterbox/en-us", "hey chatterbox", _FREE),
    Folder(_COMMUNITY, "not-wake-words/en", "other words", _FREE),
    Folder(_COMMUNITY, "not-wake-words/es", "other words, Spanish", _FREE),
)


def folder() -> Path:
    """Return the folder that has the repositories."""
    return Path(os.environ.get("HEARKEN_FREE_SPEECH") or TOOLS / "free_speech")


def recordings(source: Folder) -> Iterator[Samples]:
    """Yield the recordings in a folder; raise FileNotFoundError if it is missing."""
    place = folder() / source.repository.partition("/")[2] / source.path
    for path in sorted(place.iterdir()):
        if path.suffix in SUFFIXES:
            yield read(path)
