"""Test locating a word and measuring its level."""

import subprocess
import sys

import numpy as np
import pytest

from hearken_speech.wake.place import SILENCE_DBFS, level_dbfs, place_word
from tests.speech.wake.sounds import noise, spoken

RATE = 16_000


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("command", [None, "turn on the light"])
def test_word_is_found_with_and_without_a_pause(
    gain: float, command: str | None
) -> None:
    """Start and end are correct within 0.1 s, regardless of level and pauses."""
    word = spoken("alexa")
    parts = [noise(1.2, 2), (word * gain).astype(np.int16), noise(0.06, 2)]
    if command:
        parts.append((spoken(command) * gain).astype(np.int16))
    parts.append(noise(1, 2))
    begin, end = len(parts[0]), len(parts[0]) + len(word)
    rise = end + round(0.05 * RATE)
    heard = np.concatenate(parts)[: rise + 1280]
    place = place_word(heard, 5000, rise + 5000)
    assert place.begin_samples == pytest.approx(begin + 5000, abs=0.1 * RATE)
    assert place.end_samples == pytest.approx(end + 5000, abs=0.1 * RATE)
    full = level_dbfs(word)
    assert place.level_dbfs == pytest.approx(full + 20 * np.log10(gain), abs=1.5)


def test_late_rise_finds_the_word_before_the_silence() -> None:
    """If scores rise late, the word still ends where it ended."""
    word = spoken("alexa")
    heard = np.concatenate([noise(1, 2), word, noise(0.5, 2)])
    end = RATE + len(word)
    place = place_word(heard, 0, end + round(0.4 * RATE))
    assert place.end_samples == pytest.approx(end, abs=0.05 * RATE)


@pytest.mark.parametrize("samples", [0, 100, 160, RATE])
def test_silence_and_too_little_sound_do_no_harm(samples: int) -> None:
    """Silence and short audio give a valid result."""
    place = place_word(np.zeros(samples, np.int16), 0, samples)
    assert 0 <= place.begin_samples <= place.end_samples <= samples
    assert place.level_dbfs == SILENCE_DBFS


def test_full_scale_is_zero_db() -> None:
    """The level is in dB relative to a full-scale square wave."""
    assert level_dbfs(np.full(100, -32768, np.int16)) == pytest.approx(0)
    assert level_dbfs(np.full(100, 328, np.int16)) == pytest.approx(-40, abs=0.1)


def test_a_word_is_located_without_loading_more() -> None:
    """The first word of a satellite does not load what takes 11 MB."""
    lines = (
        "import sys",
        "import numpy as np",
        "from hearken_speech.wake.place import place_word",
        "place_word(np.arange(32_000, dtype=np.int16), 0, 30_000)",
        "print('numpy.ma' in sys.modules)",
    )
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ran.stdout.strip() == "False"
