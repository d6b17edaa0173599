"""Make a wake word: speak it, listen to it, learn it, judge it."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech import memory
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

from . import bank, judge, sound
from .embedding import ClipEmbedder
from .gain import Gain, Results
from .material import FOLDS, HEAD_STEPS, Heard, Judged, Material, Negative
from .scenes import Stage
from .texts import near_misses, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hearken_speech.audio.format import Samples

    from .bank import NegativeClip
    from .judge import Expectation
    from .learning import Network
    from .phrase import Phrase
    from .sound import Sound
    from .voice import Voice, Voices

_FEWEST_UTTERANCES: Final = 20
_FEWEST_ESPEAK_VOICES: Final = 40
_SCENES_OF_AN_UTTERANCE: Final = {"kokoro": 9, "flite": 5}
"""Voices that sound like people are heard more often."""
_SCENES_OF_OTHERS: Final = 3
_SCENES_OF_A_RECORDING: Final = 12
_SCENES_AT_ONCE: Final = 64
"""So many scenes are in memory as sound."""
_SENTENCES: Final = 200
_SCENES_OF_A_FALSE_WAKE: Final = 6
_SHORTEST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 2.0
_HELD_OUT: Final = 5
"""One speaker in so many is not heard by a network, and judges it."""
_MARKS: Final = ("", ".", "!", "?", ",")


class MakingStage(StrEnum):
    """What is being done; the values are translation keys."""

    SPEAKING = "speaking"
    LISTENING = "listening"
    LEARNING = "learning"


_SHARES: Final = {
    MakingStage.SPEAKING: (0, 45),
    MakingStage.LISTENING: (45, 65),
    MakingStage.LEARNING: (65, 100),
}

type Report = "Callable[[MakingStage, float], None]"


class TooFewVoicesError(HearkenError):
    """Too few voices can say the phrase."""


@dataclass(frozen=True, slots=True)
class Made:
    """A head that was made, and what to expect of it."""

    head: Network
    expectation: Expectation
    voices: int


@dataclass(frozen=True, slots=True)
class OwnSounds:
    """What the owner adds to a word."""

    recordings: Sequence[Samples] = ()
    """The owner saying the word, and nothing else."""
    others: Sequence[Samples] = ()
    """What woke the house by mistake, or nearly did."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a word is learned from, without the owner."""

    heard: Sequence[Heard]
    negatives: Sequence[Negative]
    embedder: ClipEmbedder
    stage: Stage
    seed: int
    voices: int

    def material(self, own: OwnSounds) -> Material:
        """Return everything, with what the owner adds."""
        heard = _listen_to_owner(self.embedder, self.stage, own.recordings)
        negatives = _listen_to_false_wakes(self.embedder, self.stage, own.others)
        return Material([*self.heard, *heard], [*self.negatives, *negatives], self.seed)


class Maker:
    """Makes wake words with the voices of this machine."""

    def __init__(
        self,
        voices: Voices,
        negatives: Sequence[NegativeClip] | None = None,
        on_progress: Callable[[MakingStage, int], None] = lambda _stage, _percent: None,
    ) -> None:
        """Set the voices and, instead of those that ship, the negatives."""
        self._voices = voices
        self._negatives = negatives
        self._on_progress = on_progress

    def make(self, phrase: Phrase) -> Made:
        """Make a wake word of a phrase; raise TooFewVoicesError if few can say it."""
        gathered = self.gather(phrase)
        material, voices = gathered.material(OwnSounds()), gathered.voices
        # Learning takes the most memory, and needs neither sounds nor networks.
        del gathered
        memory.give_back()
        judged = material.judge(with_owner=False, on_network=self._networks_of(FOLDS))
        return self.made(material, judged, voices)

    def improve(self, phrase: Phrase, own: OwnSounds) -> tuple[Made, Gain]:
        """Make a wake word with what the owner adds; say what that changes.

        Both are judged by networks that did not hear what they are judged on. Raise
        TooFewVoicesError if too few voices can say the phrase.
        """
        gathered = self.gather(phrase)
        material = gathered.material(own)
        on_network = self._networks_of(2 * FOLDS)
        before = material.judge(with_owner=False, on_network=on_network)
        after = material.judge(with_owner=True, on_network=on_network)
        made = self.made(material, after, gathered.voices)
        return made, Gain(before=_results(before), after=_results(after))

    def gather(self, phrase: Phrase) -> Gathered:
        """Return what a word is learned from, without the owner."""
        seed = zlib.crc32(f"{phrase.language}:{phrase.text}".encode())
        rng = np.random.default_rng(seed)
        spoken = self._speak(phrase, seed)
        others = self._speak_others(phrase, seed)
        self._voices.unload()
        stage = Stage(rng, others)
        embedder = ClipEmbedder()
        heard = self._listen(embedder, stage, spoken)
        clips = [
            *bank.without(
                bank.load() if self._negatives is None else self._negatives, phrase
            ),
            *self._listen_to_others(embedder, stage, others),
        ]
        negatives = [
            Negative(clip.embeddings, fold)
            for clip, fold in zip(clips, folds_of(clips), strict=True)
        ]
        return Gathered(heard, negatives, embedder, stage, seed, len(spoken))

    def made(
        self,
        material: Material,
        judged: Judged,
        voices: int,
    ) -> Made:
        """Return the word that was judged, and what to expect of it."""
        expectation = judge.expect(
            judged.calibrated(judged.voices),
            judged.voices_plain,
            judged.calibrated(judged.negatives),
        )
        return Made(material.finished(judged), expectation, voices)

    def _networks_of(self, count: int) -> Callable[[], None]:
        """Return what notes that one of so many networks was learned."""
        done = 0

        def on_network() -> None:
            """Report it."""
            nonlocal done
            done += 1
            self._report(MakingStage.LEARNING, done / count)

        return on_network

    def _speak(self, phrase: Phrase, seed: int) -> list[tuple[Voice, Sound]]:
        """Return the phrase from all voices."""
        choose = random.Random(seed)  # noqa: S311 - no secret
        voices = list(self._voices.draw(phrase.language, _FEWEST_ESPEAK_VOICES, seed))
        spoken = []
        for number, voice in enumerate(voices):
            said = self._voices.say(phrase.text + choose.choice(_MARKS), voice)
            seconds = len(said) / SAMPLE_RATE_HZ
            if _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
                spoken.append((voice, said))
            self._report(MakingStage.SPEAKING, (number + 1) / len(voices))
        if len(spoken) < _FEWEST_UTTERANCES:
            msg = f"only {len(spoken)} voices can say {phrase.text!r} in this language"
            raise TooFewVoicesError(msg)
        return spoken

    def _speak_others(self, phrase: Phrase, seed: int) -> list[Sound]:
        """Return what else people say: sentences, and some that resemble the phrase."""
        choose = random.Random(seed)  # noqa: S311 - no secret
        texts = [
            *near_misses(phrase, choose),
            *sentences(phrase.language, _SENTENCES, choose),
        ]
        quick = [
            voice
            for voice in self._voices.draw(phrase.language, 2 * len(texts), seed + 1)
            if voice.engine != "kokoro"
        ]
        said = (self._voices.say(text, choose.choice(quick)) for text in texts if quick)
        return [one for one in said if len(one) >= SAMPLE_RATE_HZ // 2]

    def _listen(
        self,
        embedder: ClipEmbedder,
        stage: Stage,
        spoken: Sequence[tuple[Voice, Sound]],
    ) -> list[Heard]:
        """Return scenes of everything that was spoken, with embeddings."""
        speakers = sorted({voice.speaker for voice, _ in spoken})
        fold_of = {name: number % _HELD_OUT for number, name in enumerate(speakers)}
        planned = [
            _Planned(said, number == 0, fold_of[voice.speaker])
            for voice, said in spoken
            for number in range(
                _SCENES_OF_AN_UTTERANCE.get(voice.engine, _SCENES_OF_OTHERS)
            )
        ]
        return _listened(
            embedder,
            stage,
            planned,
            lambda done: self._report(MakingStage.LISTENING, done / len(planned)),
        )

    @staticmethod
    def _listen_to_others(
        embedder: ClipEmbedder, stage: Stage, others: Sequence[Sound]
    ) -> list[NegativeClip]:
        """Return negatives from the voices of this machine."""
        embedded = embedder.embed([stage.other(one) for one in others])
        return [bank.NegativeClip(one, "voice:here") for one in embedded]

    def _report(self, stage: MakingStage, share: float) -> None:
        """Report the progress."""
        first, last = _SHARES[stage]
        self._on_progress(stage, round(first + (last - first) * min(1.0, share)))


def folds_of(clips: Sequence[NegativeClip]) -> list[int]:
    """Return the fold of each clip.

    Clips of one source that say the same share a fold: some recordings are heard twice.
    """
    known: dict[tuple[str, str | int], int] = {}
    return [
        known.setdefault((clip.source, clip.text or number), len(known) % FOLDS)
        for number, clip in enumerate(clips)
    ]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A scene that will be made."""

    said: Sound
    is_plain: bool
    fold: int
    is_owner: bool = False


def _listened(
    embedder: ClipEmbedder,
    stage: Stage,
    planned: Sequence[_Planned],
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[Heard]:
    """Return scenes as embeddings; only a few are in memory as sound at a time."""
    heard: list[Heard] = []
    for group in batched(planned, _SCENES_AT_ONCE, strict=False):
        scenes = [stage.scene(one.said, plain=one.is_plain) for one in group]
        embedded = embedder.embed([scene.samples for scene in scenes])
        heard += [
            Heard(
                embeddings=embeddings,
                place=scene.place,
                is_plain=one.is_plain,
                fold=one.fold,
                is_owner=one.is_owner,
            )
            for one, scene, embeddings in zip(group, scenes, embedded, strict=True)
        ]
        on_progress(len(heard))
    return heard


def _listen_to_owner(
    embedder: ClipEmbedder, stage: Stage, recordings: Sequence[Samples]
) -> list[Heard]:
    """Return scenes of the owner, each recording in another fold than the last."""
    planned = [
        _Planned(_as_sound(one), number == 0, place % FOLDS, is_owner=True)
        for place, one in enumerate(recordings)
        for number in range(_SCENES_OF_A_RECORDING)
    ]
    return _listened(embedder, stage, planned)


def _listen_to_false_wakes(
    embedder: ClipEmbedder, stage: Stage, clips: Sequence[Samples]
) -> list[Negative]:
    """Return what woke the house by mistake, as it was and in other rooms."""
    planned = [
        (clip if number == 0 else stage.other(_as_sound(clip)), place % FOLDS)
        for place, clip in enumerate(clips)
        for number in range(_SCENES_OF_A_FALSE_WAKE)
    ]
    embedded = embedder.embed([clip for clip, _ in planned])
    return [
        Negative(embeddings, fold, is_owner=True)
        for (_, fold), embeddings in zip(planned, embedded, strict=True)
        if len(embeddings) >= HEAD_STEPS
    ]


def _results(judged: Judged) -> Results:
    """Return what is compared."""
    return Results.of(
        judged.calibrated(judged.owner),
        judged.owner_plain,
        judged.calibrated(judged.negatives),
    )


def _as_sound(samples: Samples) -> Sound:
    """Return a recording as sound, without silence around the word."""
    return sound.trim(sound.as_sound(samples))
