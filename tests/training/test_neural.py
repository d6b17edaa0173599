# ruff: noqa: RUF001 - phonemes are no letters
"""Test what the neural voices are given, and that they speak."""

import numpy as np
import pytest

from benchmarks.common import weights
from training import neural
from training.speak import Line, say
from training.voices import Voice


@pytest.mark.parametrize(
    ("text", "accent", "phonemes"),
    [
        ("turn on the light", "american", "tˈɜɹn ɔnðə lˈIt"),
        ("five degrees", "british", "fˈIv dɪɡɹˈiːz"),
        ("close the door", "british", "klˈQs ðə dˈɔː"),
        ("orange juice", "american", "ˈɔɹɪnʤ ʤˈus"),
        ("which play", "american", "wˌɪʧ plˈA"),
    ],
)
def test_phonemes_are_those_of_kokoro(text: str, accent: str, phonemes: str) -> None:
    """Diphthongs and affricates are single marks; Americans have no long vowels."""
    assert neural.kokoro_phonemes(text, british=accent == "british") == phonemes


@pytest.mark.parametrize(
    ("engine", "name"),
    [("kokoro", "af_heart"), ("kokoro", "am_adam~am_puck"), ("piper", "joe")],
)
def test_a_faster_voice_takes_less_time(engine: str, name: str) -> None:
    """A voice says a command in some seconds, and less when it speaks faster."""
    if weights.find(engine) is None:
        pytest.skip(f"{engine} is not on this machine")
    slow, fast = say(
        [Line("turn on the light", Voice(engine, name, speed)) for speed in (0.8, 1.5)]
    )
    assert 0.4 * 16_000 < fast.size < slow.size < 4 * 16_000
    assert np.abs(slow).max() > 0.05


def test_an_unknown_voice_is_an_error() -> None:
    """A misspelt voice is not replaced by another one."""
    if weights.find("kokoro") is None:
        pytest.skip("kokoro is not on this machine")
    with pytest.raises(ValueError, match="nobody"):
        neural.kokoro("hello", Voice("kokoro", "nobody"))
