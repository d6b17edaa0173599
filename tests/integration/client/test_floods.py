"""Test what a peer can do that sends without end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, override

import pytest
from wyoming.audio import AudioStart
from wyoming.event import Event, Eventable, async_write_event
from wyoming.wake import Detection

from custom_components.hearken.client import connection as connections
from custom_components.hearken.client.allowance import EVENTS, Allowance, Rate, Reached
from custom_components.hearken.client.connection import Address, connect
from custom_components.hearken.client.detect import DetectRequest, Listening, detect
from custom_components.hearken.client.hints import HintGiver
from custom_components.hearken.client.synthesize import synthesize
from custom_components.hearken.client.transcribe import TranscribeRequest, transcribe
from custom_components.hearken.client.wire import read_event
from custom_components.hearken.errors import BadEventError
from custom_components.hearken.protocol import Partial, UtteranceState
from tests.integration.waiting import until
from tests.simulators.peer import HOST, Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


class Flood(Peer):
    """Answer any event by sending one event for ever."""

    def __init__(self, event: Eventable) -> None:
        """Send this event."""
        super().__init__()
        self._event = event.event()
        self.sent_count = 0

    @override
    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Send without end."""
        while not writer.is_closing():
            self.sent_count += 1
            await async_write_event(self._event, writer)


async def silence() -> AsyncIterator[bytes]:
    """Yield audio that never ends."""
    while True:
        yield bytes(320)
        await asyncio.sleep(0.01)


async def timed_silence() -> AsyncIterator[tuple[bytes, int]]:
    """Yield audio with times that never ends."""
    async for samples in silence():
        yield samples, 0


async def hear(address: Address) -> None:
    """Request a transcript."""
    await transcribe(address, silence(), language="en")


async def speak(address: Address) -> None:
    """Request speech."""
    await synthesize(address, "hello", language="en")


async def listen(address: Address) -> None:
    """Request a wake word."""
    request = DetectRequest(names=("hey_jarvis",))
    await detect(address, timed_silence(), Listening(request))


@pytest.mark.parametrize(
    ("use", "event"),
    [
        (hear, Partial(text="turn on", revision=1)),
        (speak, AudioStart(rate=16000, width=2, channels=1)),
        (listen, Detection(name="alexa")),
    ],
)
async def test_server_that_never_comes_to_a_result(
    use: Callable[[Address], Awaitable[None]],
    event: Eventable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A request ends after a number of events that are not its result."""
    rate = Rate(burst=1_000_000, per_second=1)
    monkeypatch.setattr(connections, "EVENTS", rate)
    monkeypatch.setattr(connections, "MAX_RUN_EVENTS", 100)
    async with Flood(event) as server:
        address = Address(host=HOST, port=server.port)
        with pytest.raises(BadEventError, match="among 100 events"):
            await use(address)
        assert address.reached.cut_off == 1


async def test_flood_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a burst, nothing is read, and the peer cannot send either."""
    monkeypatch.setattr(connections, "EVENTS", Rate(burst=200, per_second=0.01))
    texts: list[str] = []
    async with Flood(Partial(text="x" * 500, revision=1)) as server:
        address = Address(host=HOST, port=server.port)
        request = TranscribeRequest(on_partial=texts.append)
        hearing = asyncio.create_task(
            transcribe(address, silence(), language="en", request=request)
        )
        await until(lambda: bool(address.reached.slowed_down))
        sent_count = -1
        while sent_count != server.sent_count:
            sent_count = server.sent_count
            await asyncio.sleep(0.1)
        assert len(texts) <= 20
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_allowance_is_earned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause there is room for another burst, and audio costs less."""
    reached = Reached()
    allowance = Allowance("peer", Rate(burst=20, per_second=1000), reached)
    for _ in range(100):
        await allowance.spend(0, is_audio=True)
        await asyncio.sleep(0.002)
    slowed_down = [reached.slowed_down]
    for _ in range(100):
        await allowance.spend(0)
    assert [*slowed_down, reached.slowed_down] == [0, 1]


@pytest.mark.parametrize(
    ("values", "pauses"), [(20_000, 5), (1, 0)], ids=["long", "short"]
)
async def test_long_events_let_others_run(values: int, pauses: int) -> None:
    """Parsing what a peer sent at once does not keep Home Assistant busy for long."""
    text = b'{"type":"x","data":{"a":[' + b"[]," * values + b"[]]}}\n"
    reader = asyncio.StreamReader(limit=len(text))
    reader.feed_data(text * 10)
    allowance = Allowance("peer", EVENTS, Reached())

    async def read() -> None:
        for _ in range(10):
            await read_event(reader, allowance)

    reading, rounds = asyncio.create_task(read()), 0
    while not reading.done():
        await asyncio.sleep(0)
        rounds += 1
    await reading
    assert pauses <= rounds <= pauses + 3


async def test_only_the_newest_text_is_judged() -> None:
    """Many partial transcripts at once make one task, not one each."""
    judged: list[str] = []

    async def judge(text: str, _others: object) -> UtteranceState:
        judged.append(text)
        await asyncio.sleep(0)
        return UtteranceState.UNKNOWN

    async with Flood(Partial(text="x", revision=1)) as server:
        address = Address(host=HOST, port=server.port)
        async with connect(address) as connection:
            hints = HintGiver(connection, judge)
            before = len(asyncio.all_tasks())
            for number in range(500):
                hints.consider(Partial(text=str(number), revision=number))
            assert len(asyncio.all_tasks()) <= before + 1
            await until(lambda: judged[-1:] == ["499"])
            assert len(judged) <= 2
            await hints.close()
