"""Cut a text that is still being written into pieces that can be spoken."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Final

from sentence_stream import SentenceBoundaryDetector

from ..const import TEXT_TIMEOUT_SECONDS
from ..errors import HearkenError, Reason
from ..protocol.speakable import SpeakableText

MAX_SENTENCE_CHARACTERS: Final = 400
"""A sentence that is longer is cut between two words."""
MAX_PIECE_CHARACTERS: Final = 1000
"""Complete sentences are spoken together up to this length."""

_MAX_WAITING_SENTENCES: Final = 64
_STEP_CHARACTERS: Final = 100
# A period that rarely ends a sentence: ordinals ("am 21. November"), initials and
# parts of abbreviations ("z. B."), titles and the like.
_NO_END: Final = re.compile(
    r"(?:^|[\s(.])(?:\d{1,3}|[^\W\d_]|"
    r"bzw|ca|evtl|ggf|inkl|max|min|Nr|Prof|Str|vgl|"
    r"approx|Jr|Mr|Mrs|Ms|Dr|Sr|St|vs)\.$"
)


class SpeechTextError(HearkenError):
    """The text to be spoken did not arrive."""


class SentenceSplitter:
    """Turns a text that arrives in fragments into sentences."""

    def __init__(self) -> None:
        """Start with no text."""
        self._detector = SentenceBoundaryDetector()
        self._held = ""

    def add(self, text: str) -> list[str]:
        """Add a fragment of any length and return the sentences it completes."""
        sentences: list[str] = []
        for first in range(0, len(text), _STEP_CHARACTERS):
            step = text[first : first + _STEP_CHARACTERS]
            for sentence in self._detector.add_chunk(step):
                self._held = f"{self._held} {sentence}".strip()
                if self._held and not _NO_END.search(self._held):
                    sentences.append(self._held)
                    self._held = ""
            if len(self._held) + len(self._incomplete) > MAX_SENTENCE_CHARACTERS:
                sentences.append(self._cut())
        return [sentence for sentence in sentences if sentence]

    def finish(self) -> list[str]:
        """Return the rest of the text."""
        rest = f"{self._held} {self._detector.finish()}".strip()
        self._held = ""
        return [rest] if rest else []

    @property
    def _incomplete(self) -> str:
        """Return what belongs to a sentence whose end has not been found."""
        return self._detector.current_sentence + self._detector.remaining_text

    def _cut(self) -> str:
        """Return the first part of a sentence that is too long."""
        text = self._incomplete
        length = next(
            (end for end in range(len(text), 0, -1) if _is_gap(text[end - 1])),
            len(text),
        )
        head = f"{self._held} {text[:length]}".strip()
        self._held = ""
        self._detector = SentenceBoundaryDetector()
        # Without a gap there is no end of a sentence in it.
        self._detector.remaining_text = text[length:]
        return head


def _is_gap(character: str) -> bool:
    """Return whether a sentence can be cut after this character."""
    return character.isspace() or character in ",;，、；"  # noqa: RUF001 - Chinese


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a text, and the error that ended it."""

    error: Exception | None = None
    is_silent: bool = False
    """Whether there was a text, but nothing in it that can be spoken."""


async def speakable_pieces(fragments: AsyncIterable[str]) -> AsyncGenerator[str]:
    """Yield what can be spoken of a text by the time it is asked for.

    The text is read on while a piece is being spoken. Raise what the text raises, and
    SpeechTextError if it does not continue in time.
    """
    queue: asyncio.Queue[str | _End] = asyncio.Queue(_MAX_WAITING_SENTENCES)
    reading = asyncio.create_task(_read(fragments, queue))
    try:
        end: _End | None = None
        while end is None:
            piece, end = _joined(await _next(queue), queue)
            if piece or (end is not None and end.is_silent):
                yield piece
        if end.error is not None:
            raise end.error
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _joined(
    first: str | _End, queue: asyncio.Queue[str | _End]
) -> tuple[str, _End | None]:
    """Return the available sentences up to a limit, and the end if it is reached."""
    item, sentences = first, list[str]()
    while isinstance(item, str):
        sentences.append(item)
        if sum(map(len, sentences)) >= MAX_PIECE_CHARACTERS or queue.empty():
            return " ".join(sentences), None
        item = queue.get_nowait()
    return " ".join(sentences), item


async def _read(
    fragments: AsyncIterable[str], queue: asyncio.Queue[str | _End]
) -> None:
    """Put the sentences of a text and its end into the queue.

    What cannot be spoken is removed first, as a link may contain the end of a sentence.
    """
    cleaner, splitter = SpeakableText(), SentenceSplitter()
    is_silent, has_text = True, False
    try:
        async for fragment in fragments:
            has_text = has_text or bool(fragment.strip())
            for sentence in splitter.add(cleaner.add(fragment)):
                is_silent = False
                await queue.put(sentence)
    except Exception as err:  # noqa: BLE001 - agents raise errors of any kind
        await queue.put(_End(err))
        return
    for sentence in (*splitter.add(cleaner.finish()), *splitter.finish()):
        is_silent = False
        await queue.put(sentence)
    await queue.put(_End(is_silent=has_text and is_silent))


async def _next(queue: asyncio.Queue[str | _End]) -> str | _End:
    """Return the next sentence or the end."""
    try:
        async with asyncio.timeout(TEXT_TIMEOUT_SECONDS):
            return await queue.get()
    except TimeoutError as err:
        msg = "the text did not continue in time"
        raise SpeechTextError(msg, reason=Reason.TIMED_OUT) from err
