"""A virtual room for tests: an audio server, and this process connected to it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from house.audio_server import AudioServer, audio_server


@contextmanager
def room(folder: Path) -> Iterator[AudioServer]:
    """Run an audio server that the libraries of this process find, too."""
    with audio_server(folder) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that a thread changes; tests set the time limit."""
    while not is_so():  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.02)
