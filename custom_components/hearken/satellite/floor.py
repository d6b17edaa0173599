"""The floor of a satellite: messages, questions and timers wait for their turn."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Protocol

from homeassistant.components.assist_pipeline import PipelineEvent
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import COMMAND_GRACE_SECONDS, DOMAIN, FLOOR_WAIT_SECONDS
from .announcer import Announcer
from .driver import TurnDriver
from .events import AnnouncementBegan, AnnouncementEnded, AnswerReady, IntentHandled
from .playback import Player
from .queue import (
    MAX_WAITING,
    QueueError,
    QueueTimeoutError,
    Ticket,
    TicketQueue,
)
from .run_context import current_run
from .runner import DetachedRun
from .states import TurnState
from .tasks import Tasks
from .translate import from_pipeline

_LOGGER = logging.getLogger(__name__)


class FloorHost(Protocol):
    """The entity of the satellite."""

    entity_id: str

    @property
    def available(self) -> bool:
        """Return whether the satellite is connected."""

    def responding(self) -> AbstractContextManager[None]:
        """Show the satellite as responding while in the context."""

    def release_run(self) -> None:
        """Let the pipeline run continue when another one starts."""


class Floor:
    """Gives the satellite to one caller at a time, in the order of their requests.

    An exchange with a person is never interrupted, except by the command itself: if
    what it starts waited for the command to end, both would wait forever. A message is
    spoken while the command is carried out. A question interrupts the command, whose
    answer is spoken afterwards.
    """

    def __init__(
        self,
        tasks: Tasks,
        driver: TurnDriver,
        announcer: Announcer,
        player: Player,
        host: FloorHost,
    ) -> None:
        """Start with an empty queue."""
        self._tasks = tasks
        self._driver = driver
        self._runner = driver.runner
        self._announcer = announcer
        self._player = player
        self._host = host
        self._queue = TicketQueue(self._is_free)
        self._is_closed = False

    def _is_free(self, ticket: Ticket) -> bool:
        """Return whether the satellite is free for this ticket."""
        if self._driver.is_engaged:
            return False
        return ticket.is_first or not self._runner.has_detached

    @callback
    def update(self) -> None:
        """Give the satellite to the next caller if it is free."""
        self._queue.update()

    @callback
    def close(self) -> None:
        """Refuse all further callers."""
        self._is_closed = True

    def is_inside_command(self) -> bool:
        """Return whether the caller is part of the command that is carried out."""
        return self._is_inside(TurnState.PROCESSING)

    def _is_inside(self, *states: TurnState) -> bool:
        """Return whether the caller is part of the current run in one of the states."""
        return self._driver.state in states and self._runner.is_current(current_run())

    @asynccontextmanager
    async def take(self, limit_seconds: float) -> AsyncGenerator[None]:
        """Wait for the floor, and hold it while in the context."""
        async with self._turn(limit_seconds):
            if self._is_closed or not self._host.available:
                raise self._unavailable()
            self._runner.slot = 0
            self._driver.feed(AnnouncementBegan())
            try:
                yield
            finally:
                # Has no effect if the microphone was opened.
                self._driver.feed(AnnouncementEnded())

    def check(self) -> None:
        """Raise if the holder of the floor lost it because the satellite left."""
        if self._driver.state is not TurnState.ANNOUNCING:
            raise self._unavailable()

    def _unavailable(self) -> HomeAssistantError:
        """Return the error for a satellite that is not available."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="satellite_unavailable",
            translation_placeholders={"entity_id": self._host.entity_id},
        )

    @asynccontextmanager
    async def _turn(
        self, limit_seconds: float, *, is_first: bool = False
    ) -> AsyncGenerator[None]:
        """Wait in the queue, and hold the turn while in the context."""
        is_inside = self._is_inside(TurnState.PROCESSING, TurnState.RESPONDING)
        detached = self._runner.detached(current_run())
        is_first |= is_inside or detached is not None
        try:
            ticket = self._queue.join(is_first=is_first)
        except QueueError as err:
            raise self._error(err, limit_seconds) from err
        try:
            if is_inside:
                await self._let_command_end(ticket)
            await self._queue.wait(ticket, limit_seconds)
            yield
        except QueueError as err:
            raise self._error(err, limit_seconds) from err
        finally:
            if (detached := self._runner.detached(current_run())) is not None:
                self._runner.spoke(detached)
            self._queue.leave(ticket)

    def _error(self, err: QueueError, limit_seconds: float) -> HomeAssistantError:
        """Return the error for the limit that was reached."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=err.translation_key,
            translation_placeholders={
                "entity_id": self._host.entity_id,
                "seconds": f"{limit_seconds:g}",
                "count": str(MAX_WAITING),
            },
        )

    # Commands that are interrupted by what they start.

    async def _let_command_end(self, ticket: Ticket) -> None:
        """Wait briefly for the command, and interrupt it if it does not end.

        A question that the command only started is asked after its answer. If the
        command waits for the question, both would wait forever.
        """
        try:
            await self._queue.wait(ticket, COMMAND_GRACE_SECONDS)
        except QueueTimeoutError:
            if self._is_inside(TurnState.PROCESSING, TurnState.RESPONDING):
                self._interrupt()

    @callback
    def _interrupt(self) -> None:
        """Detach the run; its answer is spoken later."""
        self._host.release_run()
        detached, token = self._driver.detach_run()
        if detached is not None and token is not None:
            # The answer had started: hearing it twice is better than not at all.
            self._answer_later(detached, token)

    @callback
    def take_detached_event(self, event: PipelineEvent, *, is_question: bool) -> bool:
        """Handle an event of a detached run; return False for any other run.

        While a question is asked, the late events of the run that it replaced count
        as those of a detached run: their end is not the end of the reply.
        """
        run = current_run()
        if (detached := self._runner.detached(run)) is None:
            return is_question and not self._runner.is_current(run)
        match from_pipeline(event):
            case IntentHandled(listen_again):
                detached.listen_again = listen_again
            case AnswerReady(token) if not detached.is_answered:
                self._answer_later(detached, token)
        return True

    @callback
    def _answer_later(self, run: DetachedRun, token: str) -> None:
        """Speak the answer ahead of everything that waits."""
        run.is_answered = True
        self._tasks.start(self._answer(run, token), "late answer")

    async def _answer(self, run: DetachedRun, token: str) -> None:
        """Speak the answer of a detached run."""
        try:
            async with self._turn(FLOOR_WAIT_SECONDS, is_first=True):
                self._runner.slot = run.slot
                self._driver.feed(AnnouncementBegan())
                is_heard = False
                try:
                    with self._host.responding():
                        is_heard = await self._announcer.play(
                            partial(self._player.play_speech, token)
                        )
                finally:
                    again = run.listen_again and is_heard
                    self._driver.feed(AnnouncementEnded(listen_again=again))
        except HomeAssistantError as err:
            _LOGGER.warning("%s could not answer: %s", self._host.entity_id, err)
