"""Test that no text is several times itself, however a command sounds."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from hearken_speech.stt import repeats
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from tests import real_weights
from tests.simulators.voices import KNOWN_VOICES, Samples, join, noise, say, silence

COMMANDS = (
    "turn on the kitchen light",
    "turn off the bedroom lamp",
    "set a timer for ten minutes",
    "add milk to the shopping list",
    "stop",
)
WINDOWS = (8.0, 9.0, 10.0, 12.0, 15.0)
CASES = 24


@dataclass(frozen=True)
class Sound:
    """A command as a microphone may give it."""

    text: str
    voice: str
    window_seconds: float
    before_seconds: float
    after_seconds: float
    gain: float
    dc: float
    noise: float

    def samples(self, seed: int) -> Samples:
        """Return the sound."""
        spoken = join(
            silence(self.before_seconds),
            say(self.text, self.voice),
            silence(self.after_seconds),
        )
        level = self.noise * float(np.abs(spoken).mean())
        mixed = (
            spoken * self.gain
            + noise(len(spoken) / 16_000 + 1, level, seed)[: len(spoken)]
        )
        return np.clip(mixed + self.dc, -32_768, 32_767).astype(np.int16)


def sound(seed: int) -> Sound:
    """Return one of many sounds, always the same for a seed."""
    random = np.random.default_rng(seed)
    return Sound(
        text=COMMANDS[seed % len(COMMANDS)],
        voice=KNOWN_VOICES[int(random.integers(len(KNOWN_VOICES)))],
        window_seconds=float(random.choice(WINDOWS)),
        before_seconds=float(random.uniform(0, 3)),
        after_seconds=float(random.uniform(0, 4)),
        gain=float(random.choice([0.05, 0.3, 1.0, 1.5])),
        dc=float(random.choice([0, 0, 500, 3_000])),
        noise=float(random.choice([0, 0, 0.1, 0.5])),
    )


@cache
def published(name: str) -> WhisperEngine:
    """Return a published model, or skip the test."""
    return real_weights.engine(name)


def heard(engine: WhisperEngine, samples: Samples, window: float | None) -> list[str]:
    """Return the texts of a recording."""
    options = DecodeOptions(language="en", window_seconds=window)
    return [one.text for one in decode_samples(engine, samples, options).hypotheses]


@pytest.mark.parametrize("seed", range(CASES))
def test_embedded_model_repeats_nothing(engine: WhisperEngine, seed: int) -> None:
    """The embedded model writes a command once."""
    case = sound(seed)
    for text in heard(engine, case.samples(seed), case.window_seconds):
        assert repeats.copies(text, "en") == 1, case


@pytest.mark.parametrize("name", ["tiny.en", "base"])
@pytest.mark.parametrize("seed", range(CASES))
def test_published_models_repeat_nothing(name: str, seed: int) -> None:
    """Published models write many of these twice when first asked."""
    case = sound(seed)
    for text in heard(published(name), case.samples(seed), case.window_seconds):
        assert repeats.copies(text, "en") == 1, case


@pytest.mark.parametrize("name", ["tiny.en", "base"])
def test_first_look_at_a_short_window_repeats(name: str) -> None:
    """The second look is needed: without it, 8 s give a command several times."""
    options = DecodeOptions(language="en", window_seconds=8.0, fallback=False)
    texts = [
        decode_samples(published(name), sound(seed).samples(seed), options).best.text
        for seed in range(CASES)
    ]
    assert any(repeats.copies(text, "en") > 1 for text in texts)


@pytest.mark.parametrize("name", ["tiny.en", "base"])
@pytest.mark.parametrize("pause_seconds", [0.1, 0.5])
def test_what_is_said_twice_is_written_twice(name: str, pause_seconds: float) -> None:
    """A command that somebody repeats is not cut."""
    command = say(COMMANDS[0])
    samples = join(silence(0.5), command, silence(pause_seconds), command, silence(0.5))
    result = decode_samples(published(name), samples, DecodeOptions(language="en"))
    assert result.doubled
    assert repeats.copies(result.best.text, "en") == 2
