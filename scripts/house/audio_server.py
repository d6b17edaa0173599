"""A real audio server with a virtual room: what is played there, a microphone hears."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.audio import wav
from house.processes import Program, ProgramError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_READY_SECONDS: Final = 15.0
_COMMAND_SECONDS: Final = 20.0
_SCRIPT: Final = """\
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=speaker rate=48000
load-module module-null-sink sink_name=room rate=48000
load-module module-remap-source source_name=microphone master=room.monitor
set-default-sink speaker
set-default-source microphone
"""
_MICROPHONE: Final = (
    "module-remap-source",
    "source_name=microphone",
    "master=room.monitor",
)


@dataclass
class AudioServer:
    """A running PulseAudio with a microphone in a room, and a speaker."""

    environment: dict[str, str]
    _folder: Path
    _count: int = 0

    async def play(self, samples: Samples, sink: str = "room") -> None:
        """Play a sound into the room to its end."""
        self._count += 1
        path = self._folder / f"played{self._count}.wav"
        path.write_bytes(wav.encode(samples))
        await self._run("paplay", f"--device={sink}", "--latency-msec=100", str(path))
        path.unlink()

    @contextlib.asynccontextmanager
    async def recording(
        self, path: Path, source: str = "speaker.monitor"
    ) -> AsyncIterator[None]:
        """Record what a speaker plays to a WAV file, while in the context."""
        program = await Program.start(
            "parec",
            [
                *("parec", f"--device={source}", "--file-format=wav", "--rate=16000"),
                *("--channels=1", "--format=s16le", "--latency-msec=50", str(path)),
            ],
            self._folder / "parec.log",
            self.environment,
        )
        try:
            yield
        finally:
            await program.end()

    async def unplug_microphone(self) -> None:
        """Take the microphone away."""
        await self._run("pactl", "unload-module", "module-remap-source")

    async def plug_microphone(self) -> None:
        """Put the microphone back."""
        await self._run("pactl", "load-module", *_MICROPHONE)

    async def _run(self, *command: str) -> None:
        """Run a command of the audio server."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=os.environ | self.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(_COMMAND_SECONDS):
            _, said = await process.communicate()
        if process.returncode:
            raise ProgramError(f"{command[0]} failed: {said.decode().strip()}")


@contextlib.asynccontextmanager
async def audio_server(folder: Path) -> AsyncIterator[AudioServer]:
    """Run PulseAudio with its files in this folder."""
    if shutil.which("pulseaudio") is None:
        raise ProgramError("PulseAudio is missing: apt install pulseaudio")
    folder.mkdir(parents=True, exist_ok=True)
    socket = folder / "native"
    script = folder / "default.pa"
    script.write_text(_SCRIPT.format(socket=socket))
    environment = {
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_SERVER": f"unix:{socket}",
    }
    program = await Program.start(
        "PulseAudio",
        [
            *("pulseaudio", "-n", "-F", str(script), "--daemonize=no"),
            *("--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no"),
            *("--high-priority=no", "--log-target=stderr"),
        ],
        folder / "pulseaudio.log",
        environment,
    )
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while not socket.exists():
                if not program.running:
                    raise program.error("ended while it started")
                await asyncio.sleep(0.05)
        yield AudioServer(environment, folder)
    finally:
        await program.end()
