"""Test the live connection with faulty control APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, web

from custom_components.hearken.client.allowance import Reached
from custom_components.hearken.client.control import ControlClient
from custom_components.hearken.errors import (
    BadEventError,
    ControlUnreachableError,
    HearkenError,
    InvalidTokenError,
    ProtocolVersionError,
    RequestRefusedError,
)
from tests.simulators.control_server import TOKEN, ControlServer
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

CONTROL = "custom_components.hearken.client.control"
type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def control(socket_enabled: None) -> AsyncGenerator[ControlServer]:
    """Run a simulated control API."""
    async with ControlServer() as running:
        yield running


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    """Return an HTTP session."""
    async with ClientSession() as opened:
        yield opened


async def serve(answer: Answer, server: Callable[..., Any]) -> int:
    """Answer every request with this response; return the port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    running = await server(app)
    return int(running.port)


def refusing(status: int) -> Answer:
    """Return a handler that refuses every request."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text="  no  ")

    return answer


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, InvalidTokenError),
        (404, ProtocolVersionError),
        (503, ControlUnreachableError),
    ],
)
async def test_live_connection_is_refused(
    session: ClientSession,
    aiohttp_server: Callable[..., Any],
    status: int,
    error: type[HearkenError],
) -> None:
    """Each refusal raises its own error."""
    port = await serve(refusing(status), aiohttp_server)
    with pytest.raises(error):
        async with ControlClient(session, HOST, port, TOKEN).live():
            pass


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, InvalidTokenError),
        (404, ProtocolVersionError),
        (500, ProtocolVersionError),
    ],
)
async def test_status_is_refused(
    session: ClientSession,
    aiohttp_server: Callable[..., Any],
    status: int,
    error: type[HearkenError],
) -> None:
    """A server without a status has another version."""
    port = await serve(refusing(status), aiohttp_server)
    with pytest.raises(error):
        await ControlClient(session, HOST, port, TOKEN).status()


async def test_requests_are_refused(
    session: ClientSession, aiohttp_server: Callable[..., Any]
) -> None:
    """The reason is the one given by the server."""
    port = await serve(refusing(409), aiohttp_server)
    with pytest.raises(RequestRefusedError, match=r"^no "):
        await ControlClient(session, HOST, port, TOKEN).models()


async def test_answer_without_an_end(
    session: ClientSession,
    aiohttp_server: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer that is too long is given up before it has been read."""
    monkeypatch.setattr(f"{CONTROL}.MAX_DATA_BYTES", 1000)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text='"' + "x" * 2000 + '"')

    port = await serve(answer, aiohttp_server)
    with pytest.raises(BadEventError, match="too long"):
        await ControlClient(session, HOST, port, TOKEN).models()


@pytest.mark.parametrize("text", ["{", "[" * 100_000, ""])
async def test_answer_that_is_no_json(
    session: ClientSession, aiohttp_server: Callable[..., Any], text: str
) -> None:
    """An invalid answer raises an error of its own."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=text)

    port = await serve(answer, aiohttp_server)
    with pytest.raises(BadEventError):
        await ControlClient(session, HOST, port, TOKEN).models()


async def test_nobody_is_there(session: ClientSession, control: ControlServer) -> None:
    """A closed port raises an error of its own."""
    client = ControlClient(session, HOST, control.port, TOKEN)
    await control.stop()
    with pytest.raises(ControlUnreachableError):
        await client.status()
    with pytest.raises(ControlUnreachableError):
        async with client.live():
            pass


async def test_signs_of_life(session: ClientSession, control: ControlServer) -> None:
    """A ping is answered and otherwise ignored; the next status arrives."""
    client = ControlClient(session, HOST, control.port, TOKEN)
    async with client.live() as live:
        await live.read()
        await control.wait_until_connected()
        await control.ping(b"still there?")
        await control.change(requests=13)
        status = await live.read()
        assert not isinstance(status, dict)
        assert status.requests == 13


async def test_signs_of_life_without_end(
    session: ClientSession, control: ControlServer
) -> None:
    """They are slowed down as everything else that a server sends."""
    reached = Reached()
    client = ControlClient(session, HOST, control.port, TOKEN, reached)
    async with client.live() as live:
        await live.read()
        await control.wait_until_connected()
        for _ in range(250):
            await control.pong()
        await control.change(requests=13)
        await live.read()
    assert reached.slowed_down == 1


async def test_redirection_is_not_followed(
    session: ClientSession, aiohttp_server: Callable[..., Any]
) -> None:
    """A server cannot make Home Assistant ask somebody else."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPTemporaryRedirect(location="/elsewhere")

    client = ControlClient(session, HOST, await serve(answer, aiohttp_server), TOKEN)
    with pytest.raises(HearkenError):
        await client.status()
    assert "/elsewhere" not in asked


async def test_message_of_bytes(session: ClientSession, control: ControlServer) -> None:
    """Binary messages are not accepted."""
    client = ControlClient(session, HOST, control.port, TOKEN)
    async with client.live() as live:
        await live.read()
        await control.wait_until_connected()
        await control.send(b"sound?")
        with pytest.raises(BadEventError):
            await live.read()


async def test_message_that_is_too_long(
    session: ClientSession, control: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless message closes the connection instead of filling the memory."""
    monkeypatch.setattr(f"{CONTROL}.MAX_DATA_BYTES", 5000)
    client = ControlClient(session, HOST, control.port, TOKEN)
    async with client.live() as live:
        await live.read()
        await control.wait_until_connected()
        await control.send("x" * 6000)
        with pytest.raises(ControlUnreachableError):
            await live.read()
