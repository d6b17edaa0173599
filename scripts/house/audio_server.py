"""A real audio server with a virtual room: what is played there, a microphone hears."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.audio.noise import white_noise
from house.processes import ProgramError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

ROOM: Final = "room"
SPEAKER: Final = "speaker"
MICROPHONE: Final = "microphone"
_READY_SECONDS: Final = 15.0
_COMMAND_SECONDS: Final = 60.0
_HUM_SECONDS: Final = 60
_HUM_LEVEL: Final = 20
_SCRIPT: Final = f"""\
load-module module-native-protocol-unix auth-anonymous=1 socket=SOCKET
load-module module-null-sink sink_name={SPEAKER} rate=48000
load-module module-null-sink sink_name={ROOM} rate=48000
load-module module-remap-source source_name={MICROPHONE} master={ROOM}.monitor
set-default-sink {SPEAKER}
set-default-source {MICROPHONE}
"""


class AudioServer:
    """A running PulseAudio with a microphone in a room, and a speaker outside of it."""

    def __init__(self, folder: Path) -> None:
        """Start it with its files in this folder."""
        if shutil.which("pulseaudio") is None:
            raise ProgramError("PulseAudio is missing: apt install pulseaudio")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._count = 0
        socket = folder / "native"
        (folder / "default.pa").write_text(_SCRIPT.replace("SOCKET", str(socket)))
        self.environment = {
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_SERVER": f"unix:{socket}",
        }
        """What programs need to find it."""
        self._programs = [
            self._start(
                *("pulseaudio", "-n", "-F", str(folder / "default.pa")),
                *("--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"),
                *("--realtime=no", "--high-priority=yes", "--log-target=stderr"),
            )
        ]
        end = time.monotonic() + _READY_SECONDS
        while not socket.exists():
            if self._programs[0].poll() is not None or time.monotonic() > end:
                self.stop()
                raise ProgramError(f"PulseAudio did not start: see {folder}")
            time.sleep(0.05)
        self.hum()

    def stop(self) -> None:
        """Stop it with everything that plays."""
        for program in reversed(self._programs):
            program.terminate()
            try:
                program.wait(timeout=5)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

    async def play(self, samples: Samples, sink: str = ROOM) -> None:
        """Play a sound into the room to its end."""
        self._count += 1
        path = self._folder / f"played{self._count}.wav"
        await asyncio.to_thread(path.write_bytes, wav.encode(samples))
        await self._ended(self._paplay(sink, path))

    @contextlib.asynccontextmanager
    async def recording(self, path: Path) -> AsyncIterator[None]:
        """Record what the speaker plays to a WAV file, while in the context."""
        program = self._start(
            *("parec", f"--device={SPEAKER}.monitor", "--file-format=wav"),
            *("--rate=16000", "--channels=1", "--format=s16le", "--latency-msec=50"),
            str(path),
        )
        try:
            yield
        finally:
            program.terminate()
            await asyncio.to_thread(program.wait, 10)

    async def unplug_microphone(self) -> None:
        """Take the microphone away."""
        await self._run("pactl", "unload-module", "module-remap-source")

    async def plug_microphone(self) -> None:
        """Put the microphone back."""
        source = (f"source_name={MICROPHONE}", f"master={ROOM}.monitor")
        await self._run("pactl", "load-module", "module-remap-source", *source)

    def hum(self, sink: str = ROOM) -> None:
        """Play faint noise: no room is silent, and a device that sleeps wakes late."""
        path = self._folder / "hum.wav"
        noise = _HUM_LEVEL * white_noise(16_000 * _HUM_SECONDS)
        path.write_bytes(wav.encode(noise.astype(np.int16)))
        again = 'while paplay "$@"; do :; done'
        hum = (f"--device={sink}", "--latency-msec=100", str(path))
        self._programs.append(self._start("sh", "-c", again, "hum", *hum))

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a program that uses the audio server."""
        with (self._folder / f"{command[0]}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=os.environ | self.environment, stdout=log, stderr=log
            )

    def _paplay(self, sink: str, path: Path) -> subprocess.Popen[bytes]:
        """Play a file; a longer latency would reach the microphone in bursts."""
        return self._start(
            "paplay", f"--device={sink}", "--latency-msec=100", str(path)
        )

    async def _run(self, *command: str) -> None:
        """Run a program to its end."""
        await self._ended(self._start(*command))

    async def _ended(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a program, which ends when nobody waits for it."""
        try:
            status = await asyncio.to_thread(process.wait, _COMMAND_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
        if status:
            raise ProgramError(f"a program failed: see the logs in {self._folder}")


@contextlib.contextmanager
def audio_server(folder: Path) -> Iterator[AudioServer]:
    """Run an audio server with its files in this folder."""
    server = AudioServer(folder)
    try:
        yield server
    finally:
        server.stop()
