"""Test the making of words that could come with Hearken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.wake.making.fit import LinearHead
from training import hours, words
from training.word_voices import VOICES_OF_OTHERS, VoicesOfLanguages

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from hearken_speech.wake.making.embedding import Embeddings
    from training.hour_sources import Part


def test_voices_of_other_languages_say_the_word_too() -> None:
    """German voices get a spelling that they say right."""
    voices = VoicesOfLanguages(None, "hey jarvis", {"de": "hej dscharwis"})
    drawn = list(voices.draw("en", 10, 1))
    german = [voice for voice in drawn if voice.name.startswith("de+")]
    assert len(german) == VOICES_OF_OTHERS
    assert any(voice.name.startswith("en-") for voice in drawn)
    plain = VoicesOfLanguages(None, "", {})
    said, spelled = (
        voices.say("hey jarvis", german[0]),
        plain.say("hej dscharwis", german[0]),
    )
    assert len(said) > 4_000
    np.testing.assert_array_equal(said, spelled)


def test_threshold_comes_from_the_hours_to_choose_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A source that says the word is left out."""
    asked: list[Part] = []
    quiet, loud = np.zeros((500, 96), np.float32), np.zeros((500, 96), np.float32)
    quiet[100:140], loud[100:140] = 1.0, 100.0

    def load(part: Part) -> Iterator[tuple[str, list[Embeddings]]]:
        """Yield two sources."""
        asked.append(part)
        yield "music", [quiet]
        yield "sky", [loud]

    monkeypatch.setattr(hours, "load", load)
    head = LinearHead(np.full((16, 96), 0.001, np.float32), 0.0)
    own, other = (
        words.with_chosen_threshold(head, text) for text in ("computer", "alexa")
    )
    assert asked == ["choose", "choose"]
    assert own.logits(quiet).max() <= 0 < own.logits(loud).max()
    assert other.bias < own.bias
