"""Test separating the wake word from the command."""

import pytest

from custom_components.hearken.satellite.after_word import AfterWord

SECOND = bytes(range(250)) * 128


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


@pytest.mark.parametrize(
    ("end_ms", "begin_ms", "word_bytes"),
    [
        (1000, 1000, 0),
        (1230, 1000, 7360),
        (2000, 1000, 32_000),
        (61_000, 1000, 0),
        (None, 1000, 0),
        (1230, None, 0),
    ],
)
def test_the_end_of_the_word_separates(
    end_ms: int | None, begin_ms: int | None, word_bytes: int
) -> None:
    """What makes no sense separates nothing."""
    separator = AfterWord()
    separator.set_end(end_ms)
    word, command = separator.split(SECOND, begin_ms)
    assert (word, command) == (SECOND[:word_bytes], SECOND[word_bytes:])


def test_later_audio_is_passed_on_whole() -> None:
    """Even if the clock of the satellite starts again."""
    separator = AfterWord()
    separator.set_end(500)
    separator.split(SECOND, 0)
    assert separator.split(SECOND, 0) == (b"", SECOND)
