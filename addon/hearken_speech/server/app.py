"""Start, run and stop the speech server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hearken_speech import announce, wire
from hearken_speech.errors import HearkenError
from hearken_speech.server import control_api, identity
from hearken_speech.server.recognizer import Recognizer
from hearken_speech.server.services import Services
from hearken_speech.server.session import Session
from hearken_speech.server.wake import WakeService
from hearken_speech.tts.espeak import Espeak

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.server.recognizer import RecognizerOptions

_LOGGER = logging.getLogger(__name__)

_MAX_CONNECTIONS: Final = 256


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """How to run the server."""

    host: str
    port: int
    http_port: int
    data_dir: Path
    name: str
    wake_dir: Path
    """Folder for wake words of the user's own."""
    recognizer: RecognizerOptions
    announce: bool = True
    """Announce the server on the network (mDNS)."""


class ListenError(HearkenError):
    """The server cannot listen on an address."""


async def show_token(data_dir: Path) -> None:
    """Print the token of the control API; create it if there is none."""
    print(identity.load(data_dir).token)  # noqa: T201 - a command


async def serve(options: ServerOptions) -> None:
    """Run the server until SIGTERM or SIGINT.

    Prints one line on standard output when it accepts connections::

        ready tcp://HOST:PORT http://HOST:PORT
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    services = Services(
        identity=identity.load(options.data_dir),
        name=options.name,
        recognizer=Recognizer(options.recognizer),
        espeak=await Espeak.find(),
        wake=await asyncio.to_thread(
            WakeService.start,
            options.data_dir,
            options.wake_dir,
            download=options.recognizer.models.download,
        ),
    )
    try:
        await services.recognizer.start()
        async with asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(services.recognizer.models.run()),
                tasks.create_task(services.wake.watch_folder()),
            ]
            await _listen(options, services, stop)
            for task in background:
                task.cancel()
    finally:
        services.close()


async def _listen(
    options: ServerOptions, services: Services, stop: asyncio.Event
) -> None:
    """Accept connections until the stop event is set."""
    runner = web.AppRunner(control_api.make_app(services), access_log=None)
    await runner.setup()
    sessions: set[asyncio.Task[None]] = set()
    try:
        http = _bind(options.host, options.http_port)
        await web.SockSite(runner, http).start()
        http_port = http.getsockname()[1]

        async def connected(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine runs in a task
            sessions.add(task)
            try:
                if len(sessions) > _MAX_CONNECTIONS:
                    _LOGGER.warning("connection refused: too many connections")
                    return
                await Session(reader, writer, services, http_port).run()
            finally:
                await wire.close(writer)
                sessions.discard(task)

        server = await asyncio.start_server(
            connected, sock=_bind(options.host, options.port), limit=wire.MAX_LINE_BYTES
        )
        port = server.sockets[0].getsockname()[1]
        host = f"[{options.host}]" if ":" in options.host else options.host
        print(f"ready tcp://{host}:{port} http://{host}:{http_port}", flush=True)  # noqa: T201 - announced in the docstring
        where = announce.addresses(options.host) if options.announce else []
        async with announce.announced(services.welcome(http_port), where, port):
            await stop.wait()
        _LOGGER.info("stopping")
        server.close()
    finally:
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await runner.cleanup()


def _bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise ListenError if that fails."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as err:
        msg = f"cannot listen on {host} port {port}: {err.strerror or err}"
        raise ListenError(msg) from err
    bound.setblocking(False)  # noqa: FBT003 - the method's only form
    return bound
