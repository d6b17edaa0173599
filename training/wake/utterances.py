"""Which voice says what, for a word: the same in every run."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from training.wake import speakers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.wake.making.voice import Voice


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice says."""

    text: str
    voice: Voice


def seed_of(text: str) -> int:
    """Return the seed of everything that is random for a text."""
    return zlib.crc32(text.encode())


def positives(word: str, everybody: Sequence[str], count: int) -> list[Utterance]:
    """Return the word from Kokoro's voices that are learned from."""
    voices = speakers.learned(everybody, seed_of(word))
    return _marked(word, list(islice(voices, count)))


def choosing(word: str, everybody: Sequence[str], count: int) -> list[Utterance]:
    """Return the word from Kokoro's voices that choose."""
    voices = speakers.choosing(everybody, seed_of(word) + 1)
    return _marked(word, list(islice(voices, count)))


def each_by_one(texts: Sequence[str], everybody: Sequence[str]) -> list[Utterance]:
    """Return each text from one of Kokoro's voices that are learned from."""
    voices = speakers.learned(everybody, seed_of("".join(texts)))
    return [Utterance(text, voice) for text, voice in zip(texts, voices, strict=False)]


def _marked(word: str, voices: Sequence[Voice]) -> list[Utterance]:
    """Return the word from each voice, as if it ended a sentence or did not."""
    choose = random.Random(seed_of(word))
    return [Utterance(word + choose.choice(speakers.MARKS), one) for one in voices]
