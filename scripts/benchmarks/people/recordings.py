"""The recordings and what is said in them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.common.recordings import RECORDINGS, SOURCE, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples

FOLDER: Final = RECORDINGS / "people"
ABSENT: Final = (
    f"There are no recordings of people in {FOLDER}. {SOURCE} names the folder that "
    'has "people/labels.json".'
)
ORDERS: Final = "commands_en"
SHORT: Final = "short_en"
GERMAN: Final = "sentences_de"
SOUNDS: Final = "sounds"
HALVES: Final = ("A", "B")
"""Parameters are chosen on A; B only reports."""


@dataclass(frozen=True)
class Recording:
    """One recording with its label."""

    name: str
    samples: Samples
    language: str
    wanted: tuple[str, ...]
    """Texts that must be in the transcript; none if nobody speaks."""

    @property
    def half(self) -> str:
        """Return the half that it belongs to."""
        first = hashlib.sha256(self.name.encode()).digest()[0]
        return HALVES[first % len(HALVES)]


def are_there() -> bool:
    """Return whether this machine has the recordings."""
    return (FOLDER / "labels.json").is_file()


def load(kind: str, every: int = 1) -> Iterator[Recording]:
    """Yield the recordings of a folder, or one in so many."""
    labels = json.loads((FOLDER / "labels.json").read_text("utf-8"))
    names = sorted(name for name in labels if name.startswith(f"{kind}/"))
    for name in names[::every]:
        label = labels[name]
        if "slots" in label:
            wanted = tuple(label["slots"].values())
        else:
            wanted = (label["text"],) if label.get("text") else ()
        language = label.get("lang", "en")
        yield Recording(name, read(FOLDER / name), language, wanted)
