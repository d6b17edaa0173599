"""Test separating speech from silence, in streams and whole recordings."""

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from hearken_speech.vad.silero import FRAME_SAMPLES, SileroModel, SileroStream
from tests.simulators.voices import join, noise, say, silence


@pytest.fixture(scope="module")
def model() -> SileroModel:
    """Return the network."""
    return SileroModel()


def test_stream_gives_what_the_whole_clip_gives(model: SileroModel) -> None:
    """Feeding chunks of odd sizes does not change the probabilities."""
    samples = join(silence(0.5), say("turn on the kitchen light"), silence(0.5))
    samples = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES]
    stream, got = SileroStream(model), []
    for start in range(0, samples.size, 333):
        got += stream.process(samples[start : start + 333])
    reference = get_vad_model()(samples.astype(np.float32) / 32_768).reshape(-1)
    assert len(got) == len(reference)
    # faster-whisper alters the end of a clip, so the last frame differs.
    assert np.abs(np.array(got) - reference)[:-1].max() < 1e-4


def test_speech_is_found_and_silence_is_not(model: SileroModel) -> None:
    """Probabilities are high in speech and low in silence and noise."""
    speech = SileroStream(model).process(say("turn on the kitchen light"))
    quiet = SileroStream(model).process(silence(2.0))
    rustle = SileroStream(model).process(noise(2.0, 300))
    assert np.mean(np.array(speech) > 0.5) > 0.7
    assert max(quiet) < 0.2
    assert np.mean(np.array(rustle) > 0.5) < 0.1


def test_streams_do_not_disturb_each_other(model: SileroModel) -> None:
    """Two streams on one model give the same results as alone."""
    samples = say("open the garage door")
    alone = SileroStream(model).process(samples)
    first, second = SileroStream(model), SileroStream(model)
    mixed = []
    for start in range(0, samples.size, 4_000):
        mixed += first.process(samples[start : start + 4_000])
        second.process(noise(0.25, 3_000))
    assert np.allclose(mixed, alone, atol=1e-5)
