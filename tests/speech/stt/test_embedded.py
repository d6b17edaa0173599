"""Test that the embedded model knows the sentences of the demo and the tests."""

from pathlib import Path

import pytest

from hearken_speech.models import EMBEDDED_MODEL, Library, LoadOptions
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from tests.speech.sounds import spoken
from training import language

VOICES = ("flite:slt", "flite:awb", "flite:kal16", "espeak:en-us", "espeak:en-gb")
SENTENCES = language.load("en").must_know


@pytest.fixture(scope="module", name="engine")
def engine_fixture(tmp_path_factory: pytest.TempPathFactory) -> WhisperEngine:
    """Return the embedded model."""
    folder = tmp_path_factory.mktemp("models")
    return Library(folder).loader(EMBEDDED_MODEL, LoadOptions())()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_recognized_in_three_voices(
    engine: WhisperEngine, sentence: str
) -> None:
    """The sentence is recognized in three voices."""
    options = DecodeOptions(language="en")
    texts = {
        voice: decode_samples(engine, spoken(sentence, voice), options).best.text
        for voice in VOICES
    }

    right = [voice for voice, text in texts.items() if text.strip() == sentence]
    assert len(right) >= 3, texts


def test_it_is_small() -> None:
    """The embedded model is part of every installation, so it must be small."""
    path = Library(Path()).embedded().path

    assert path.stat().st_size < 16_000_000
