"""Make a wake word: speak it, listen to it, learn it, judge it."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.features import STEP_SAMPLES

from . import bank, judge, sound
from .embedding import ClipEmbedder
from .fit import Examples, LinearHead, Whitening, learn, windows
from .scenes import Stage
from .texts import near_misses, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hearken_speech.audio.format import Samples

    from .bank import NegativeClip
    from .embedding import Embeddings
    from .fit import Numbers
    from .judge import Expectation
    from .phrase import Phrase
    from .scenes import Scene
    from .sound import Sound
    from .voice import Voice, Voices

HEAD_STEPS: Final = 16
"""The head looks at 1.3 s of embeddings, as openWakeWord does."""

_FEWEST_UTTERANCES: Final = 20
_FEWEST_ESPEAK_VOICES: Final = 40
_SCENES_OF_AN_UTTERANCE: Final = {"kokoro": 9, "flite": 5}
"""Voices that sound like people are heard more often."""
_SCENES_OF_OTHERS: Final = 3
_SCENES_OF_A_RECORDING: Final = 12
_SENTENCES: Final = 200
_SHORTEST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 2.0
_STEPS_AFTER_WORD: Final = (1, 2, 3, 4)
_TOO_EARLY: Final = 0.55
"""Windows that end before this share of the word are no word."""
_EARLY_STEP: Final = 4
_HELD_OUT: Final = 5
"""One speaker in so many is not heard by a head that judges."""
_FOLDS: Final = 2
_MARKS: Final = ("", ".", "!", "?", ",")


class MakingStage(StrEnum):
    """What is being done; the values are translation keys."""

    SPEAKING = "speaking"
    LISTENING = "listening"
    LEARNING = "learning"


_SHARES: Final = {
    MakingStage.SPEAKING: (0, 55),
    MakingStage.LISTENING: (55, 80),
    MakingStage.LEARNING: (80, 100),
}

type Report = "Callable[[MakingStage, float], None]"


class TooFewVoicesError(HearkenError):
    """Too few voices can say the phrase."""


@dataclass(frozen=True, slots=True)
class Made:
    """A head that was made, and what to expect of it."""

    head: LinearHead
    expectation: Expectation
    voices: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """A scene with its embeddings."""

    scene: Scene
    embeddings: Embeddings
    fold: int
    """Which of the heads that judge does not hear it; neither, for a negative one."""
    is_plain: bool


@dataclass(frozen=True, slots=True)
class _Example:
    """A scene as something to learn from."""

    rows: Embeddings
    word: Numbers
    early: Numbers
    fold: int
    is_plain: bool

    @classmethod
    def of(cls, heard: _Heard, whitening: Whitening) -> _Example:
        """Whiten a scene."""
        rows = whitening(heard.embeddings)
        return cls(
            rows,
            _word_windows(heard, rows),
            _early_windows(heard, rows),
            heard.fold,
            heard.is_plain,
        )


@dataclass(frozen=True, slots=True)
class _Fold:
    """Logits of what one head did not learn from."""

    words: list[Numbers]
    is_plain: list[bool]
    negatives: list[Numbers]


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

    def make(self, phrase: Phrase, recordings: Sequence[Samples] = ()) -> Made:
        """Make a wake word of a phrase, and of the owner's recordings if there are any.

        Raise TooFewVoicesError if too few voices can say it.
        """
        seed = zlib.crc32(f"{phrase.language}:{phrase.text}".encode())
        rng = np.random.default_rng(seed)
        spoken = self._speak(phrase, seed)
        others = self._speak_others(phrase, seed)
        self._voices.unload()
        stage = Stage(rng, others)
        embedder = ClipEmbedder()
        heard = self._listen(embedder, stage, spoken, recordings)
        clips = [
            *bank.without(
                bank.load() if self._negatives is None else self._negatives, phrase
            ),
            *self._listen_to_others(embedder, stage, others),
        ]
        return self._learn(heard, clips, rng, len(spoken))

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
        recordings: Sequence[Samples],
    ) -> list[_Heard]:
        """Return scenes of everything that was spoken, with embeddings."""
        speakers = sorted({voice.speaker for voice, _ in spoken})
        fold_of = {name: number % _HELD_OUT for number, name in enumerate(speakers)}
        planned = [
            (stage.scene(said, plain=number == 0), fold_of[voice.speaker], number)
            for voice, said in spoken
            for number in range(
                _SCENES_OF_AN_UTTERANCE.get(voice.engine, _SCENES_OF_OTHERS)
            )
        ]
        planned += [
            (stage.scene(_as_sound(one), plain=number == 0), -1, number)
            for one in recordings
            for number in range(_SCENES_OF_A_RECORDING)
        ]
        embedded = embedder.embed(
            [scene.samples for scene, _, _ in planned],
            lambda done: self._report(MakingStage.LISTENING, done / len(planned)),
        )
        return [
            _Heard(scene, embeddings, fold, number == 0)
            for (scene, fold, number), embeddings in zip(planned, embedded, strict=True)
        ]

    @staticmethod
    def _listen_to_others(
        embedder: ClipEmbedder, stage: Stage, others: Sequence[Sound]
    ) -> list[NegativeClip]:
        """Return negatives from the voices of this machine."""
        embedded = embedder.embed([stage.other(one) for one in others])
        return [bank.NegativeClip(one, "voice:here") for one in embedded]

    def _learn(
        self,
        heard: Sequence[_Heard],
        clips: Sequence[NegativeClip],
        rng: np.random.Generator,
        voices: int,
    ) -> Made:
        """Learn a head from everything, and judge two others on what they left out."""
        whitening = Whitening([clip.embeddings for clip in clips])
        white = [whitening(clip.embeddings) for clip in clips]
        examples = [_Example.of(one, whitening) for one in heard]
        folds = []
        for fold in range(_FOLDS):
            known = [one for one in examples if one.fold != fold]
            judged = [one for one in examples if one.fold == fold]
            head = learn(_examples(known, white[fold::_FOLDS]), rng)
            folds.append(
                _Fold(
                    [head.logits(one.rows) for one in judged],
                    [one.is_plain for one in judged],
                    [head.logits(clip) for clip in white[1 - fold :: _FOLDS]],
                )
            )
            self._report(MakingStage.LEARNING, (fold + 1) / (_FOLDS + 1))
        head = learn(_examples(examples, white), rng)
        self._report(MakingStage.LEARNING, 1.0)
        found = [judge.calibrate(fold.words, fold.negatives) for fold in folds]
        threshold = float(np.mean([one.threshold for one in found]))
        slope = float(np.mean([one.slope for one in found]))

        def calibrated(clips: Sequence[Numbers]) -> list[Numbers]:
            """Return logits that are 0 at the threshold."""
            return [(clip - threshold) * slope for clip in clips]

        return Made(
            whitening.undo(head).calibrated(threshold, slope),
            judge.expect(
                [clip for fold in folds for clip in calibrated(fold.words)],
                [is_plain for fold in folds for is_plain in fold.is_plain],
                [clip for fold in folds for clip in calibrated(fold.negatives)],
            ),
            voices,
        )

    def _report(self, stage: MakingStage, share: float) -> None:
        """Report the progress."""
        first, last = _SHARES[stage]
        self._on_progress(stage, round(first + (last - first) * min(1.0, share)))


def _examples(words: Sequence[_Example], clips: Sequence[Embeddings]) -> Examples:
    """Return what to learn from."""
    return Examples(
        np.concatenate([one.word for one in words]),
        np.concatenate([one.early for one in words]),
        clips,
        HEAD_STEPS,
    )


def _word_windows(heard: _Heard, rows: Embeddings) -> Numbers:
    """Return the windows that end just after the word."""
    last = heard.scene.end_samples // STEP_SAMPLES
    ends = [last + step for step in _STEPS_AFTER_WORD]
    return windows(rows, [end for end in ends if end < len(rows)], HEAD_STEPS)


def _early_windows(heard: _Heard, rows: Embeddings) -> Numbers:
    """Return windows that end while the word is being said."""
    scene = heard.scene
    length = scene.end_samples - scene.begin_samples
    last = int(scene.begin_samples + _TOO_EARLY * length) // STEP_SAMPLES
    ends = range(HEAD_STEPS - 1, min(last, len(rows)), _EARLY_STEP)
    return windows(rows, ends, HEAD_STEPS)


def _as_sound(samples: Samples) -> Sound:
    """Return a recording as sound, without silence around the word."""
    return sound.trim((samples / sound.FULL_SCALE).astype(np.float32))
