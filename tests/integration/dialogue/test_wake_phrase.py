"""Test removing the wake word from a command that follows it without a pause."""

import pytest

from custom_components.hearken.dialogue.wake_phrase import (
    alternatives_without_phrase,
    without_phrase,
)
from custom_components.hearken.protocol import Alternative


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hey jarvis", "Hey Jarvis, turn on the light."),
        ("hey jarvis", "hey jervis turn on the light."),
        ("hey jarvis", "Jarvis. turn on the light."),
        ("alexa", "Alexa, turn on the light."),
        ("alexa", "a lexa turn on the light."),
        ("okay nabu", "Okay, Nabu turn on the light."),
        (None, "turn on the light."),
        ("hey jarvis", "turn on the light."),
        ("alexa", "turn on the light."),
    ],
)
def test_the_command_remains(phrase: str | None, text: str) -> None:
    """However the wake word was understood, and if only its end was heard."""
    assert without_phrase(text, phrase) == "turn on the light."


@pytest.mark.parametrize(
    "text", ["", "hey, what is new?", "a list of lights", "have a nice day"]
)
def test_other_words_stay(text: str) -> None:
    """A command that begins in a similar way keeps its words."""
    assert without_phrase(text, "alexa") == text


def test_alternatives_lose_it_as_well() -> None:
    """All texts are compared with what the house understands."""
    given = (Alternative(text="Hey Jarvis lights on", confidence=0.5),)
    (found,) = alternatives_without_phrase(given, "hey jarvis")
    assert (found.text, found.confidence) == ("lights on", 0.5)
    assert alternatives_without_phrase(given, None) is given
