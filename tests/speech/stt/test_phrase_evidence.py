"""Test what the speech model says of a phrase."""

import numpy as np
import pytest

from hearken_speech.errors import LanguageError
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.phrase_evidence import (
    PhraseEvidence,
    likeness,
    phrase_evidence,
)
from tests.speech.sounds import noise, spoken


def _evidence(
    engine: WhisperEngine, pronouncer: Pronouncer, said: str, phrase: str
) -> PhraseEvidence:
    """Return what speaks for a phrase when a voice says something."""
    samples = np.concatenate((noise(0.3, 5.0), spoken(said)))[-32_000:]
    return phrase_evidence(engine, samples, phrase, "en", pronouncer)


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("alexa", "alexa"),
        ("snowboy", "snowboy"),
        ("okay computer", "okay computer"),
        ("that is it, computer", "computer"),
    ],
)
def test_phrase_that_was_said_is_probable(
    tiny_en: WhisperEngine, pronouncer: Pronouncer, said: str, phrase: str
) -> None:
    """The decoder finds it probable, or writes what sounds like it."""
    found = _evidence(tiny_en, pronouncer, said, phrase)
    assert found.log_probability > -5 or found.likeness > 0.7, found


@pytest.mark.parametrize(
    "said", ["turn on the kitchen light", "what time is it", "a lot of sugar"]
)
@pytest.mark.parametrize("phrase", ["alexa", "snowboy", "okay computer"])
def test_phrase_that_was_not_said_is_not(
    tiny_en: WhisperEngine, pronouncer: Pronouncer, said: str, phrase: str
) -> None:
    """Other words are neither probable nor alike."""
    found = _evidence(tiny_en, pronouncer, said, phrase)
    assert found.log_probability < -8, found
    assert found.likeness < 0.6, found


def test_word_that_everybody_says_hides_no_other(
    tiny_en: WhisperEngine, pronouncer: Pronouncer
) -> None:
    """Half a phrase was said: what counts is the other half."""
    found = _evidence(tiny_en, pronouncer, "okay, good night", "okay computer")
    assert found.log_probability < -7.5, found


@pytest.mark.parametrize(("phrase", "known"), [("alexa", True), ("okay nabu", False)])
def test_word_of_several_tokens_is_not_known(
    tiny_en: WhisperEngine, pronouncer: Pronouncer, phrase: str, *, known: bool
) -> None:
    """The model has no token for an invented word."""
    found = phrase_evidence(tiny_en, noise(1.0, 3.0), phrase, "en", pronouncer)
    assert found.is_known is known


def test_silence_is_no_phrase(tiny_en: WhisperEngine, pronouncer: Pronouncer) -> None:
    """A recording without a word can be judged, too."""
    found = phrase_evidence(tiny_en, noise(2.0, 3.0), "alexa", "en", pronouncer)
    assert found.log_probability < -5, found


def test_language_that_the_model_does_not_know(
    tiny_en: WhisperEngine, pronouncer: Pronouncer
) -> None:
    """A model of English says nothing of a German phrase."""
    with pytest.raises(LanguageError):
        phrase_evidence(tiny_en, noise(1.0), "guten morgen", "de", pronouncer)


@pytest.mark.parametrize(
    ("phrase", "text", "least", "most"),
    [
        ("snowboy", "Snow Boy", 0.95, 1.0),
        ("snowboy", "and then a snow boy came", 0.95, 1.0),
        ("jarvis", "Jervis.", 0.7, 1.0),
        ("alexa", "a triple shot latte", 0.0, 0.6),
        ("alexa", "the music collection", 0.0, 0.78),
        ("alexa", "the national dyslexics", 0.0, 0.7),
        ("alexa", "", 0.0, 0.0),
        ("", "alexa", 0.0, 0.0),
    ],
)
def test_likeness_is_that_of_the_best_words(
    pronouncer: Pronouncer, phrase: str, text: str, least: float, most: float
) -> None:
    """A word may be written as several; half of another word is no sign of it."""
    assert least <= likeness(phrase, text, "en", pronouncer) <= most
