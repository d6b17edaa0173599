"""A recogniser that mishears names, made of rules.

Real Whisper weights are not needed to see what repair does to misheard names. Every
sound of a name is misheard with a probability: consonants become their kin, vowels
other vowels, sounds are lost, words are split or joined; a Chinese character becomes
another one of the same or a similar syllable. The rates are set here; they are high
for what is said about everyday words, and meant for names nobody has trained on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random

    from hearken_speech.stt.phonemes import Phones, Pronouncer

SUBSTITUTION: Final = 0.10
LOSS: Final = 0.03
SPLIT: Final = 0.20
JOIN: Final = 0.20
CHARACTER: Final = 0.35
SAME_SYLLABLE: Final = 0.7

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
    """Mishears names of one language."""

    language: str
    syllables: dict[Phones, list[str]]
    """Characters by their sound; for Chinese alone."""

    def mishear(self, name: str, choose: random.Random) -> str:
        """Return what is written for a name."""
        if self.language == "zh":
            return "".join(self._character(c, choose) for c in name)
        letters = "".join(_letter(c, choose) for c in name.lower())
        return _spaces(letters, choose)

    def _character(self, character: str, choose: random.Random) -> str:
        """Return a character that sounds alike."""
        if choose.random() >= CHARACTER:
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


def make(language: str, pronouncer: Pronouncer) -> Confuser:
    """Return what mishears names of a language."""
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
    return Confuser(language, dict(syllables))


def _similar(one: Phones, other: Phones) -> bool:
    """Tell whether two syllables share their beginning or their end."""
    return one[0] == other[0] or one[1:] == other[1:]


def _letter(letter: str, choose: random.Random) -> str:
    """Return what is written for a letter."""
    if not letter.isalpha():
        return letter
    if choose.random() < LOSS:
        return ""
    if choose.random() < SUBSTITUTION:
        return choose.choice(_KIN.get(letter, letter))
    return letter


def _spaces(text: str, choose: random.Random) -> str:
    """Split a long word, or join two."""
    words = text.split()
    if len(words) > 1 and choose.random() < JOIN:
        return "".join(words)
    place = choose.randrange(len(words)) if words else 0
    if words and len(words[place]) >= _SHORTEST_SPLIT and choose.random() < SPLIT:
        word = words[place]
        middle = choose.randint(3, len(word) - 3)
        words[place] = f"{word[:middle]} {word[middle:]}"
    return " ".join(words)
