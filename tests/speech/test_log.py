"""Test that what comes from outside cannot forge, flood or break the log."""

import io
import logging

import pytest

from hearken_speech.log import MAX_CHARACTERS, CleanFormatter, RepeatLimit, clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Küche 厨房 is fine", "Küche 厨房 is fine"),
        ("a\n2026 ERROR forged", "a\\n2026 ERROR forged"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u2028b\u202ec", "a\\u2028b\\u202ec"),
        ("\ud800", "\\ud800"),
    ],
)
def test_texts_are_one_printable_line(text: str, cleaned: str) -> None:
    """Control characters are escaped, languages are not."""
    assert clean(text) == cleaned


def test_long_texts_are_cut() -> None:
    """The length is limited, and said."""
    assert clean("x" * 1_000_000).endswith("… (1000000 characters)")
    assert len(clean("x" * 1_000_000)) < MAX_CHARACTERS + 30


class _Log:
    """A logger with a clock of its own."""

    def __init__(self) -> None:
        """Write to memory."""
        self.now = 0.0
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(CleanFormatter("%(levelname)s %(message)s"))
        handler.addFilter(RepeatLimit(lambda: self.now))
        self.logger = logging.Logger("test")  # noqa: LOG001 - of this test alone
        self.logger.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        """Return what was written."""
        return self.stream.getvalue().splitlines()


def test_repeated_messages_are_limited() -> None:
    """Twenty in a minute are written, whatever they say; the rest is counted."""
    log = _Log()
    for minute in range(2):
        log.now = 61.0 * minute
        for number in range(1_000):
            log.logger.warning("refused: %s", number)
    log.logger.warning("something else")
    assert len(log.lines) == 41
    assert log.lines[0] == "WARNING refused: 0"
    assert log.lines[19] == "WARNING refused: 19 (further ones are left out)"
    assert log.lines[20] == "WARNING refused: 0 (980 more were left out before)"
    assert log.lines[-1] == "WARNING something else"


def test_errors_from_outside_forge_no_lines() -> None:
    """The text of an exception is indented as well."""
    log = _Log()
    try:
        int("bad\nERROR forged \x1b[1m")
    except ValueError:
        log.logger.exception("it failed: %s", "a\nb")
    assert log.lines[0] == "ERROR it failed: a\\nb"
    assert len(log.lines) > 3
    assert all(line.startswith("    ") for line in log.lines[1:])
    assert "\x1b" not in log.stream.getvalue()
