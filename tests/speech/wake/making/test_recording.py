"""Test finding the word in a recording, and what is said of bad ones."""

from __future__ import annotations

import numpy as np
import pytest

from hearken_speech.wake.making.recording import (
    RecordingError,
    RecordingProblem,
    cut_word,
)
from house import sound

RATE = 16_000


def said(text: str) -> np.ndarray:
    """Return what a voice says, without silence around it."""
    return np.asarray(sound.trim(sound.speak(text)))


def in_room(word: np.ndarray, noise: float = 5.0) -> np.ndarray:
    """Return a recording: the soft noise of a room, and the word in it."""
    rng = np.random.default_rng(1)
    recording = rng.normal(0, noise, len(word) + 3 * RATE)
    recording[RATE : RATE + len(word)] += word
    return np.clip(np.rint(recording), -32_768, 32_767).astype(np.int16)


def problem_of(samples: np.ndarray) -> RecordingProblem:
    """Return why a recording is refused."""
    with pytest.raises(RecordingError) as e:
        cut_word(samples)
    assert str(e.value)
    return e.value.problem


def test_word_is_cut_out_of_its_recording() -> None:
    """Nothing of the word is lost, and little of the silence is left."""
    word = said("okay computer")
    cut = cut_word(in_room(word))
    assert 0 <= len(cut) - len(word) <= RATE // 4


def test_click_is_no_word() -> None:
    """What is loudest by far, but short, is left out."""
    word = said("okay computer") // 4
    recording = in_room(word)
    recording[RATE // 4 : RATE // 4 + 160] = 30_000
    assert abs(len(cut_word(recording)) - len(word)) <= RATE // 4


@pytest.mark.parametrize("samples", [0, 160, 800])
def test_nothing_has_no_word(samples: int) -> None:
    """Whatever its length."""
    silence = np.zeros(samples, np.int16)
    assert problem_of(silence) is RecordingProblem.NOTHING_SAID


def test_quiet_and_noisy_words_are_too_quiet() -> None:
    """The level counts, and how much louder the word is than the room."""
    assert problem_of(np.zeros(3 * RATE, np.int16)) is RecordingProblem.TOO_QUIET
    word = said("okay computer").astype(float)
    quiet = word * (20 / np.abs(word).max())
    assert problem_of(in_room(quiet, 0.5)) is RecordingProblem.TOO_QUIET
    level = np.sqrt(np.mean(word**2))
    assert problem_of(in_room(word, level / 2)) is RecordingProblem.TOO_QUIET


def test_clipped_word_is_too_loud() -> None:
    """So much is lost that the head would learn the damage."""
    word = said("okay computer").astype(float)
    loud = word * (32_768 * 8 / np.abs(word).max())
    assert problem_of(in_room(loud)) is RecordingProblem.TOO_LOUD


def test_sentence_is_more_than_a_word() -> None:
    """What follows the word does not belong to it."""
    sentence = said("okay computer turn on the kitchen light and the heating")
    assert problem_of(in_room(sentence)) is RecordingProblem.TOO_LONG
