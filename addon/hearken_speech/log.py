"""The log: texts from outside are cleaned, and repeated messages are limited."""

from __future__ import annotations

import logging
import sys
import time
import unicodedata
from typing import TYPE_CHECKING, Final, override

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

MAX_CHARACTERS: Final = 2_000
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BURST: Final = 20
_WINDOW_SECONDS: Final = 60.0
_MAX_PLACES: Final = 500
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that move the cursor, hide text or cannot be encoded."""

# Their messages are of no use to users.
_QUIET: Final = ("faster_whisper", "httpx2", "huggingface_hub")


def set_up(level: str) -> None:
    """Write the log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CleanFormatter(_FORMAT))
    handler.addFilter(RepeatLimit())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def clean(text: str) -> str:
    """Return a text as one line of limited length that every terminal can show."""
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]}… ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _UNSAFE
        else character
        for character in text
    )


class CleanFormatter(logging.Formatter):
    """Formats one line for each message; only tracebacks have more, indented ones."""

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of a message."""
        record.message = clean(record.message)
        return super().formatMessage(record)

    @override
    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Return the lines of a traceback."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"    {clean(line)}" for line in lines)


class RepeatLimit(logging.Filter):
    """Lets through the first messages of each place in the code in a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without messages."""
        super().__init__()
        self._clock = clock
        self._places: dict[tuple[str, int], _Window] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is written; the next one says how many were not."""
        place, now = (record.pathname, record.lineno), self._clock()
        window = self._places.get(place)
        if window is None or now - window.start >= _WINDOW_SECONDS:
            if len(self._places) >= _MAX_PLACES:
                self._places.clear()
            if window is not None and window.count > _BURST:
                record.msg = (
                    f"{record.getMessage()} ({window.count - _BURST} more were left "
                    "out before)"
                )
                record.args = ()
            window = self._places[place] = _Window(now)
        window.count += 1
        if window.count == _BURST:
            record.msg = f"{record.getMessage()} (further ones are left out)"
            record.args = ()
        return window.count <= _BURST


class _Window:
    """The messages of one place since a time."""

    def __init__(self, start: float) -> None:
        """Start without messages."""
        self.start = start
        self.count = 0
