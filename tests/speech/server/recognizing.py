"""A recogniser without the server around it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hearken_speech.server.recognizer import Recognizer, RecognizerOptions

LIMIT_SECONDS = 30


@asynccontextmanager
async def started(options: RecognizerOptions) -> AsyncIterator[Recognizer]:
    """Run a recogniser as the server does."""
    recognizer = Recognizer(options)
    try:
        await recognizer.start()
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(recognizer.models.keep())
            yield recognizer
            keeping.cancel()
    finally:
        recognizer.close()
        await threads_ended()


async def threads_ended() -> None:
    """Wait for the threads of a closed recogniser; it does not, but they end."""
    await until(
        lambda: not any(t.name.startswith("stt-") for t in threading.enumerate())
    )


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)
