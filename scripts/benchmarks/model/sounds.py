"""The test set: held-out sentences by held-out voices, and sounds without speech."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from training import noises
from training.speak import Line, Sound, say
from training.texts import COMMAND_MIX, Kind, Split, TextSource, is_spared
from training.voices import HELD_OUT, NEVER_HEARD, RECORDED_TRAINING, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples
    from training.texts import Text

SEED: Final = 2027
"""Neither the corpus nor the development set is made from this one."""
PERSON: Final = "flite:rms"
KNOWN: Final = (
    *(voice for voice in RECORDED_TRAINING if voice != "flite:kal"),
    *("espeak:en-us", "espeak:en-gb", "espeak:en-us+f3"),
)
NOISE_DB: Final = (20, 10, 5)
_LEVEL: Final = 0.25
_WAKE: Final = "hey jarvis"


@dataclass(frozen=True)
class Clip:
    """A recording and its transcript."""

    sound: Sound
    text: str
    voice: str

    def samples(self, before: float = 0.25, after: float = 0.3) -> Samples:
        """Return the recording with a little silence around it."""
        rate = 16_000
        silence = (np.zeros(round(before * rate)), np.zeros(round(after * rate)))
        whole = np.concatenate([silence[0], self.sound, silence[1]])
        return np.asarray(np.clip(whole, -1, 1) * 32_767, np.int16)


@dataclass(frozen=True)
class Sounds:
    """All recordings, by the property that they test."""

    spoken: dict[str, list[Clip]]
    empty: dict[str, list[Clip]]


def make(scale: float = 1.0) -> Sounds:
    """Generate all recordings, deterministically."""

    def count(number: int) -> int:
        return max(8, round(number * scale))

    commands = _texts(COMMAND_MIX, Split.HELD_OUT, count(320), SEED)
    held_out = _spoken(commands, HELD_OUT)
    names = _texts({Kind.NEW_NAME: 1.0}, Split.HELD_OUT, count(120), SEED + 1)
    everyday = _texts({Kind.EVERYDAY: 1.0}, Split.HELD_OUT, count(80), SEED + 2)
    source = TextSource("en", SEED)
    known = [(text, voice) for text in source.language.must_know for voice in HELD_OUT]
    spoken = {
        "held-out voices, held-out sentences": held_out,
        "of these, the person never heard (flite rms)": [
            clip for clip in held_out if clip.voice == PERSON
        ],
        "of these, voices that no model before heard": [
            clip for clip in held_out if clip.voice in NEVER_HEARD
        ],
        "held-out voices, templates never trained": _spoken(
            _new_templates(count(80)), HELD_OUT
        ),
        "known voices, held-out sentences": _spoken(commands[: count(120)], KNOWN),
        "held-out voices, sentences of demo and tests": _pairs(known),
        "held-out voices, short answers": _short(source, count(320)),
        "held-out voices, names and rooms never heard": _spoken(names, HELD_OUT),
    }
    some = held_out[: count(120)]
    for over in NOISE_DB:
        rng = np.random.default_rng([SEED, over])
        spoken[f"held-out voices, noise {over} dB below"] = [
            _with_noise(rng, clip, over) for clip in some
        ]
    spoken["held-out voices, wake phrase just before"] = _after_wake(some)
    spoken["held-out voices, a pause of 0.3 to 1 s inside"] = _with_pauses(
        commands[: count(120)]
    )
    spoken["held-out voices, sentences that are no commands"] = _spoken(
        everyday, HELD_OUT
    )
    return Sounds(spoken, _empty(count(30)))


def _texts(mix: dict[Kind, float], split: Split, count: int, seed: int) -> list[Text]:
    """Return different sentences."""
    return TextSource("en", seed).different(mix, split, count)


def _short(source: TextSource, count: int) -> list[Clip]:
    """Return short answers of one or two words."""
    pairs = [(t, v) for t in source.language.short for v in HELD_OUT]
    random.Random(SEED).shuffle(pairs)  # noqa: S311 - test data
    return _pairs(pairs[:count])


def _new_templates(count: int) -> list[Text]:
    """Return different sentences from templates that were not used in training."""
    source = TextSource("en", SEED + 4)
    found: dict[str, Text] = {}
    while len(found) < count:
        for text in source.mixture(COMMAND_MIX, Split.HELD_OUT, 10):
            if is_spared(text.template):
                found.setdefault(text.words, text)
    return list(found.values())[:count]


def _spoken(texts: Sequence[Text], voices: Sequence[str]) -> list[Clip]:
    """Return the sentences, spoken by the voices in turn."""
    return _pairs(
        [(text.words, voices[n % len(voices)]) for n, text in enumerate(texts)]
    )


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[Clip]:
    """Return each sentence, spoken by its voice."""
    sounds = say([Line(text, parse(voice)) for text, voice in pairs])
    clips = []
    for (text, voice), sound in zip(pairs, sounds, strict=True):
        assert sound.size, f"{voice} did not say {text!r}"
        clips.append(Clip(sound * (_LEVEL / np.abs(sound).max()), text, voice))
    return clips


def _with_pauses(texts: Sequence[Text]) -> list[Clip]:
    """Return every sentence with a pause in the middle."""
    rng = np.random.default_rng([SEED, 7])
    clips = []
    for n, text in enumerate(text for text in texts if " " in text.words):
        words = text.words.split()
        place = int(rng.integers(1, len(words)))
        voice = HELD_OUT[n % len(HELD_OUT)]
        first, second = _pairs(
            [(" ".join(words[:place]), voice), (" ".join(words[place:]), voice)]
        )
        pause = np.zeros(round(rng.uniform(0.3, 1.0) * 16_000), np.float32)
        sound = np.concatenate([first.sound, pause, second.sound])
        clips.append(Clip(sound, text.words, voice))
    return clips


def _with_noise(rng: np.random.Generator, clip: Clip, over_db: float) -> Clip:
    """Return a clip with noise at a level below it."""
    kind = noises.ACTIVE_KINDS[int(rng.integers(len(noises.ACTIVE_KINDS)))]
    sound = np.pad(clip.sound, 4_000)
    noise = kind(rng, sound.size / 16_000 + 0.01)[: sound.size]
    power = np.mean(np.square(clip.sound)) / np.mean(np.square(noise))
    return replace(clip, sound=sound + noise * np.sqrt(power * 10 ** (-over_db / 10)))


def _after_wake(clips: Sequence[Clip]) -> list[Clip]:
    """Return clips preceded by the last third of a wake phrase."""
    wakes = {
        voice: _pairs([(_WAKE, voice)])[0].sound
        for voice in sorted({clip.voice for clip in clips})
    }
    return [
        replace(
            clip,
            sound=np.concatenate(
                [wakes[clip.voice][-wakes[clip.voice].size // 3 :], clip.sound]
            ),
        )
        for clip in clips
    ]


def _empty(count: int) -> dict[str, list[Clip]]:
    """Return sounds that contain no speech for the satellite."""
    rng = np.random.default_rng([SEED, 99])
    made = {
        kind.__name__: [
            Clip(kind(rng, rng.uniform(1.0, 6.0)), "", "") for _ in range(count)
        ]
        for kind in noises.KINDS
    }
    texts = _texts({Kind.EVERYDAY: 1.0}, Split.HELD_OUT, 40, SEED + 3)
    speech = [clip.sound for clip in _spoken(texts, KNOWN)]
    made["babble"] = [Clip(_babble(rng, speech), "", "") for _ in range(count)]
    return made


def _babble(rng: np.random.Generator, speech: Sequence[Sound]) -> Sound:
    """Return five people talking at once."""
    total = np.zeros(5 * 16_000, np.float32)
    for place in rng.choice(len(speech), 5, replace=False):
        total += np.resize(speech[int(place)], total.size)
    return np.asarray(total / np.abs(total).max() * _LEVEL, np.float32)
