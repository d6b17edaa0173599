"""Takes back questions of the conversation agent that nobody answered."""

import logging
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import CANCELLED_WAIT_SECONDS
from .actions import DropQuestion
from .open_questions import async_take_back_question
from .runner import PipelineRunner
from .tasks import Tasks

_LOGGER = logging.getLogger(__name__)


class _Voice(Protocol):
    """Speaks on the satellite."""

    def turn(
        self, *, wait_seconds: float | None = None
    ) -> AbstractAsyncContextManager[None]:
        """Wait for the turn to speak, and hold it while in the context."""


class _Host(Protocol):
    """The entity of the satellite."""

    entity_id: str

    async def async_announce_now(
        self, message: str | None, media_id: str | None, chime: str | None
    ) -> None:
        """Announce at once."""


class LostQuestions:
    """Takes back the questions that were asked at one satellite."""

    def __init__(
        self, tasks: Tasks, runner: PipelineRunner, voice: _Voice, host: _Host
    ) -> None:
        """Speak with this voice."""
        self._tasks = tasks
        self._runner = runner
        self._voice = voice
        self._host = host

    @callback
    def drop(self, action: DropQuestion) -> None:
        """Take back the open question, if there is one; say so after a silence.

        The reply to it was the only thing that could be said: nothing follows.
        """
        try:
            language, has_voice = self._runner.language, self._runner.has_voice
        except HomeAssistantError:
            # The pipeline was deleted.
            language, has_voice = self._tasks.hass.config.language, False
        text = async_take_back_question(
            self._tasks.hass, self._host.entity_id, language
        )
        if text and action.is_told and has_voice:
            self._tasks.start(self._say(text, self._runner.slot), "cancelled question")

    async def _say(self, text: str, slot: int) -> None:
        """Say so with the voice of the assistant that asked, unless someone speaks."""
        try:
            async with self._voice.turn(wait_seconds=CANCELLED_WAIT_SECONDS):
                self._runner.slot = slot
                await self._host.async_announce_now(text, None, None)
        except HomeAssistantError as err:
            _LOGGER.debug("%s did not say so: %s", self._host.entity_id, err)
