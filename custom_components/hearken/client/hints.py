"""Hints to the server during speech: whether a partial transcript is complete."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from ..const import HINT_TIMEOUT_SECONDS
from ..errors import ConnectionLostError
from ..protocol import Alternative, Partial, UtteranceHint, UtteranceState
from .connection import Connection

_LOGGER = logging.getLogger(__name__)

type Judge = Callable[[str, Sequence[Alternative]], Awaitable[UtteranceState]]
"""Judges a text and its alternatives, the best first."""


class HintGiver:
    """Judges the newest partial transcript while audio goes on flowing.

    A newer partial transcript cancels the judging of an older one. If judging takes too
    long, no hint is sent and the server waits for its usual pause.
    """

    def __init__(self, connection: Connection, judge: Judge | None) -> None:
        """Send hints over this connection; without a judge, send none."""
        self._connection = connection
        self._judge = judge
        self._waiting: Partial | None = None
        self._task: asyncio.Task[None] | None = None

    def consider(self, partial: Partial) -> None:
        """Judge a partial transcript instead of the previous one."""
        if self._judge is None:
            return
        self._waiting = partial
        if self._task is None:
            self._start(self._judge)
        else:
            # It ends first: a judge may have to clean up.
            self._task.cancel()

    async def close(self) -> None:
        """Stop judging."""
        self._judge = self._waiting = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _start(self, judge: Judge) -> None:
        """Judge the partial transcript that waits."""
        partial, self._waiting = self._waiting, None
        if partial is not None:
            self._task = asyncio.create_task(self._hint(judge, partial))
            self._task.add_done_callback(self._go_on)

    def _go_on(self, task: asyncio.Task[None]) -> None:
        """Judge the newest partial transcript now that an older one is done with."""
        self._task = None
        if not task.cancelled() and (err := task.exception()) is not None:
            _LOGGER.error("A partial transcript could not be judged", exc_info=err)
        if self._judge is not None:
            self._start(self._judge)

    async def _hint(self, judge: Judge, partial: Partial) -> None:
        """Judge one partial transcript and send the hint."""
        try:
            async with asyncio.timeout(HINT_TIMEOUT_SECONDS):
                state = await judge(partial.text, partial.alternatives)
            if state is not UtteranceState.UNKNOWN:
                hint = UtteranceHint(state=state, revision=partial.revision)
                await self._connection.write(hint)
                _LOGGER.debug(
                    "Partial transcript %s is %s", partial.revision, state.value
                )
        except TimeoutError:
            _LOGGER.debug("No time to judge partial transcript %s", partial.revision)
        except ConnectionLostError as err:
            _LOGGER.debug("The server accepts no more hints: %s", err)
