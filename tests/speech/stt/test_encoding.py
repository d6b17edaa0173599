"""Test that a window is encoded as far as it has to be."""

import dataclasses

import ctranslate2
import numpy as np
import pytest

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.stt.encoding import OUTPUT_HZ, Encoder, Sound
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.window import heard_seconds
from tests.simulators.voices import noise

WINDOW_SECONDS = 12.0


@pytest.mark.parametrize(
    ("audio", "window", "heard"),
    [
        *((0.6, 12.0, 12.0), (1.3, 12.0, 9.0), (4.0, 12.0, 9.0), (8.0, 12.0, 10.0)),
        *((10.5, 13.06, 13.06), (3.0, 15.0, 15.0), (3.0, 6.0, 6.0)),
    ],
)
def test_words_and_long_sentences_need_the_whole_window(
    audio: float, window: float, heard: float
) -> None:
    """In between, the speech and some silence are enough."""
    assert heard_seconds(audio, window) == pytest.approx(heard)


@pytest.fixture(name="encoder")
def encoder_fixture(toy: WhisperEngine) -> Encoder:
    """Return the encoder of a model with random weights, as if it were base."""
    model = dataclasses.replace(toy.model)
    model.__dict__["width"] = 512
    return Encoder(model)


def speech(seconds: float, level: int = 3_000) -> Sound:
    """Return noise as a sound to decode."""
    samples = noise(seconds, level)
    mel = IncrementalMel()
    mel.add(samples)
    return Sound(mel, 0, samples.size, seconds)


def test_a_command_is_followed_by_silence_heard_before(
    encoder: Encoder, toy: WhisperEngine
) -> None:
    """The decoder gets as much as ever, of which the end is that of silence."""
    command, whole = speech(3.0), round(WINDOW_SECONDS * OUTPUT_HZ)
    found = np.asarray(encoder.encode_speech(command, WINDOW_SECONDS))
    begin = np.asarray(encoder.encode(command, 9.0))
    assert found.shape == np.asarray(encoder.encode(command, WINDOW_SECONDS)).shape
    assert found.shape[1] == whole
    np.testing.assert_array_equal(found[:, : begin.shape[1]], begin)
    level = round(float(command.features(9.0).min()), 1)
    features = np.full((1, 80, 2 * whole), level, np.float32)
    silence = toy.model.whisper.encode(ctranslate2.StorageView.from_array(features))
    np.testing.assert_array_equal(
        found[:, begin.shape[1] :], np.asarray(silence)[:, begin.shape[1] :]
    )


def test_a_quiet_voice_is_followed_by_more_quiet(encoder: Encoder) -> None:
    """Silence is as far below the speech as the features say."""
    loud, quiet = (
        np.asarray(encoder.encode_speech(speech(3.0, level), WINDOW_SECONDS))
        for level in (9_000, 90)
    )
    assert not np.array_equal(loud[:, 500:], quiet[:, 500:])


@pytest.mark.parametrize("seconds", [0.5, 10.0])
def test_what_leaves_no_room_is_encoded_whole(encoder: Encoder, seconds: float) -> None:
    """A word, or a sentence that fills the window."""
    np.testing.assert_array_equal(
        np.asarray(encoder.encode_speech(speech(seconds), WINDOW_SECONDS)),
        np.asarray(encoder.encode(speech(seconds), WINDOW_SECONDS)),
    )


def test_a_model_other_than_base_hears_all(toy: WhisperEngine) -> None:
    """Others may write something else if the silence is not theirs."""
    encoder = Encoder(toy.model)
    np.testing.assert_array_equal(
        np.asarray(encoder.encode_speech(speech(3.0), WINDOW_SECONDS)),
        np.asarray(encoder.encode(speech(3.0), WINDOW_SECONDS)),
    )


def test_no_speech_is_as_probable_as_in_a_whole_window(encoder: Encoder) -> None:
    """Silence that is put in makes a voice less probable; a word has none."""
    found = encoder.no_speech_of_whole(speech(3.0), WINDOW_SECONDS, 0.5)
    assert found == pytest.approx(0.378, abs=0.001)
    assert encoder.no_speech_of_whole(speech(3.0), WINDOW_SECONDS, 1.0) <= 1.0
    assert encoder.no_speech_of_whole(speech(3.0), WINDOW_SECONDS, 0.0) == 0.0
    assert encoder.no_speech_of_whole(speech(0.5), WINDOW_SECONDS, 0.5) == 0.5
