"""Test splitting text into pieces for speech synthesis."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.client.sentences import (
    MAX_PIECE_CHARACTERS,
    MAX_SENTENCE_CHARACTERS,
    SentenceSplitter,
    speakable_pieces,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ENGLISH = ["It is 21 degrees.", "Mr. Smith, e.g., is out!", "Is the door open?", "Yes"]
GERMAN = [
    "Das Licht ist an.",
    "Am 21. November kommt Dr. Meier, z. B. um acht.",
    "Es sind ca. 3,5 Grad.",
]
CHINESE = ["灯已打开。", "门是关着的！", "今天是21号。"]  # noqa: RUF001


def _split(text: str, length: int) -> list[str]:
    """Return the sentences of a text that arrives in fragments of this length."""
    splitter = SentenceSplitter()
    sentences: list[str] = []
    for first in range(0, len(text), length):
        sentences += splitter.add(text[first : first + length])
    return sentences + splitter.finish()


@pytest.mark.parametrize("length", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("sentences", "gap"), [(ENGLISH, " "), (GERMAN, "  "), (CHINESE, "")]
)
def test_sentences_are_found(sentences: list[str], gap: str, length: int) -> None:
    """Each sentence is returned once and whole, regardless of fragments."""
    assert _split(gap.join(sentences), length) == sentences


def test_a_sentence_comes_as_soon_as_it_is_certain() -> None:
    """A sentence is complete when the next one has begun."""
    splitter = SentenceSplitter()
    assert splitter.add("It is warm. ") == []
    assert splitter.add("And") == ["It is warm."]
    assert splitter.add(" it is the 3. May") == []
    assert splitter.finish() == ["And it is the 3. May"]
    assert splitter.finish() == []


def test_emphasis_is_not_spoken() -> None:
    """The asterisks of Markdown are left out."""
    assert _split("It is **very** warm. Yes.", 3) == ["It is very warm.", "Yes."]


@pytest.mark.parametrize("length", [1, 3, 70, 10_000])
@pytest.mark.parametrize("word", ["word ", "字", "，字字", "x"])  # noqa: RUF001
def test_a_sentence_without_an_end_is_cut(word: str, length: int) -> None:
    """A long sentence is cut between words without losing text."""
    text = word * (3000 // len(word))
    sentences = _split(text, length)
    assert "".join(sentences).replace(" ", "") == text.replace(" ", "")
    assert max(map(len, sentences)) <= MAX_SENTENCE_CHARACTERS + 100
    if word == "word ":
        assert {part for s in sentences for part in s.split()} == {"word"}


async def _fragments(*fragments: str) -> AsyncGenerator[str]:
    for fragment in fragments:
        yield fragment


async def test_what_is_there_is_spoken_together() -> None:
    """A complete text is one piece; a long one is split."""
    whole = _fragments("One. Two", ". Three.")
    assert [piece async for piece in speakable_pieces(whole)] == ["One. Two. Three."]
    long = [f"This is sentence number {number}, more or less." for number in range(99)]
    pieces = [
        piece async for piece in speakable_pieces(_fragments(" ".join(long), " "))
    ]
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= MAX_PIECE_CHARACTERS + MAX_SENTENCE_CHARACTERS
    assert " ".join(pieces) == " ".join(long)


@pytest.mark.parametrize("fragments", [(), ("",), (" ", "\n\n")])
async def test_nothing_is_no_piece(fragments: tuple[str, ...]) -> None:
    """A text without words gives no piece."""
    assert [p async for p in speakable_pieces(_fragments(*fragments))] == []


async def test_a_listener_that_goes_ends_the_reading() -> None:
    """Reading stops when the pieces are no longer wanted."""
    ended = asyncio.Event()

    async def endless() -> AsyncGenerator[str]:
        try:
            while True:
                yield "Again and again. "
        finally:
            ended.set()

    async with asyncio.timeout(10):
        async with aclosing(speakable_pieces(endless())) as pieces:
            assert (await anext(pieces)).startswith("Again and again.")
        await ended.wait()
