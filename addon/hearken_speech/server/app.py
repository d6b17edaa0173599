"""Start the speech server, run it, and end it."""

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
from hearken_speech.models.choice import DEFAULT_BUDGET_SECONDS
from hearken_speech.server import control_api, identity
from hearken_speech.server.recognizer import Recognizer, RecognizerOptions
from hearken_speech.server.services import Services
from hearken_speech.server.session import Session
from hearken_speech.server.wake import WakeService
from hearken_speech.tts.espeak import Espeak

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_MAX_CONNECTIONS: Final = 256


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """How to run the server."""

    host: str
    port: int
    http_port: int
    data_dir: Path
    model: str
    threads: int
    name: str
    wake_dir: Path
    """Where the owner puts wake words."""
    language: str | None = None
    """For which the model ``auto`` is chosen."""
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    memory_limit_mb: int | None = None
    """What it may take, as RecognizerOptions says."""
    beam_size: int = 5
    speculate: bool = True
    """Begin to decode in pauses."""
    unload_after_seconds: float | None = None
    announce: bool = True
    """Make the server known in the network."""


class ListenError(HearkenError):
    """The address cannot be listened on."""


async def show_token(data_dir: Path) -> None:
    """Print the token that opens the control API; make it first if need be."""
    print(identity.load(data_dir).token)  # noqa: T201 - what was asked for


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
        recognizer=Recognizer(
            RecognizerOptions(
                model=options.model,
                folder=options.data_dir / "models",
                threads=options.threads,
                language=options.language,
                budget_seconds=options.budget_seconds,
                memory_limit_mb=options.memory_limit_mb,
                beam_size=options.beam_size,
                speculate=options.speculate,
                idle_seconds=options.unload_after_seconds,
            )
        ),
        espeak=await Espeak.find(),
        wake=await asyncio.to_thread(
            WakeService.start, options.data_dir, options.wake_dir
        ),
    )
    try:
        await services.recognizer.start()
        async with asyncio.TaskGroup() as tasks:
            loading = tasks.create_task(services.recognizer.models.keep())
            watching = tasks.create_task(services.wake.watch_folder())
            await _listen(options, services, stop)
            loading.cancel()
            watching.cancel()
    finally:
        services.close()


async def _listen(
    options: ServerOptions, services: Services, stop: asyncio.Event
) -> None:
    """Accept connections until told to stop."""
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
                    _LOGGER.warning("connection refused: there are too many")
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
        print(f"ready tcp://{host}:{port} http://{host}:{http_port}", flush=True)  # noqa: T201 - the promised line
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
    """Return a listening socket; raise ListenError with the reason if there is none."""
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
