"""Test augmenting clips."""

import numpy as np
import pytest

from hearken_speech.audio.whisper_mel import IncrementalMel, as_float
from tests.speech.sounds import spoken
from training.augment import NONE, Augmenter, Frames, Strength, babble
from training.features import log_mel, normalised


@pytest.fixture(name="clip")
def clip_fixture() -> Frames:
    """Return the features of a spoken command."""
    samples = spoken("turn on the kitchen light")
    return log_mel(as_float(samples)).astype(np.float32)


def noise(rng: np.random.Generator) -> Frames:
    """Return features of steady noise."""
    return rng.normal(-4.0, 0.3, (200, 80)).astype(np.float32)


def test_features_are_those_of_the_server() -> None:
    """The features equal those computed by the server."""
    samples = spoken("turn on the kitchen light")
    mel = IncrementalMel(80)
    mel.add(samples)
    frames = log_mel(as_float(samples))
    window = np.full((800, 80), -10.0, np.float32)
    window[: len(frames)] = frames

    np.testing.assert_allclose(normalised(window).T, mel.features(128_000), atol=5e-3)


def test_a_clip_without_changes_stays_as_it_is(clip: Frames) -> None:
    """Without augmentation, the loud parts stay as they are anywhere in the window."""
    augmenter = Augmenter(NONE, noise)
    window = augmenter.window(np.random.default_rng(1), clip, len(clip) + 60)

    loud = clip > clip.max() - 2.0
    found = [
        np.abs(window[lead : lead + len(clip)] - clip)[loud].max() for lead in range(21)
    ]
    assert min(found) < 0.01


def test_every_time_is_different(clip: Frames) -> None:
    """Each call gives a different result."""
    augmenter = Augmenter(Strength(), noise)
    rng = np.random.default_rng(1)
    windows = {augmenter.window(rng, clip, 432).tobytes() for _ in range(20)}

    assert len(windows) == 20


def test_speed_changes_the_length(clip: Frames) -> None:
    """The length changes with the speed."""
    augmenter = Augmenter(Strength(speed=0.3), noise)
    rng = np.random.default_rng(1)
    lengths = [len(augmenter.warped(rng, clip)) for _ in range(30)]

    assert min(lengths) < 0.9 * len(clip)
    assert max(lengths) > 1.1 * len(clip)


def test_silence_before_a_sound_is_no_sign_of_speech(clip: Frames) -> None:
    """Empty clips start late as often as clips with speech."""
    strength = Strength(noise_share=0.0, room_share=0.0, mask_share=0.0)
    augmenter = Augmenter(strength, noise)
    rng = np.random.default_rng(1)

    def lead(window: Frames) -> int:
        loud = window.mean(axis=1)
        return int(np.argmax(loud > loud.max() - 2.0))

    empty = [lead(augmenter.empty(rng, noise(rng), 304)) for _ in range(60)]
    said = [lead(augmenter.window(rng, clip, 304)) for _ in range(60)]
    assert 10 <= sum(frames == 0 for frames in empty) <= 50
    assert max(empty) > 40
    assert max(empty) <= max(said) + 10


def test_in_babble_nobody_stands_out(clip: Frames) -> None:
    """All speakers have a similar level, however loud their clips are."""
    rng = np.random.default_rng(1)
    loud, silence = clip + 4.0, np.full((len(clip), 80), -10.0, np.float32)
    mixed = babble(rng, [loud, clip, clip])
    alone = [babble(rng, [one, silence, silence]) for one in (loud, clip)]

    powers = [float((10.0**frames).mean()) for frames in alone]
    assert mixed.shape == clip.shape
    assert 0.3 < powers[0] / powers[1] < 3.3
