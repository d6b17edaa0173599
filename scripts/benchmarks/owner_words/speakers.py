"""People who recorded a word many times, as far as it is known who spoke.

``people.json`` has the beginnings of the names of their recordings, which are in the
Mycroft community's collection. *Computer* and *ey ordenador* go by the authors of its
commits. It says of no other file who spoke: those go by the sound of the recording,
which is the spectrum of its rest and of its speech, its level, and the pitch. So a
person is a voice in one place at one microphone, and the others of the same word may
have the same voice at another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common.recordings import read
from hearken_speech.wake.making.phrase import Phrase
from training.wake import free_speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hearken_speech.audio.format import Samples

_PEOPLE: Final[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("people.json").read_text("utf-8")
)
WORDS: Final = tuple(_PEOPLE)
_NAME: Final = 8
_UUID: Final = 36


@dataclass(frozen=True, slots=True)
class Spoken:
    """The recordings of a word, and who said it."""

    phrase: Phrase
    recordings: list[Samples]
    speakers: list[str]
    """The person of each recording; empty if it is not known."""

    @property
    def people(self) -> list[str]:
        """Return the people who are known."""
        return sorted(set(self.speakers) - {""})

    def of(self, person: str) -> list[int]:
        """Return the numbers of the recordings of a person."""
        return [number for number, name in enumerate(self.speakers) if name == person]

    def others(self, person: str) -> list[int]:
        """Return the numbers of all other recordings."""
        return [number for number, name in enumerate(self.speakers) if name != person]


def spoken(word: str) -> Spoken:
    """Read a word; raise FileNotFoundError if the collection is missing."""
    about = _PEOPLE[word]
    known = dict(_known(about["people"]))
    paths = sorted((free_speech.folder() / about["folder"]).iterdir())
    paths = [path for path in paths if path.suffix in free_speech.SUFFIXES]
    return Spoken(
        Phrase(word, about["language"]),
        [read(path) for path in paths],
        [known.get(path.stem[-_UUID:][:_NAME], "") for path in paths],
    )


def _known(people: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the names of recordings, and who speaks in them."""
    for person, lines in people.items():
        for line in lines:
            yield from ((name, person) for name in line.split())
