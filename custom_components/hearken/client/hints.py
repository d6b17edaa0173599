"""Tells the server, while somebody speaks, what the text so far is worth."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..const import HINT_TIMEOUT_SECONDS
from ..errors import ConnectionLostError
from ..protocol import Partial, UtteranceHint, UtteranceState
from .connection import Connection

_LOGGER = logging.getLogger(__name__)

type Judge = Callable[[str], Awaitable[UtteranceState]]


class HintGiver:
    """Judges the newest text so far, beside the way of the audio.

    A text that is overtaken by a newer one is not judged any further, and one that
    takes too long is left: the server then waits as long as it always does.
    """

    def __init__(self, connection: Connection, judge: Judge | None) -> None:
        """Send hints through this connection; without a judge there are none."""
        self._connection = connection
        self._judge = judge
        self._task: asyncio.Task[None] | None = None

    def consider(self, partial: Partial) -> None:
        """Judge this text in place of any older one."""
        if self._judge is None:
            return
        older, self._task = self._task, None
        if older is not None:
            older.cancel()
        self._task = asyncio.create_task(self._hint(self._judge, partial, older))

    async def close(self) -> None:
        """Judge no more."""
        if self._task is not None:
            self._task.cancel()
            (result,) = await asyncio.gather(self._task, return_exceptions=True)
            if isinstance(result, Exception):
                _LOGGER.error("A text could not be judged", exc_info=result)

    async def _hint(
        self, judge: Judge, partial: Partial, older: asyncio.Task[None] | None
    ) -> None:
        """Judge one text and tell the server, once the older one is given up."""
        try:
            async with asyncio.timeout(HINT_TIMEOUT_SECONDS):
                if older is not None:
                    await asyncio.gather(older, return_exceptions=True)
                state = await judge(partial.text)
            if state is not UtteranceState.UNKNOWN:
                hint = UtteranceHint(state=state, revision=partial.revision)
                await self._connection.write(hint)
                _LOGGER.debug("Revision %s is %s", partial.revision, state)
        except TimeoutError:
            _LOGGER.debug("Revision %s took too long to judge", partial.revision)
        except ConnectionLostError as err:
            _LOGGER.debug("The server takes no more hints: %s", err)
