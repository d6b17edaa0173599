"""The programs to compare: this server and wyoming-faster-whisper."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

from benchmarks.common.tools import TOOLS, uv_program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hearken_speech.audio.format import Samples

PEER_VERSION: Final = "3.8.0"
PEER: Final = TOOLS / "peers" / f"wyoming-faster-whisper-{PEER_VERSION}"
LIMIT_SECONDS: Final = 120.0
_LAYOUT: Final[dict[str, Any]] = {"rate": 16_000, "width": 2, "channels": 1}
_PIECE_SAMPLES: Final = 160
"""10 ms, as Home Assistant's own integration sends them."""
_JOINED_SAMPLES: Final = 512
"""32 ms, as Hearken's integration sends them."""
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True)
class Answer:
    """A program's answer to a recording."""

    text: str
    cpu_seconds: float
    wait_seconds: float
    """From audio-stop, or from the decision that speech has ended, to the text."""
    context: dict[str, Any]


@dataclass(frozen=True)
class Program:
    """A running speech-to-text program."""

    name: str
    pid: int
    port: int
    piece_samples: int = _PIECE_SAMPLES
    """The length of the chunks sent."""

    def cpu_seconds(self) -> float:
        """Return the processor time used."""
        # The clock of another process, as named in clock_getcpuclockid(3).
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory_mb(self) -> tuple[float, float]:
        """Return current and peak memory in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        values = dict(line.split(":", 1) for line in lines)
        now, most = (int(values[key].split()[0]) for key in ("VmRSS", "VmHWM"))
        return now / 1024, most / 1024

    async def ask(
        self, samples: Samples, *, pace: float = 0.0, **request: Any
    ) -> Answer:
        """Send a recording as Home Assistant does and return the answer."""
        client = AsyncTcpClient("127.0.0.1", self.port)
        await client.connect()
        before = self.cpu_seconds()
        try:
            wanted = {"language": "en", **request}
            await client.write_event(Transcribe(**wanted).event())
            await client.write_event(AudioStart(**_LAYOUT).event())
            began = time.perf_counter()
            size = self.piece_samples
            for start in range(0, samples.size, size):
                piece = samples[start : start + size].tobytes()
                await client.write_event(AudioChunk(**_LAYOUT, audio=piece).event())
                if pace:
                    due = began + (start + size) / 16_000 / pace
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
            stopped = time.perf_counter()
            await client.write_event(AudioStop().event())
            async with asyncio.timeout(LIMIT_SECONDS):
                event = await client.read_event()
        finally:
            with contextlib.suppress(OSError):
                await client.disconnect()
        if event is None or event.type != "transcript":
            msg = f"{self.name} did not answer: {event}"
            raise RuntimeError(msg)
        return Answer(
            text=event.data["text"].strip(),
            cpu_seconds=self.cpu_seconds() - before,
            wait_seconds=time.perf_counter() - stopped,
            context=(event.data.get("context") or {}).get("hearken", {}),
        )


@contextlib.asynccontextmanager
async def hearken(folder: Path, model: str, *options: str) -> AsyncIterator[Program]:
    """Run this server with one thread."""
    code = "import sys; from hearken_speech.cli import server; sys.exit(server())"
    command = [sys.executable, "-c", code, "--port", "0", "--http-port", "0"]
    command += ["--data-dir", str(folder), "--threads", "1", "--model", model]
    process = await asyncio.create_subprocess_exec(
        *command,
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **_ENVIRONMENT},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(LIMIT_SECONDS):
            line = (await process.stdout.readline()).decode()
        port = int(line.split()[1].rsplit(":", 1)[1])
        program = Program("Hearken", process.pid, port, _JOINED_SAMPLES)
        await _until_model(program, model)
        yield program
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def peer(
    folder: Path, model: Path, port: int, beam_size: int
) -> AsyncIterator[Program]:
    """Run wyoming-faster-whisper with one thread."""
    command = [str(install_peer()), "--uri", f"tcp://127.0.0.1:{port}"]
    command += ["--model", str(model), "--data-dir", str(folder), "--language", "en"]
    command += ["--stt-library", "faster-whisper", "--cpu-threads", "1"]
    command += ["--beam-size", str(beam_size), "--compute-type", "int8"]
    command += ["--local-files-only"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": ""},
    )
    try:
        await _until_open(port, process)
        yield Program("wyoming-faster-whisper", process.pid, port)
    finally:
        await _end(process)


def install_peer() -> Path:
    """Return the peer's program, installed in an environment of its own."""
    program = PEER / "bin" / "wyoming-faster-whisper"
    if not program.exists():
        tool = uv_program()
        subprocess.run(
            [tool, "venv", "-q", "-p", sys.executable, str(PEER)], check=True
        )
        # faster-whisper 1.2.1 cannot open files with PyAV 19.
        wanted = [f"wyoming-faster-whisper=={PEER_VERSION}", "av<19"]
        command = [tool, "pip", "install", "-q", "-p", str(PEER), *wanted]
        subprocess.run(command, check=True)
    return program


async def _until_model(program: Program, model: str) -> None:
    """Wait until the requested model answers."""
    from house import sound  # noqa: PLC0415 - needs the app's package

    wanted = Path(model).name if "/" in model else "hearken-commands-en"
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            answer = await program.ask(sound.silence(0.1))
            if answer.context.get("model") == wanted:
                return
            await asyncio.sleep(0.1)


async def _until_open(port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until a program accepts connections."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
    msg = "wyoming-faster-whisper exited immediately"
    raise RuntimeError(msg)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a program."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    await process.wait()
