"""Start, run and stop the speech server."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from hearken_speech import announce, json_file, memory, wire
from hearken_speech.acceptor import Acceptor, listen_on, open_streams
from hearken_speech.server import control_api, identity
from hearken_speech.server.control_port import ControlPort
from hearken_speech.server.recognizer import Recognizer
from hearken_speech.server.services import Services
from hearken_speech.server.session import Session
from hearken_speech.server.wake import WakeService
from hearken_speech.tts.espeak import Espeak
from hearken_speech.wake.made import MadeWords

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from hearken_speech.connections import Connection
    from hearken_speech.server.recognizer import RecognizerOptions

_LOGGER = logging.getLogger(__name__)

_TRIM_SECONDS: Final = 10.0
_SWITCH_SECONDS: Final = 0.001
"""The event loop gets its turn this soon while other threads compute in Python."""


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
    check_words: bool = True
    """Let the speech model check wake words that were made from text."""
    announce: bool = True
    """Announce the server on the network (mDNS)."""


async def show_token(data_dir: Path) -> None:
    """Print the token of the control API; create it if there is none."""
    print(identity.load(data_dir).token)  # noqa: T201 - a command


async def serve(options: ServerOptions) -> None:
    """Run the server until SIGTERM or SIGINT.

    Prints one line on standard output when it accepts connections::

        ready tcp://HOST:PORT http://HOST:PORT
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    made = MadeWords(options.data_dir).folders()
    for folder in (options.data_dir, options.data_dir / "models", *made):
        json_file.remove_leftovers(folder)
    recognizer = Recognizer(options.recognizer)
    services = Services(
        identity=identity.load(options.data_dir),
        name=options.name,
        recognizer=recognizer,
        espeak=await Espeak.find(),
        wake=await asyncio.to_thread(
            WakeService.start,
            options.data_dir,
            options.wake_dir,
            download=options.recognizer.models.download,
            checked_by=recognizer if options.check_words else None,
        ),
    )
    try:
        await recognizer.start()
        memory.settle()
        async with asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(recognizer.models.run()),
                tasks.create_task(services.wake.watch_folder()),
                tasks.create_task(_give_back_memory(services)),
            ]
            await _listen(options, services, stop)
            for task in background:
                task.cancel()
    finally:
        services.close()


async def _give_back_memory(services: Services) -> None:
    """Return what was used for a while to the system; the C library would keep it."""
    before, is_due = _used(services), False
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        now = _used(services)
        # Once more after the last ones: they may have ended since.
        if now != before or is_due:
            is_due, before = now != before, now
            memory.collect()
            await asyncio.to_thread(memory.give_back)


def _used(services: Services) -> tuple[int, ...]:
    """Return what changes with everything that takes much memory for a while."""
    return (
        services.connections.admitted,
        services.control_connections.admitted,
        # To load a model takes several times its size.
        id(services.recognizer.models.loaded_engine),
    )


async def _listen(
    options: ServerOptions, services: Services, stop: asyncio.Event
) -> None:
    """Accept connections until the stop event is set."""
    control = ControlPort(
        services.control_connections, partial(control_api.make_app, services)
    )
    http = listen_on(options.host, options.http_port)
    http_port = http.getsockname()[1]

    async def serve(sock: socket.socket, connection: Connection) -> None:
        """Serve a Wyoming connection."""
        streams = await open_streams(sock, limit=wire.MAX_LINE_BYTES)
        try:
            await Session(streams, services, connection, http_port).run()
        finally:
            await wire.close(streams[1])

    wyoming = listen_on(options.host, options.port)
    port = wyoming.getsockname()[1]
    await control.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            accepting = [
                tasks.create_task(
                    Acceptor(services.control_connections, control.serve).run(http)
                ),
                tasks.create_task(Acceptor(services.connections, serve).run(wyoming)),
            ]
            host = f"[{options.host}]" if ":" in options.host else options.host
            print(  # noqa: T201 - announced in the docstring
                f"ready tcp://{host}:{port} http://{host}:{http_port}", flush=True
            )
            where = announce.addresses(options.host) if options.announce else []
            async with announce.announced(services.welcome(http_port), where, port):
                await stop.wait()
            _LOGGER.info("stopping")
            # Clients of the live connection are told before it is closed.
            await control.close()
            for task in accepting:
                task.cancel()
    finally:
        await control.close()
