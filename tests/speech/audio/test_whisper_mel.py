"""Test that streamed features equal those that Whisper was trained on."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from hearken_speech.audio.whisper_mel import IncrementalMel
from tests.simulators.voices import Samples, noise, say, silence

EIGHT_SECONDS = 8 * 16_000


def _reference(samples: Samples, bands: int = 80) -> np.ndarray:
    """Return faster-whisper's features of a sound padded with silence to 8 s."""
    sound = np.zeros(EIGHT_SECONDS, np.float32)
    sound[: samples.size] = samples.astype(np.float32) / 32_768
    reference: np.ndarray = FeatureExtractor(feature_size=bands)(sound, padding=0)
    return reference


@pytest.mark.parametrize("step", [1, 160, 512, 1280, 7777, 10**6])
def test_features_do_not_depend_on_the_pieces(step: int) -> None:
    """The features do not depend on how the stream is cut."""
    samples = say("turn on the kitchen light")[: 4_000 if step == 1 else None]
    mel = IncrementalMel()
    for start in range(0, samples.size, step):
        mel.add(samples[start : start + step])
    assert np.abs(mel.features(EIGHT_SECONDS) - _reference(samples)).max() < 1e-5


def test_features_of_128_bands() -> None:
    """Models with 128 bands have their own features."""
    samples = say("turn on the kitchen light")
    mel = IncrementalMel(128)
    mel.add(samples)
    assert np.abs(mel.features(EIGHT_SECONDS) - _reference(samples, 128)).max() < 1e-5


@pytest.mark.parametrize("length", [0, 1, 199, 200, 201, 399, 400, 401, 560])
def test_features_of_very_short_sounds(length: int) -> None:
    """Sounds of any length are accepted."""
    mel = IncrementalMel()
    mel.add(noise(1.0)[:length])
    features = mel.features(EIGHT_SECONDS)
    assert features.shape == (80, 800)
    assert np.isfinite(features).all()
    if length > 200:
        assert np.abs(features - _reference(noise(1.0)[:length])).max() < 1e-5


def test_features_of_too_long_a_sound_are_cut() -> None:
    """A recording longer than the window is cut."""
    mel = IncrementalMel()
    mel.add(noise(31.0))
    assert mel.features(30 * 16_000).shape == (80, 3_000)
    assert mel.features(60 * 16_000).shape == (80, 3_000)


def test_snapshot_stays_as_it_was() -> None:
    """A snapshot for another thread is not changed by later audio."""
    mel = IncrementalMel()
    mel.add(noise(1.0))
    snapshot = mel.snapshot()
    before = snapshot.features(EIGHT_SECONDS)
    mel.add(noise(1.0, 5_000))
    assert np.array_equal(snapshot.features(EIGHT_SECONDS), before)
    assert not np.array_equal(mel.features(EIGHT_SECONDS), before)


def test_silence_before_the_speech_can_be_left_out() -> None:
    """The window starts at the given sample."""
    samples = say("turn on the kitchen light")
    mel = IncrementalMel()
    mel.add(silence(5.0))
    mel.add(samples)
    late = mel.features(EIGHT_SECONDS, 4 * 16_000)
    assert np.abs(late[:, 110:200] - mel.features(EIGHT_SECONDS)[:, 510:600]).max() < (
        1e-6
    )
