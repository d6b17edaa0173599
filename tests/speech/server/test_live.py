"""Test the live connection of the real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from wyoming.tts import Synthesize

from hearken_speech.protocol import CONTROL_VERSION
from hearken_speech.server.identity import Identity
from hearken_speech.server.live import Subscriber
from hearken_speech.server.recognizer import Recognizer
from hearken_speech.server.services import Services
from hearken_speech.server.wake import WakeService
from hearken_speech.tts.espeak import Espeak
from hearken_speech.version import VERSION
from tests.speech.client import connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server
from tests.speech.server.recognizing import recognizer_options, threads_ended


@asynccontextmanager
async def live(
    server: Server, token: str | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a live connection, and close it in the end."""
    stored = json.loads((server.data_dir / "server.json").read_text())
    headers = {"Authorization": f"Bearer {token or stored['token']}"}
    url = f"http://{HOST}:{server.http_port}/api/v1/live"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as socket,
    ):
        yield socket


async def message(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Return the next message."""
    async with asyncio.timeout(LIMIT_SECONDS):
        received: dict[str, Any] = await socket.receive_json()
    return received


async def event(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """Return the next event of this type."""
    while True:
        received = await message(socket)
        if received["type"] == "event" and received["event"]["kind"] == kind:
            return received


async def speak(server: Server, text: str) -> None:
    """Make the server speak a text."""
    async with connect(server.port) as client:
        await client.send(Synthesize(text=text))
        await client.until("audio-stop")


async def test_begins_with_the_status(server: Server) -> None:
    """The first message has the status and the version."""
    async with live(server) as socket:
        received = await message(socket)
    assert received["type"] == "status"
    status = received["status"]
    assert status["api_version"] == CONTROL_VERSION
    assert status["version"] == VERSION
    assert status["state"] == "ready"
    assert status["model"] == "hearken-commands-en"
    assert status["memory_bytes"] > 10_000_000
    assert status["speaks"] is True
    assert status["downloads"] == {}
    assert set(status["stages"]) == {
        "wake",
        "end_of_speech",
        "decode",
        "answer",
        "speak",
    }
    assert "recent" not in status


async def test_tells_what_happens_and_what_it_changes(server: Server) -> None:
    """Every client receives an event immediately, followed by the new status."""
    async with live(server) as socket, live(server) as other:
        before = (await message(socket))["status"]
        await message(other)
        await speak(server, "hello")
        received = await event(socket, "spoken")
        assert received["event"]["text"] == "hello"
        assert received["dropped"] == 0
        assert (await event(other, "spoken"))["event"] == received["event"]
        after = (await message(socket))["status"]
    assert after["requests"] == before["requests"] + 1
    assert after["counts"]["spoken"] == before["counts"].get("spoken", 0) + 1
    assert after["stages"]["speak"]["count"] == before["stages"]["speak"]["count"] + 1
    assert after["stages"]["speak"]["p95_ms"] > 0


async def test_needs_the_token(server: Server) -> None:
    """The live connection requires the token."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with live(server, "wrong"):
            pass
    assert caught.value.status == 401


async def test_what_clients_say_is_passed_over(server: Server) -> None:
    """Neither invalid messages nor a sudden end affect others."""
    async with live(server) as socket, live(server) as other:
        await message(socket)
        await message(other)
        await other.send_str("\x00 nonsense {")
        await other.send_bytes(b"\xff" * 1000)
        await other.close()
        await speak(server, "still here")
        assert (await event(socket, "spoken"))["event"]["text"] == "still here"


async def test_too_many_are_refused(server: Server) -> None:
    """Surplus connections are refused; a closed one makes room."""
    async with aiohttp.ClientSession() as session:
        stored = json.loads((server.data_dir / "server.json").read_text())
        headers = {"Authorization": f"Bearer {stored['token']}"}
        url = f"http://{HOST}:{server.http_port}/api/v1/live"
        sockets = [await session.ws_connect(url, headers=headers) for _ in range(16)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url, headers=headers)
        assert caught.value.status == 503
        for socket in sockets:
            await socket.close()
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                async with live(server) as socket:
                    assert (await message(socket))["type"] == "status"
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.02)
            else:
                break


async def test_server_says_goodbye(tmp_path: Path) -> None:
    """A stopping server closes its connections instead of waiting for clients."""
    with Server(tmp_path) as server:
        server.wait_until_ready()
        async with live(server) as socket:
            await message(socket)
            ending = asyncio.create_task(asyncio.to_thread(server.end))
            async with asyncio.timeout(LIMIT_SECONDS):
                last = await socket.receive()
            assert last.type is aiohttp.WSMsgType.CLOSE
            assert last.data == aiohttp.WSCloseCode.GOING_AWAY
            assert await ending == 0


async def test_slow_client_loses_the_oldest(tmp_path: Path) -> None:
    """The queue is bounded; dropped messages are counted."""
    recognizer = Recognizer(recognizer_options(model="auto", folder=tmp_path))
    services = Services(
        identity=Identity(id="1", token="secret"),  # noqa: S106 - of nobody
        name="Test",
        recognizer=recognizer,
        espeak=Espeak([]),
        wake=await asyncio.to_thread(WakeService.start, tmp_path, tmp_path / "wake"),
    )
    try:
        subscriber = Subscriber(services)
        services.journal.watch(subscriber.add_event)
        for number in range(250):
            services.journal.add("spoken", text=str(number))
        messages = await subscriber.messages()
    finally:
        services.close()
        await threads_ended()
    events = [received for received in messages if received["type"] == "event"]
    assert [received["event"]["text"] for received in events] == [
        str(number) for number in range(150, 250)
    ]
    assert {received["dropped"] for received in events} == {150}
    assert messages[-1]["type"] == "status"
    assert messages[-1]["status"]["state"] == "problem"
