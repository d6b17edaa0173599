"""Messages and questions on a satellite; all of them wait for their turn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Protocol

from homeassistant.components.assist_satellite import AssistSatelliteAnnouncement
from homeassistant.core import Context, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from .announcer import Announcer
from .driver import TurnDriver
from .events import AnnouncementBegan, AnnouncementEnded, StopRequested
from .floor import Floor, FloorHost
from .lost_questions import LostQuestions
from .playback import Player
from .prompt import CHIME, Prompt
from .settings import SatelliteControl
from .states import TurnState
from .tasks import Tasks

HEARING_STATES = (TurnState.LISTENING, TurnState.EXPECTING)


class SpeechHost(FloorHost, Protocol):
    """The entity of the satellite, with methods of Home Assistant."""

    control: SatelliteControl

    @property
    def wait_seconds(self) -> float:
        """Return the longest wait for the turn, as set by the owner."""

    def async_set_context(self, context: Context) -> None:
        """Set the context of the next state changes."""

    async def async_resolve(
        self, message: str, media_id: str | None, chime: str | None
    ) -> AssistSatelliteAnnouncement:
        """Return the announcement to play."""

    async def async_announce_now(
        self, message: str | None, media_id: str | None, chime: str | None
    ) -> None:
        """Announce at once, with Home Assistant's own method."""

    def give_up_question(self) -> None:
        """End the question without a reply."""

    def question(
        self, *, is_spoken: bool
    ) -> AbstractContextManager[asyncio.Future[str | None]]:
        """Receive the words that come next, which are then not carried out."""


class SatelliteSpeech:
    """Speaks and asks on one satellite."""

    def __init__(
        self, tasks: Tasks, driver: TurnDriver, player: Player, host: SpeechHost
    ) -> None:
        """Start silent."""
        self._driver = driver
        self._player = player
        self._host = host
        self._announcer = Announcer(tasks)
        driver.interrupt_with(self._announcer.stop)
        self._is_listening_wanted = False
        self.floor = Floor(tasks, driver, self._announcer, player, host)
        driver.drop_questions_with(LostQuestions(tasks, driver.runner, self, host).drop)

    @asynccontextmanager
    async def turn(
        self, context: Context | None = None, wait_seconds: float | None = None
    ) -> AsyncGenerator[None]:
        """Wait for the turn to speak or to ask, and hold it while in the context."""
        limit = self._host.wait_seconds if wait_seconds is None else wait_seconds
        async with self.floor.take(limit):
            if context is not None:
                self._host.async_set_context(context)
            yield

    async def async_announce(
        self,
        message: str | None,
        media_id: str | None,
        chime: str | None,
        *,
        context: Context | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        """Announce in turn; inside a command, announce at once."""
        if self.floor.is_inside_command():
            await self._play(
                await self._host.async_resolve(message or "", media_id, chime)
            )
            return
        async with self.turn(context, wait_seconds):
            await self._host.async_announce_now(message, media_id, chime)

    async def async_ring(self, name: str | None, wait_seconds: float) -> None:
        """Play the chime, and say the name if there is one and a voice for it."""
        if name and self._driver.runner.has_voice:
            await self.async_announce(name, None, CHIME, wait_seconds=wait_seconds)
        else:
            await self.async_announce(None, CHIME, CHIME, wait_seconds=wait_seconds)

    async def async_play(self, announcement: AssistSatelliteAnnouncement) -> bool:
        """Play an announcement; return whether it was played to its end.

        The caller has the turn.
        """
        self.floor.check()
        return await self._play(announcement)

    async def _play(self, announcement: AssistSatelliteAnnouncement) -> bool:
        """Play an announcement; return whether it was played to its end."""
        return await self._announcer.play(
            partial(self._player.play_announcement, announcement)
        )

    async def async_ask(self, announcement: AssistSatelliteAnnouncement) -> None:
        """Play a question to its end, then open the microphone."""
        self.check_not_muted()
        if await self.async_play(announcement):
            self.check_not_muted()
            self.open_microphone()

    async def async_hear(self, prompt: Prompt) -> str | None:
        """Play a prompt, open the microphone and return what was heard.

        The caller must hold the turn.
        """
        self.check_not_muted()
        self.stop_listening()
        announcement = await self._announcement(prompt)
        with self._host.question(is_spoken=announcement is not None) as words:
            try:
                if announcement is None:
                    self.open_microphone()
                else:
                    await self.async_ask(announcement)
                return await words
            except asyncio.CancelledError:
                self.stop_listening()
                raise

    async def async_record(self, message: str | None) -> bytes:
        """Say a message, play a tone, and return what the microphone records then.

        The caller must hold the turn. Nothing of it is carried out.
        """
        self.check_not_muted()
        self.stop_listening()
        if message and not await self._say(message):
            return b""
        with self._driver.recording() as recorded:
            await self.async_hear(Prompt())
        return bytes(recorded)

    async def _say(self, message: str) -> bool:
        """Say a message without a tone; return whether it was said to its end."""
        announcement = await self._host.async_resolve(message, None, None)
        with self._host.responding():
            return await self.async_play(announcement)

    @property
    def language(self) -> str:
        """Return the language in which the satellite speaks."""
        return self._driver.runner.language

    @property
    def has_voice(self) -> bool:
        """Return whether the satellite can say a text."""
        return self._driver.runner.has_voice

    async def async_listen_now(self) -> None:
        """Open the microphone for a command, as after the wake word."""
        self.check_not_muted()
        if self._driver.state in HEARING_STATES or self._is_listening_wanted:
            return
        self._is_listening_wanted = True
        try:
            async with self.turn():
                self.open_microphone()
        finally:
            self._is_listening_wanted = False

    @callback
    def open_microphone(self) -> None:
        """Have the satellite listen without a wake word; the caller has the turn."""
        self.floor.check()
        self._driver.feed(AnnouncementEnded(listen_again=True))

    @callback
    def follow_mute(self) -> None:
        """End a command or reply if the microphone was muted."""
        if self._host.control.is_muted and self._driver.state in HEARING_STATES:
            self._host.give_up_question()
            self._driver.feed(StopRequested())

    @callback
    def stop_listening(self) -> None:
        """Stop listening: speech would be taken for a command now."""
        self._driver.feed(AnnouncementBegan())

    @callback
    def stop(self) -> bool:
        """End the exchange; return whether an announcement was stopped."""
        is_announcing = self._announcer.stop()
        self._driver.stop()
        return is_announcing

    def check_not_muted(self) -> None:
        """Raise if the microphone is muted."""
        if self._host.control.is_muted:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="satellite_muted",
                translation_placeholders={"entity_id": self._host.entity_id},
            )

    async def _announcement(self, prompt: Prompt) -> AssistSatelliteAnnouncement | None:
        """Return the announcement for a prompt, None if there is nothing to play."""
        chime = CHIME if prompt.chime else None
        if prompt.message:
            return await self._host.async_resolve(prompt.message, None, chime)
        if chime:
            return await self._host.async_resolve("", chime, None)
        return None
