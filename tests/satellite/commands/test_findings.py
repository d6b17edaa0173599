"""Test what a recording says about a microphone and a speaker."""

import numpy as np
import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.audio.noise import white_noise
from hearken_speech.satellite.commands.findings import (
    Problem,
    about_recording,
    find_echo,
)
from hearken_speech.satellite.commands.findings import (
    test_noise as played_noise,
)
from hearken_speech.satellite.commands.levels import NoiseFloor, level_of
from hearken_speech.satellite.commands.meter import bar

SECONDS = 4


def _speech(voice: float, noise: float) -> Samples:
    """Return words of half a second each, over noise."""
    count = SECONDS * 16_000
    sound = noise * white_noise(count)
    talking = (np.arange(count) // 8_000) % 2 == 0
    sound += talking * voice * np.sin(2 * np.pi * 300 * np.arange(count) / 16_000)
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize(
    ("samples", "problems"),
    [
        (_speech(5000, 20), []),
        (np.zeros(SECONDS * 16_000, np.int16), [Problem.SILENT]),
        (_speech(100, 3), [Problem.QUIET]),
        (_speech(60_000, 20), [Problem.CLIPPING]),
        (_speech(9000, 900), [Problem.NOISY]),
        (_speech(0, 20), [Problem.NO_SPEECH]),
        (_speech(5000, 20) + np.int16(2000), [Problem.OFFSET]),
    ],
    ids=["good", "silent", "quiet", "clipping", "noisy", "nobody", "offset"],
)
def test_what_is_wrong_is_found(samples: Samples, problems: list[Problem]) -> None:
    """Each fault is named, and good speech has none."""
    found = about_recording(samples, SECONDS)
    assert [each.problem for each in found] == problems
    assert all(str(each) for each in found)


def test_a_wrong_rate_is_found() -> None:
    """A device that delivers 44100 samples a second for 48000 is noticed."""
    found = about_recording(_speech(5000, 20), SECONDS * 48_000 / 44_100)
    assert [each.problem for each in found] == [Problem.RATE]


def test_an_echo_is_found_with_its_delay() -> None:
    """A speaker that is 20 dB lower and 150 ms late is found; silence is not."""
    played = played_noise()
    recorded = np.random.default_rng(1).normal(0, 30, 48_000).astype(np.int16)
    assert find_echo(played, recorded) is None
    recorded[2400 : 2400 + len(played)] += played // 10
    echo = find_echo(played, recorded)
    assert echo is not None
    assert echo.delay_seconds == pytest.approx(0.15, abs=0.001)
    assert echo.level_db == pytest.approx(-20, abs=1)
    assert find_echo(played, np.zeros(0, np.int16)) is None


def test_levels_are_in_decibels() -> None:
    """Full scale is 0 dB; the noise floor is what is heard between words."""
    assert level_of(np.full(100, -32_768, np.int16)).rms_dbfs == pytest.approx(0)
    assert level_of(np.full(100, 32_767, np.int16)).clipped == 100
    assert level_of(np.zeros(0, np.int16)).peak_dbfs == -100
    floor = NoiseFloor()
    for level in (-60.0, -20.0, -59.0, -21.0):
        lowest = floor.add(level)
    assert lowest == pytest.approx(-60, abs=1)
    assert bar(0.0).count("█") == 30
    assert bar(-90.0).count("█") == 0
