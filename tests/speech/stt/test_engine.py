"""Test the decoder and its windows."""

import numpy as np
import pytest

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.errors import LanguageError
from hearken_speech.stt.engine import (
    DecodeOptions,
    WhisperEngine,
    decode_samples,
)
from hearken_speech.stt.window import window_seconds
from tests.simulators.voices import join, noise, say, silence

# Recognized correctly in all voices, see the notes on the model.
EVERYDAY = (
    "turn on the kitchen light",
    "close the garage door",
    "set a timer for five minutes",
    "pause the music",
)


@pytest.mark.parametrize("text", EVERYDAY)
@pytest.mark.parametrize("beam_size", [1, 5])
def test_everyday_commands_are_heard(
    engine: WhisperEngine, text: str, beam_size: int
) -> None:
    """A recorded voice is understood with any beam size."""
    options = DecodeOptions(language="en", beam_size=beam_size)
    result = decode_samples(engine, say(text), options)
    assert result.best.text == text
    assert result.window_seconds == 8.0
    assert not result.fell_back
    assert len(result.hypotheses) <= beam_size
    assert 0.5 < result.best.confidence <= 1.0


@pytest.mark.parametrize(
    ("audio", "window"), [(0.0, 8.0), (3.0, 8.0), (6.0, 8.56), (20.0, 22.56), (29, 30)]
)
def test_window_fits_the_speech(audio: float, window: float) -> None:
    """The window fits the speech and is never longer than Whisper's."""
    assert window_seconds(audio, 8.0) == pytest.approx(window)


def test_unknown_model_gets_the_window_of_published_ones(toy: WhisperEngine) -> None:
    """A model without a window of its own has that of Whisper."""
    assert toy.shortest_window == 12.0


def test_alternatives_come_in_order(engine: WhisperEngine) -> None:
    """The alternatives are different and sorted by probability."""
    result = decode_samples(engine, say(EVERYDAY[0]), DecodeOptions(language="en"))
    totals = [
        hypothesis.total_log_probability / max(1, len(hypothesis.tokens))
        for hypothesis in result.hypotheses
    ]
    assert len(result.hypotheses) > 1
    assert totals == sorted(totals, reverse=True)
    assert len({h.text for h in result.hypotheses}) == len(result.hypotheses)


def test_silence_has_a_high_no_speech_probability(engine: WhisperEngine) -> None:
    """The guard's most important value separates silence from speech."""
    options = DecodeOptions(language="en")
    empty = decode_samples(engine, silence(3.0), options)
    spoken = decode_samples(engine, say(EVERYDAY[0]), options)
    assert empty.no_speech_probability > 0.5
    assert spoken.no_speech_probability < 0.1


def test_language_is_detected_on_the_same_features(toy: WhisperEngine) -> None:
    """A multilingual model detects the language if none is given."""
    result = decode_samples(
        toy, say(EVERYDAY[0]), DecodeOptions(language=None, fallback=False)
    )
    assert result.language in toy.model.languages


def test_english_only_model_needs_no_detection(engine: WhisperEngine) -> None:
    """An English-only model does not run language detection."""
    result = decode_samples(engine, say(EVERYDAY[0]), DecodeOptions(language=None))
    assert result.language == "en"


def test_unknown_language_is_refused(engine: WhisperEngine) -> None:
    """The request fails before decoding."""
    with pytest.raises(LanguageError):
        decode_samples(engine, say(EVERYDAY[0]), DecodeOptions(language="de"))


def test_runaway_text_is_cut_and_looked_at_once_more(toy: WhisperEngine) -> None:
    """Random weights never stop: the text is cut, and the fallback runs once."""
    samples = noise(2.0, 3_000)
    once = decode_samples(toy, samples, DecodeOptions(language="en", fallback=False))
    twice = decode_samples(toy, samples, DecodeOptions(language="en"))
    cap = toy.token_cap(2.0, "en")
    assert once.capped
    assert len(once.best.tokens) <= cap
    assert not once.fell_back
    assert twice.fell_back
    assert len(twice.best.tokens) <= 2 * cap


def test_cap_grows_with_speech_and_script(toy: WhisperEngine) -> None:
    """Chinese needs more tokens per second than English."""
    assert toy.token_cap(1.0, "en") < toy.token_cap(3.0, "en")
    assert toy.token_cap(3.0, "en") < toy.token_cap(3.0, "zh")
    assert toy.token_cap(600.0, "zh") <= 224


def test_silence_before_the_speech_is_left_out(engine: WhisperEngine) -> None:
    """A long wait before the command is not part of the window."""
    samples = join(silence(6.0), say(EVERYDAY[1]))
    features = IncrementalMel(engine.model.mel_bands)
    features.add(samples)
    result = engine.decode(features, DecodeOptions(language="en"), 5 * 16_000)
    assert result.best.text == EVERYDAY[1]
    assert result.window_seconds == 8.0


def test_fixed_number_of_tokens_takes_time(engine: WhisperEngine) -> None:
    """Measuring works on a model that returns an empty text."""
    mel = IncrementalMel(engine.model.mel_bands)
    mel.add(np.zeros(48_000, np.int16))
    assert engine.time_tokens(mel, 14, 5) > 0


def test_texts_are_scored_on_the_same_sound(engine: WhisperEngine) -> None:
    """What was said is more probable than something else, and scores agree."""
    result = decode_samples(engine, say(EVERYDAY[0]), DecodeOptions(language="en"))
    other = decode_samples(engine, say(EVERYDAY[3]), DecodeOptions(language="en"))
    assert result.encoded is not None
    texts = [result.best.tokens, other.best.tokens]
    said, wrong = engine.score(result.encoded, texts)
    # The decoder's own score has the end, too.
    assert said >= result.best.total_log_probability - 0.5
    assert said > wrong + 5.0
    assert engine.score(result.encoded, texts[:1]) == pytest.approx([said], abs=0.01)
    assert engine.score(result.encoded, []) == []
