"""Test tokenizers that are made from a vocabulary."""

from itertools import pairwise
from pathlib import Path

import pytest
import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from hearken_speech.models.errors import DamagedModelError
from hearken_speech.models.tokenizer import make_tokenizer, read_vocabulary
from tests.simulators.random_whisper import special_tokens

TEXTS = (
    "Turn on the kitchen light, please.",
    " turn off the lights in the living room",
    "Schalte das Licht im Wohnzimmer aus!",
    "the weather in the kitchen, the kitchen and the living room",
    "打开客厅的灯",
    "  two  blanks\tand\na line",
    "it's 21.5 °C, isn't it? -- \"(so)\"",
)


@pytest.fixture(name="published", scope="module")
def published_fixture() -> tokenizers.Tokenizer:
    """Return a tokenizer as it is published: learned, with Whisper's special tokens."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    tokenizer.add_special_tokens(special_tokens()[:107])
    return tokenizer


def _vocabulary(tokenizer: tokenizers.Tokenizer) -> list[str]:
    """Return the tokens of a tokenizer in their order, with timestamps."""
    tokens = tokenizer.get_vocab(with_added_tokens=True)
    return [*sorted(tokens, key=lambda one: tokens[one]), "<|0.00|>", "<|0.02|>"]


def test_it_is_the_published_one(published: tokenizers.Tokenizer) -> None:
    """It encodes every text to the same tokens, and knows the same ones."""
    made = make_tokenizer(_vocabulary(published))
    assert made.get_vocab_size() == published.get_vocab_size() > 450
    for text in (*TEXTS, *(a + b for a, b in pairwise(TEXTS))):
        expected = published.encode(text, add_special_tokens=False).ids
        assert made.encode(text, add_special_tokens=False).ids == expected
        assert made.decode(expected) == text
    assert made.token_to_id("<|de|>") == published.token_to_id("<|de|>")
    assert made.token_to_id("<|0.00|>") is None


def test_both_forms_of_a_vocabulary_are_read(tmp_path: Path) -> None:
    """The converter wrote lines in the past; tokens may contain odd blanks."""
    tokens = ["a", "\u2028", "\x85", "b", "<|endoftext|>"]
    (tmp_path / "vocabulary.txt").write_text("\n".join(tokens), encoding="utf-8")
    assert read_vocabulary(tmp_path) == tokens
    (tmp_path / "vocabulary.json").write_text('["other"]', encoding="utf-8")
    assert read_vocabulary(tmp_path) == ["other"]
    assert read_vocabulary(tmp_path / "nothing") == []


@pytest.mark.parametrize("vocabulary", [[], ["a", "b"], ["a", "<|endoftext|>"]])
def test_other_vocabularies_are_refused(vocabulary: list[str]) -> None:
    """A translation model is in the same format, but is no Whisper model."""
    with pytest.raises(DamagedModelError, match="not that of Whisper"):
        make_tokenizer(vocabulary)
