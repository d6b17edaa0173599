"""Test how slowly codes can be guessed, on a clock set by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from custom_components.hearken.client.pairing import fetch_key
from custom_components.hearken.errors import HearkenError, InvalidCodeError
from hearken_speech.protocol import code as codes
from hearken_speech.protocol import pairing
from hearken_speech.satellite.code_pairing import CodePairing
from hearken_speech.satellite.codes import TRIES, CodeStore
from tests.speech.program import HOST

_KEY: Final = pairing.new_key()


class Clock:
    """Lets those who sleep go on when the test says so."""

    def __init__(self) -> None:
        """Start at zero."""
        self.seconds = 0.0
        self._asleep: list[tuple[float, asyncio.Event]] = []
        self._changed = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the test has let the time pass."""
        awake = asyncio.Event()
        self._asleep.append((self.seconds + seconds, awake))
        self._changed.set()
        await awake.wait()

    async def someone_sleeps(self) -> None:
        """Wait until someone does."""
        while not self._asleep:
            self._changed.clear()
            await self._changed.wait()

    def pass_time(self, seconds: float) -> None:
        """Let the time pass."""
        self.seconds += seconds
        for until, awake in self._asleep:
            if until <= self.seconds:
                awake.set()
        self._asleep = [each for each in self._asleep if each[0] > self.seconds]


@pytest.fixture(name="clock")
async def clock_fixture(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of everyone who sleeps."""
    clock = Clock()
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    return clock


@asynccontextmanager
async def _pairing(store: CodeStore) -> AsyncIterator[int]:
    """Return the port of a satellite that pairs."""
    pairs = CodePairing(store, _KEY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await pairs.serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0, ssl=codes.server_context())
    async with server, asyncio.timeout(30):
        yield int(server.sockets[0].getsockname()[1])


async def test_guesses_take_a_second_each(clock: Clock, tmp_path: Path) -> None:
    """No guess is answered sooner, and none is taken beside another."""
    store = CodeStore(tmp_path)
    code = store.issue()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    async with _pairing(store) as port:
        for guesses in range(1, TRIES + 1):
            guess = asyncio.create_task(fetch_key(HOST, port, wrong))
            await clock.someone_sleeps()
            # Whoever comes meanwhile is turned away, even with the right code.
            with pytest.raises(HearkenError):
                await fetch_key(HOST, port, code)
            clock.pass_time(0.75)
            await clock.someone_sleeps()
            assert not guess.done()
            clock.pass_time(0.25)
            with pytest.raises(InvalidCodeError, match="wrong code"):
                await guess
            assert clock.seconds == guesses
        right = asyncio.create_task(fetch_key(HOST, port, code))
        await clock.someone_sleeps()
        clock.pass_time(1.0)
        with pytest.raises(InvalidCodeError, match="no code"):
            await right


async def test_the_right_code_waits_as_long(clock: Clock, tmp_path: Path) -> None:
    """The time of an answer tells nothing about the code."""
    store = CodeStore(tmp_path)
    code = store.issue()
    async with _pairing(store) as port:
        guess = asyncio.create_task(fetch_key(HOST, port, code))
        await clock.someone_sleeps()
        clock.pass_time(1.0)
        assert await guess == _KEY
