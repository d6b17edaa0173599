"""Has a speech server make a wake word, and waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..client.words import MadeWord, MakingJob
from ..const import DOMAIN
from ..errors import HearkenError, Reason, WordRefusedError
from ..server.link import ServerLink
from ..texts.reasons import async_reason_text

LIMIT_SECONDS: Final = 1800.0
_POLL_SECONDS: Final = 1.0
REASONS: Final = frozenset(
    {"empty", "too_long", "too_short", "too_common", "unknown_language", "cancelled"}
)
_MAX_FAILURES: Final = 10


class WordNotMadeError(HomeAssistantError):
    """A wake word was not made; the translation says why."""

    other_key = "wake_word_not_made"
    """The key of the text for all reasons without a text of their own."""

    def __init__(self, text: str, reason: str | None, error: str) -> None:
        """Set the reason."""
        self.key = f"wake_word_{reason}" if reason in REASONS else self.other_key
        self.placeholders = {"text": text, "reason": error}
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=self.key,
            translation_placeholders=self.placeholders,
        )


class WordNotImprovedError(WordNotMadeError):
    """A wake word was not improved; the translation says why."""

    other_key = "wake_word_not_improved"


async def async_make_word(
    link: ServerLink,
    text: str,
    language: str,
    *,
    force: bool = False,
    on_progress: Callable[[MakingJob], None] = lambda _: None,
) -> MadeWord:
    """Make a wake word and return it; raise WordNotMadeError if that fails.

    The server stops when the caller is cancelled.
    """
    return await _async_finish(
        link,
        text,
        lambda: link.client().make_word(text, language, force=force),
        on_progress,
    )


async def async_improve_word(
    link: ServerLink,
    word: MadeWord,
    on_progress: Callable[[MakingJob], None] = lambda _: None,
) -> MadeWord:
    """Learn from the owner, and return the word with the gain; nothing changes yet.

    Raise WordNotImprovedError if that fails.
    """
    improved = await _async_finish(
        link,
        word.phrase,
        lambda: link.client().improve_word(word.id),
        on_progress,
        WordNotImprovedError,
    )
    if improved.gain is None:
        reason = async_reason_text(link.coordinator.hass, Reason.INVALID_RESPONSE)
        raise WordNotImprovedError(word.phrase, None, reason)
    return improved


async def _async_finish(
    link: ServerLink,
    text: str,
    start: Callable[[], Awaitable[MakingJob]],
    on_progress: Callable[[MakingJob], None],
    failed: type[WordNotMadeError] = WordNotMadeError,
) -> MadeWord:
    """Start a job and return its word."""
    try:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                job = await _async_follow(link, await start(), on_progress)
        except (asyncio.CancelledError, TimeoutError):
            # Even without an answer: the server may have started.
            await link.client().cancel_making()
            raise
    except WordRefusedError as err:
        raise failed(text, err.reason_word, str(err)) from err
    except TimeoutError as err:
        raise failed(text, None, "") from err
    except HearkenError as err:
        reason = async_reason_text(link.coordinator.hass, err)
        raise failed(text, None, reason) from err
    if job.word is None:
        raise failed(text, job.reason, job.error or "")
    await link.coordinator.async_refresh()
    return job.word


async def _async_follow(
    link: ServerLink, job: MakingJob, on_progress: Callable[[MakingJob], None]
) -> MakingJob:
    """Return the job when it is over; bear a server that is away for a moment."""
    failures = 0
    while job.is_running:
        on_progress(job)
        await asyncio.sleep(_POLL_SECONDS)
        try:
            now = await link.client().making()
        except HearkenError:
            failures += 1
            if failures > _MAX_FAILURES:
                raise
            continue
        failures = 0
        if now is None or now.number != job.number:
            msg = "the server was restarted meanwhile"
            raise HearkenError(msg)
        job = now
    return job
