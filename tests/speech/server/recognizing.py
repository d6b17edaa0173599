"""Helpers for a recognizer without a server."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hearken_speech.models import (
    Limits,
    LoadOptions,
    ManagerOptions,
    ModelOptions,
    workers_for,
)
from hearken_speech.server.recognizer import Recognizer, RecognizerOptions

LIMIT_SECONDS = 30


def recognizer_options(
    *,
    model: str,
    folder: Path,
    language: str | None = None,
    budget_seconds: float = Limits.budget_seconds,
    memory_limit_mb: int | None = None,
    unload_after_seconds: float | None = None,
) -> RecognizerOptions:
    """Return options as the command line sets them."""
    return RecognizerOptions(
        models=ModelOptions(
            model=model,
            folder=folder,
            language=language,
            limits=Limits(
                budget_seconds=budget_seconds, memory_limit_mb=memory_limit_mb
            ),
            manager=ManagerOptions(
                load=LoadOptions(workers=workers_for(1)),
                unload_after_seconds=unload_after_seconds,
            ),
        )
    )


@asynccontextmanager
async def started(options: RecognizerOptions) -> AsyncIterator[Recognizer]:
    """Run a recognizer as the server does."""
    recognizer = Recognizer(options)
    try:
        await recognizer.start()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(recognizer.models.run())
            yield recognizer
            running.cancel()
    finally:
        recognizer.close()
        await threads_ended()


async def threads_ended() -> None:
    """Wait for the threads of a closed recognizer, which does not wait for them."""
    await until(
        lambda: not any(t.name.startswith("stt-") for t in threading.enumerate())
    )


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)
