"""Test texts that are several times the same."""

import pytest

from hearken_speech.stt import repeats

REPEATED = [
    ("Turn on the kitchen light. Turn on the kitchen light.", "en", 2),
    ("Turn on lamp one. Turn on lamp one. Turn on lamp one.", "en", 3),
    ("Give me a 16 ounce mocha. Give me a 16 ounce mocha", "en", 2),
    # Nearly: one word in four may differ, and one may be missing.
    ("Turn off the bedroom lamp. Turn off the bedroom lamb.", "en", 2),
    ("Add milk to the shopping list, add milk to shopping list", "en", 2),
    ("yes yes", "en", 2),
    ("打开客厅的灯打开客厅的灯", "zh", 2),
    ("Mach das Licht an. Mach das Licht an!", "de", 2),
]
USUAL = [
    ("", "en"),
    ("Stop", "en"),
    ("Turn on the kitchen light and turn off the bedroom lamp", "en"),
    ("turn on the light in the kitchen and the light in the hall", "en"),
    ("set a timer for ten minutes and ten seconds", "en"),
    ("打开客厅的灯和卧室的灯", "zh"),
    ("one two three four", "en"),
]


@pytest.mark.parametrize(("text", "language", "times"), REPEATED)
def test_repeats_are_counted(text: str, language: str, times: int) -> None:
    """A text that is several times the same is noticed, and cut to one."""
    assert repeats.copies(text, language) == times
    once = repeats.once(text, language)
    assert text.startswith(once)
    assert repeats.copies(once, language) == 1


@pytest.mark.parametrize(("text", "language"), USUAL)
def test_usual_texts_are_left_alone(text: str, language: str) -> None:
    """A text that says something twice is not a repeat of itself."""
    assert repeats.copies(text, language) == 1
    assert repeats.once(text, language) == text
