"""A rule-based recognizer that mishears names.

Measuring the repair of misheard names does not need real Whisper weights. Every sound
of a name is misheard with a probability: consonants become related ones, vowels other
vowels, sounds are lost, words are split or joined; a Chinese character becomes another
one with the same or a similar syllable.

The rate is published: the word error rate of a small Whisper model, multiplied by how
much more often rare words are wrong. It is divided among the kinds of errors by the
weights below.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.stt.phonemes import Phones, Pronouncer

WORD_ERRORS: Final = {"en": 0.171, "de": 0.137}
"""English: whisper-tiny on LibriSpeech test-other, its model card. German:
whisper-small on Common Voice, FLEURS and MLS, the card of
vilassn/whisper-small-german."""
RARE_WORDS: Final = 8.1 / 2.5
"""How much more often rare words are wrong: Sun, Zheng, Zhang and Woodland, "Can
Contextual Biasing Remain Effective with Whisper and GPT-2?", LibriSpeech."""
CHARACTER_ERRORS: Final = 0.319
"""whisper-large-v2 on HKUST telephone speech, the card of Belle-whisper-large-v2-zh;
nothing was found for small models and rare names."""
SUBSTITUTION: Final = 0.10
LOSS: Final = 0.03
SPLIT: Final = 0.20
JOIN: Final = 0.20
"""For a letter, and for a word; all are scaled until as many words are wrong."""
SAME_SYLLABLE: Final = 0.7
_TRIES: Final = 40
_HALVINGS: Final = 12

_KIN: Final = {
    **dict.fromkeys("bp", "bp"),
    **dict.fromkeys("dt", "dt"),
    **dict.fromkeys("gkcq", "gkc"),
    **dict.fromkeys("vfw", "vfw"),
    **dict.fromkeys("szx", "sz"),
    **dict.fromkeys("mn", "mn"),
    **dict.fromkeys("lr", "lr"),
    **dict.fromkeys("aeiouyäöü", "aeiou"),
}
_SHORTEST_SPLIT: Final = 6


@dataclass(frozen=True)
class Confuser:
    """Mishear names in one language."""

    language: str
    syllables: dict[Phones, list[str]]
    """Characters by sound; only for Chinese."""
    scale: float = 1.0
    """The factor applied to all rates."""

    def mishear(self, name: str, choose: random.Random) -> str:
        """Return what the recognizer writes for a name."""
        if self.language == "zh":
            return "".join(self._character(c, choose) for c in name)
        letters = "".join(_letter(c, choose, self.scale) for c in name.lower())
        return _spaces(letters, choose, self.scale)

    def wrong_words(self, names: Sequence[str], choose: random.Random) -> float:
        """Return the share of the names' words that are wrong."""
        wrong = total = 0
        for name in names:
            said = name.lower().split()
            for _ in range(_TRIES):
                heard = self.mishear(name, choose).split()
                wrong += sum(word not in heard for word in said)
                total += len(said)
        return wrong / total

    def _character(self, character: str, choose: random.Random) -> str:
        """Return a character that sounds similar."""
        if choose.random() >= CHARACTER_ERRORS:
            return character
        sound = next((s for s, all_ in self.syllables.items() if character in all_), ())
        if choose.random() < SAME_SYLLABLE:
            return choose.choice(self.syllables.get(sound, [character]))
        similar = [
            one
            for other, characters in self.syllables.items()
            if other and sound and other != sound and _similar(sound, other)
            for one in characters
        ]
        return choose.choice(similar or [character])


def make(language: str, names: Sequence[str], pronouncer: Pronouncer) -> Confuser:
    """Return a confuser for a language, with published error rates."""
    syllables: dict[Phones, list[str]] = defaultdict(list)
    if language == "zh":
        characters = [
            bytes((high, low)).decode("gb2312")
            for high in range(0xB0, 0xD7)
            for low in range(0xA1, 0xFF)
        ]
        sounds = pronouncer.pronounce(characters, language)
        for character, sound in zip(characters, sounds, strict=True):
            syllables[sound].append(character)
    if language not in WORD_ERRORS:
        return Confuser(language, dict(syllables))
    wanted = min(1.0, WORD_ERRORS[language] * RARE_WORDS)
    low, high = 0.0, 1 / max(SPLIT, JOIN)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        choose = random.Random(0)  # noqa: S311 - test data
        tried = Confuser(language, {}, middle)
        if tried.wrong_words(names, choose) < wanted:
            low = middle
        else:
            high = middle
    return Confuser(language, {}, (low + high) / 2)


def _similar(one: Phones, other: Phones) -> bool:
    """Return whether two syllables have the same beginning or end."""
    return one[0] == other[0] or one[1:] == other[1:]


def _letter(letter: str, choose: random.Random, scale: float) -> str:
    """Return what is written for a letter."""
    if not letter.isalpha():
        return letter
    if choose.random() < LOSS * scale:
        return ""
    if choose.random() < SUBSTITUTION * scale:
        return choose.choice(_KIN.get(letter, letter))
    return letter


def _spaces(text: str, choose: random.Random, scale: float) -> str:
    """Split a long word, or join two."""
    words = text.split()
    if len(words) > 1 and choose.random() < JOIN * scale:
        return "".join(words)
    place = choose.randrange(len(words)) if words else 0
    long = bool(words) and len(words[place]) >= _SHORTEST_SPLIT
    if long and choose.random() < SPLIT * scale:
        word = words[place]
        middle = choose.randint(3, len(word) - 3)
        words[place] = f"{word[:middle]} {word[middle:]}"
    return " ".join(words)
