"""Test that sentences are reproducible, and that held-out ones are held out."""

import re

import pytest

from training import language
from training.grammar import spoken
from training.texts import (
    COMMAND_MIX,
    TRAINING_MIX,
    Kind,
    Split,
    Text,
    TextSource,
    split_of,
)

COUNT = 400


@pytest.fixture(scope="module", name="trained")
def trained_fixture() -> list[Text]:
    """Return sentences used for training."""
    return list(TextSource("en", 1).mixture(TRAINING_MIX, Split.TRAINING, 4000))


def test_the_same_seed_draws_the_same_sentences() -> None:
    """The same seed gives the same sentences."""
    first, second = (
        list(TextSource("en", 5).mixture(TRAINING_MIX, Split.TRAINING, COUNT))
        for _ in range(2)
    )

    assert first == second


@pytest.mark.parametrize("split", [Split.HELD_OUT, Split.DEVELOPMENT])
def test_no_sentence_is_in_two_splits(trained: list[Text], split: Split) -> None:
    """Sentences for measuring are never used for training."""
    others = TextSource("en", 2).different(COMMAND_MIX, split, COUNT)

    assert not {text.words for text in trained} & {text.words for text in others}


def test_most_sentences_are_different(trained: list[Text]) -> None:
    """Templates and lists are large enough for different sentences."""
    long = [text.words for text in trained if text.kind is not Kind.SHORT]
    assert len(set(long)) > 0.8 * len(long)


def test_held_out_names_are_in_no_training_sentence(trained: list[Text]) -> None:
    """Held-out names are in no training sentence."""
    english = language.load("en")
    new = {*english.held_out_names, *english.held_out_areas}
    said = " ; ".join(text.words for text in trained)

    assert [name for name in new if spoken(name) in said] == []


def test_sentences_with_new_names_have_one() -> None:
    """Sentences with new names contain one."""
    english = language.load("en")
    new = [spoken(x) for x in (*english.held_out_names, *english.held_out_areas)]
    texts = TextSource("en", 3).different({Kind.NEW_NAME: 1.0}, Split.HELD_OUT, 50)

    assert all(any(name in text.words for name in new) for text in texts)


def test_sentences_are_written_as_they_are_spoken(trained: list[Text]) -> None:
    """Sentences have no digits, punctuation or capitals."""
    wrong = [text.words for text in trained if re.search(r"[^a-z' ]", text.words)]

    assert wrong == []


def test_every_kind_is_drawn(trained: list[Text]) -> None:
    """There are commands, follow-ups and sentences that are not commands."""
    assert {text.kind for text in trained} == set(TRAINING_MIX)


def test_what_must_be_known_is_always_trained() -> None:
    """The demo's sentences are never held out."""
    english = language.load("en")

    splits = {split_of("", text, english) for text in english.must_know}
    assert splits == {Split.TRAINING}


def test_every_short_answer_is_trained(trained: list[Text]) -> None:
    """Short answers are always trained; no held-out sentences contain them."""
    english = language.load("en")
    short = english.short

    assert {split_of("", text, english) for text in short} == {Split.TRAINING}
    assert {"yes", "no", "stop", "the kitchen"} <= set(short)
    assert {x.words for x in trained if x.kind is Kind.SHORT} <= set(short)
    assert all(len(text.split()) <= 5 for text in short)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(fifteen|twenty|twenty one|thirty) point \w+ degrees",
        r"\bminus \w+",
        r"\b(two|five|one point five) lit(re|er)s?\b",
        r"\bhalf past \w+",
        r"\bseven (thirty|fifteen|forty five|oh five)",
        r"\b(quarter|ten) to \w+",
        r"\b(lamp|light|plug) (one|two|three)\b",
    ],
)
def test_numbers_are_said_in_every_form(pattern: str) -> None:
    """Decimals, minus, amounts, times and numbered names are drawn."""
    mix = {Kind.CASUAL: 0.7, Kind.FOLLOW_UP: 0.3}
    drawn = TextSource("en", 6).mixture(mix, Split.TRAINING, 20_000)

    assert any(re.search(pattern, text.words) for text in drawn)
