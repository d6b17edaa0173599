"""Run the real programs in tests."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from house.processes import BIN

HOST: Final = "127.0.0.1"
# Generous: the machine may be busy. Nothing waits this long without load.
LIMIT_SECONDS: Final = 60.0


class Program:
    """One running program; its log goes to a file."""

    def __init__(
        self,
        name: str,
        *arguments: object,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start a command of the package, or any other by its full path."""
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [str(BIN / name), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                env={**os.environ, **(environment or {})},
            )

    def __enter__(self) -> Self:
        """Return the program."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the program."""
        if self.running:
            self._process.kill()
        self._process.wait(LIMIT_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        """Return the process ID."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Return whether the program is running."""
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """Return the log so far."""
        return self._log.read_text(errors="replace")

    def line(self) -> str:
        """Return the next line of standard output, empty at its end."""
        stdout = self._process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], LIMIT_SECONDS)
        assert ready, f"no line within {LIMIT_SECONDS:.0f} s; log:\n{self.log}"
        return stdout.readline().decode().strip()

    def wait_for_log(self, text: str) -> None:
        """Wait until the log contains a text; fail if the program exits first."""
        end = time.monotonic() + LIMIT_SECONDS
        while text not in self.log:
            assert self.running, f"ended without {text!r}; log:\n{self.log}"
            assert time.monotonic() < end, f"no {text!r}; log:\n{self.log}"
            time.sleep(0.02)

    def wait(self) -> int:
        """Wait until the program exits by itself; return its exit status."""
        return self._process.wait(LIMIT_SECONDS)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Terminate the program and return its exit status."""
        self._process.send_signal(number)
        return self.wait()


class Server(Program):
    """A running speech server."""

    def __init__(
        self,
        folder: Path,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the server with its files in this folder."""
        self.data_dir = folder / "data"
        super().__init__(
            "hearken-server",
            *("--host", HOST, "--port", 0, "--http-port", 0),
            *("--data-dir", self.data_dir),
            *arguments,
            log=folder / "server.log",
            environment=environment,
        )
        self.port = self.http_port = 0

    def wait_until_ready(self) -> Self:
        """Return the server when it accepts connections."""
        ready = self.line().split()
        assert ready[:1] == ["ready"], self.log
        self.port, self.http_port = (int(url.rsplit(":", 1)[1]) for url in ready[1:])
        return self
