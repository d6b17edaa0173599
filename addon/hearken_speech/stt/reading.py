"""Texts of one command, each split into words and pronounced once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hearken_speech.stt.phonemes import split_words

if TYPE_CHECKING:
    from hearken_speech.stt.phonemes import Phones, Pronouncer, Word


class Reading:
    """One text in one language: its words, and how they sound."""

    def __init__(self, text: str, language: str, pronouncer: Pronouncer) -> None:
        """Split the text into words."""
        self.text = text
        self.language = language
        self.words: list[Word] = split_words(text, language)
        self.key = tuple(word.text.casefold() for word in self.words)
        """The words as they are compared."""
        self._pronouncer = pronouncer

    @cached_property
    def phones(self) -> list[Phones]:
        """Return the phones of each word; espeak-ng may be asked for them."""
        return self._pronouncer.pronounce(self.key, self.language)


class Reader:
    """Reads the texts of one command; whoever asks for one again gets the same."""

    def __init__(self, pronouncer: Pronouncer) -> None:
        """Start without a text."""
        self._pronouncer = pronouncer
        self._readings: dict[tuple[str, str], Reading] = {}

    def read(self, text: str, language: str) -> Reading:
        """Return the reading of a text."""
        key = (text, language)
        if key not in self._readings:
            self._readings[key] = Reading(text, language, self._pronouncer)
        return self._readings[key]
