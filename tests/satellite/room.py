"""A satellite that detects its wake word itself, and the people around it."""

import _socket
import asyncio
import contextlib
import itertools
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.audio.format import Samples
from house import sound
from tests.satellite.program import ready_port, start
from tests.speech.program import Program


@dataclass
class Room:
    """A satellite, what is said to it, and what it shows and plays."""

    program: Program
    folder: Path
    hook: Path
    port: int
    _names: Iterator[int] = field(default_factory=itertools.count)

    @property
    def key(self) -> str:
        """Return the key that Home Assistant knows."""
        stored = json.loads((self.folder / "data" / "satellite.json").read_text())
        return str(stored["key"])

    def say(self, text: str) -> None:
        """Say something into the microphone."""
        spoken = (sound.silence(1.5), sound.speak(text), sound.silence(1.0))
        path = self.folder / "microphone" / f"{next(self._names)}.wav"
        sound.save(path, np.concatenate(spoken))

    async def press(self) -> None:
        """Press the button."""
        async with self._hooked() as (events, writer):
            writer.write(b"action\n")
            writer.write_eof()
            await events.read()

    async def shows(self, light: str) -> None:
        """Wait until the light shows this."""
        async with self._hooked() as (events, _):
            while json.loads(await events.readline()).get("state") != light:
                pass

    async def plays(self) -> Samples:
        """Wait for the next sound, and return it."""
        answer = self.folder / "answer.wav"
        while not answer.exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)
        played = wav.read(answer)
        answer.unlink()
        return played

    @contextlib.asynccontextmanager
    async def _hooked(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        # Its hooks may begin after it was ready to be paired.
        while not self.hook.exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)
        # The guard against connections to other machines refuses local sockets, too.
        connection = socket.socket(socket.AF_UNIX)
        _socket.socket.connect(connection, str(self.hook))
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        try:
            yield reader, writer
        finally:
            writer.close()


@contextmanager
def furnished(folder: Path, *arguments: object) -> Iterator[Room]:
    """Start a satellite that was never paired, with its files in this folder."""
    (folder / "microphone").mkdir()
    # The path of a socket must be short.
    with (
        tempfile.TemporaryDirectory() as short,
        start(
            folder,
            *("--wake", "device", "--hook-socket", Path(short) / "events"),
            *("--microphone", f"folder:{folder / 'microphone'}"),
            *("--speaker", f"file:{folder / 'answer.wav'}"),
            *arguments,
        ) as program,
    ):
        port = ready_port(program)
        program.wait_for_log("pair with the code")
        yield Room(program, folder, Path(short) / "events", port)
        assert "Traceback" not in program.log
