"""Gathers what a word is learned from, and the words that choose between heads.

Everything without a word is the same for all words, and is kept as embeddings.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making import bank
from hearken_speech.wake.making.learning import Examples
from hearken_speech.wake.making.sound import as_sound
from hearken_speech.wake.making.texts import near_misses
from training import hours
from training.wake import alike, clips, free_speech, speakers, utterances
from training.wake.texts import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.learning import Said
    from hearken_speech.wake.making.phrase import Phrase
    from hearken_speech.wake.making.sound import Sound
    from hearken_speech.wake.making.voice import Voices
    from training.wake.spoken import Spoken
    from training.wake.utterances import Utterance

FOLDER: Final = hours.FOLDER.parent / "without_words"
_SEED: Final = 5
_SENTENCES_SEED: Final = 11
_SHORTEST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 2.0
_SHORTEST_SENTENCE_SECONDS: Final = 0.5
_SENTENCES_STAGED: Final = 0.7
_PEOPLE_STAGED: Final = 0.35
_NOISES: Final = 40
_NOISE_SECONDS: Final = 20.0
_SCENES_OF_QUICK: Final = 3
_SCENES_TO_CHOOSE: Final = 6
_SCENES_OF_ALIKE: Final = 5
_SCENES_OF_OTHER_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is spoken for a word."""

    words: int = 60
    """Utterances of Kokoro."""
    scenes: int = 14
    """Scenes of each."""
    quick: int = 60
    """Utterances of espeak-ng and flite."""
    choosing: int = 24
    alike: int = 60
    """Texts that sound like the word, from Kokoro."""
    quick_alike: int = 260
    """And from espeak-ng and flite."""
    other_words: int = 24
    """Utterances of each of the other words."""
    sentences: int = 500
    """Of espeak-ng and flite, for all words."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a word is learned from, and what chooses."""

    examples: Examples
    choosing: Sequence[Said]


class Gatherer:
    """Speaks and listens."""

    def __init__(
        self,
        spoken: Spoken,
        voices: Voices,
        everybody: Sequence[str],
        words: Sequence[str],
        amounts: Amounts,
    ) -> None:
        """Set who speaks, Kokoro's speakers among them, and a list of words."""
        self._spoken = spoken
        self._voices = voices
        self._everybody = everybody
        self._words = words
        self._sounds = alike.sounds_of(words)
        self._amounts = amounts
        self._sentences = self._say_sentences()

    def gather(self, phrase: Phrase, others: Sequence[str], folder: Path) -> Gathered:
        """Return everything for a word; ``others`` come with Hearken, too."""
        word, amounts = phrase.text, self._amounts
        listener = clips.Listener(utterances.seed_of(word), self._sentences)
        positives = utterances.positives(word, self._everybody, amounts.words)
        said = listener.words(
            [
                *((one, amounts.scenes) for one in self._say_words(positives)),
                *((one, _SCENES_OF_QUICK) for one in self._say_quickly(word)),
            ]
        )
        choosing = utterances.choosing(word, self._everybody, amounts.choosing)
        chosen = listener.words(
            (one, _SCENES_TO_CHOOSE) for one in self._say_words(choosing)
        )
        wrong = listener.words(self._say_wrong(phrase, others))
        negatives = [
            *(one.embeddings for one in bank.without(bank.load(), phrase)),
            *(one.embeddings for one in wrong),
            *self._without_words(folder),
        ]
        return Gathered(Examples(said, negatives), chosen)

    def _say_words(self, planned: Sequence[Utterance]) -> Iterator[Sound]:
        """Yield a word from voices that do not take very long or short for it."""
        for one in planned:
            said = self._spoken.say(one.text, one.voice)
            if _SHORTEST_SECONDS < len(said) / SAMPLE_RATE_HZ < _LONGEST_SECONDS:
                yield said

    def _say_quickly(self, word: str) -> Iterator[Sound]:
        """Yield a word from espeak-ng and flite."""
        seed = utterances.seed_of(word)
        voices = speakers.quick(self._voices, self._amounts.quick, seed)
        return self._say_words([utterances.Utterance(word, one) for one in voices])

    def _say_wrong(
        self, phrase: Phrase, others: Sequence[str]
    ) -> Iterator[tuple[Sound, int]]:
        """Yield what is not the word, each with how many scenes it is worth."""
        seed = utterances.seed_of(phrase.text)
        found = alike.alike(phrase.text, self._words, self._sounds)
        texts = alike.drawn(found, self._amounts.alike, seed)
        for one in utterances.each_by_one(texts, self._everybody):
            yield self._spoken.say(one.text, one.voice), _SCENES_OF_ALIKE
        texts = [
            *near_misses(phrase, random.Random(seed)),
            *alike.drawn(found, self._amounts.quick_alike, seed + 1),
        ]
        voices = speakers.quick(self._voices, len(texts), seed + 2)
        for text, voice in zip(texts, voices, strict=False):
            if len(said := self._spoken.say(text, voice)):
                yield said, 1
        for other in others:
            planned = utterances.positives(
                other, self._everybody, self._amounts.other_words
            )
            for said in self._say_words(planned):
                yield said, _SCENES_OF_OTHER_WORDS

    def _say_sentences(self) -> list[Sound]:
        """Return sentences from espeak-ng and flite."""
        count = self._amounts.sentences
        voices = speakers.quick(self._voices, count, _SENTENCES_SEED)
        texts = sentences(self._words, count, _SENTENCES_SEED)
        said = (
            self._spoken.say(text, voice)
            for text, voice in zip(texts, voices, strict=False)
        )
        shortest = _SHORTEST_SENTENCE_SECONDS * SAMPLE_RATE_HZ
        return [one for one in said if len(one) > shortest]

    def _without_words(self, folder: Path) -> Iterator[Embeddings]:
        """Yield clips without any of the words, computed once."""
        listener = clips.Listener(_SEED, self._sentences)
        made: dict[str, Callable[[], list[Embeddings]]] = {
            "sentences": lambda: listener.others(
                self._sentences, staged=_SENTENCES_STAGED
            ),
            **{
                source.name: partial(_people, listener, source)
                for source in free_speech.FOLDERS
            },
            "noises": lambda: listener.noises(_NOISES, _NOISE_SECONDS),
        }
        for name, make in made.items():
            path = folder / f"{name}.npz"
            if not path.is_file():
                clips.save(path, make())
            yield from clips.load(path)


def _people(listener: clips.Listener, source: free_speech.Folder) -> list[Embeddings]:
    """Return what people say in free recordings."""
    people = map(as_sound, free_speech.recordings(source))
    return listener.others(people, staged=_PEOPLE_STAGED)
