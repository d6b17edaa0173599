"""Start programs, wait until they are ready, and stop them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_END_SECONDS = 20.0
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


class ProgramError(Exception):
    """Raised when a program does not start, or ends unexpectedly."""


class Program:
    """A running program whose output goes to a log file."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log: Path
    ) -> None:
        """Wrap a started process."""
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a command. Its standard output is read by ``line``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                # A separate process group: Ctrl-C reaches only us, for a clean stop.
                start_new_session=True,
                env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
                | dict(environment or {}),
            )
        return cls(name, process, log)

    @property
    def running(self) -> bool:
        """Return whether the program is running."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the process ID."""
        return self._process.pid

    async def line(self, timeout_seconds: float) -> str:
        """Return the next line of standard output."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        try:
            async with asyncio.timeout(timeout_seconds):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise self.error(f"is not ready after {timeout_seconds:.0f} s") from None
        if not line:
            raise self.error("ended while it started")
        return line.decode().strip()

    def error(self, what: str) -> ProgramError:
        """Return an error with the end of the log."""
        with contextlib.suppress(OSError):
            tail = self.log.read_text(errors="replace").splitlines()[-8:]
            return ProgramError(
                "\n".join([f"{self.name} {what}. Its log, {self.log}, ends:", *tail])
            )
        return ProgramError(f"{self.name} {what}")

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Terminate the program, kill it if needed, and return its exit status."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
        try:
            async with asyncio.timeout(_END_SECONDS):
                # Its output must be read, or it blocks forever on writing.
                await self._process.communicate()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        assert self._process.returncode is not None  # noqa: S101 - it has ended
        return self._process.returncode
