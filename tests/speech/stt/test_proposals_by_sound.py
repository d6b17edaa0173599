"""Test names on real sound, judged by a published model, where it is here."""

from functools import partial

import pytest

from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.proposals import propose
from tests import real_weights
from tests.speech.sounds import spoken

NAMES = [
    *("Sync light", "Kraken", "Porch light", "Floor lamp", "Rosie", "Gondola"),
    *("Oberon", "Papageno", "living room lamp", "bedroom blinds", "Dumbledore"),
]


@pytest.fixture(scope="module")
def published() -> WhisperEngine:
    """Return tiny.en."""
    return real_weights.engine("tiny.en")


def _proposed(engine: WhisperEngine, pronouncer: Pronouncer, text: str) -> list[str]:
    """Return what is heard and then proposed when a voice says a text."""
    index = NameIndex(NAMES, "en", pronouncer)
    decoding = decode_samples(engine, spoken(text), DecodeOptions(language="en"))
    assert decoding.encoded is not None
    proposals = propose(
        decoding.hypotheses,
        index,
        engine.model.tokenizer("en"),
        partial(engine.score, decoding.encoded),
    )
    return [decoding.best.text, *(proposal.text for proposal in proposals)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn off the kraken", "Kraken"),
        ("dim the sync light to five percent", "Sync light"),
    ],
)
def test_misheard_name_is_proposed(
    published: WhisperEngine, pronouncer: Pronouncer, text: str, name: str
) -> None:
    """The name is not heard, but fits the sound."""
    heard, first, *_ = _proposed(published, pronouncer, text)
    assert name not in heard
    assert name in first


@pytest.mark.parametrize(
    "text",
    [
        "turn on the bed light",
        "turn on the bench light",
        "turn on the glow lamp",
        "add roast to the shopping list",
        "add bacon to the shopping list",
        "add cake to the shopping list",
        "add granola to the shopping list",
        "a latte with some brown sugar",
        "I would like a cappuccino",
        "turn on the dining room lamp",
        "close the bathroom blinds",
    ],
)
def test_what_was_said_is_not_taken_for_a_name(
    published: WhisperEngine, pronouncer: Pronouncer, text: str
) -> None:
    """Words that only sound like a name of the house stay as they are."""
    assert len(_proposed(published, pronouncer, text)) == 1
