"""Test the numbers in a text."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.numbers import contradict, numbers


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Set the brightness to 50%.", "en", {50}),
        ("set the brightness to fifty percent", "en", {50}),
        ("Thirty-three minutes", "en-GB", {33}),
        ("thirty three minutes and sixteen seconds", "en", {33, 16}),
        ("21.5 degrees", "en", {21, 5}),
        ("turn on the light", "en", set()),
        # As likely to be "to", "for", and "the one in the kitchen".
        ("one, two, four", "en", set()),
        ("dimme auf fünfunddreißig Prozent", "de", {35}),
        ("ein Licht auf drei", "de_AT", {3}),
        ("调到50", "zh-CN", {50}),
        ("mets à cinquante, 20", "fr", {20}),
        ("9" * 40, "en", set()),
        ("", "en", set()),
    ],
)
def test_numbers(text: str, language: str, found: set[int]) -> None:
    """Digits are found in every language, words in some."""
    assert numbers(text, language) == found


@pytest.mark.parametrize(
    ("text", "other", "is_contradiction"),
    [
        ("brightness to 50%", "brightness to three", True),
        ("brightness to 50%", "brightness to fifty percent", False),
        ("brightness to 50%", "brightness", True),
        ("brightness 2 50%", "brightness to 50%", False),
        ("brightness to free", "brightness to three", False),
        ("lied", "light", False),
    ],
)
def test_contradiction(text: str, other: str, *, is_contradiction: bool) -> None:
    """A text with numbers is contradicted by one with others, or with none."""
    assert contradict(text, other, "en") is is_contradiction
