"""A local model hub that can misbehave.

    python -m tests.simulators.model_hub FOLDER PORT

serves every folder in FOLDER as the model of that name.
"""

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, override

LARGE_BYTES: Final = 1_000
"""Files from this size on are kept as the hub keeps large ones."""


@dataclass
class Behaviour:
    """The faults of the hub."""

    damage: set[str] = field(default_factory=set)
    """Files with one wrong byte."""
    cut_after_bytes: int | None = None
    """The number of bytes after which a connection breaks once."""
    pause_after_bytes: int | None = None
    """The number of bytes after which a file pauses until released."""
    claimed_bytes: int | None = None
    """The claimed size of every large file."""
    ranges: bool = True
    """Whether range requests are supported."""
    requests: list[str] = field(default_factory=list)
    """The path and range of each request."""


class Hub(ThreadingHTTPServer):
    """Serve models to the real downloader."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Listen on the loopback interface."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder = folder
        self.behaviour = Behaviour()
        self.paused = threading.Event()
        """Set when a file has stopped."""
        self.go_on = threading.Event()
        """Set, files that have stopped go on."""

    @property
    def address(self) -> str:
        """Return the URL that replaces the hub's."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    """Handle one request."""

    server: Hub

    def do_GET(self) -> None:
        """Answer with a list of files, or a file."""
        wanted = self.headers.get("Range", "")
        self.server.behaviour.requests.append(f"{self.path} {wanted}".strip())
        parts = self.path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self._list(self.server.folder / parts[3])
        elif len(parts) == 5 and parts[2] == "resolve":
            self._send(self.server.folder / parts[1] / parts[4])
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    @override
    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _list(self, model: Path) -> None:
        """Send the list of a model's files."""
        if not model.is_dir():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        files = [self._entry(path) for path in sorted(model.iterdir())]
        body = json.dumps(
            [{"type": "directory", "path": "onnx", "oid": "0", "size": 0}, *files]
        ).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _entry(self, path: Path) -> dict[str, object]:
        """Return a file in the format of the hub's list."""
        data = path.read_bytes()
        header = b"blob %d\0" % len(data)
        git = hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
        entry: dict[str, object] = {"type": "file", "path": path.name, "oid": git}
        entry["size"] = len(data)
        if len(data) >= LARGE_BYTES:
            size = self.server.behaviour.claimed_bytes or len(data)
            entry["size"] = size
            digest = hashlib.sha256(data).hexdigest()
            entry["lfs"] = {"oid": digest, "size": size, "pointerSize": 134}
        return entry

    def _send(self, path: Path) -> None:
        """Send a file, or the requested part of it."""
        behaviour = self.server.behaviour
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        data = bytearray(path.read_bytes())
        if path.name in behaviour.damage:
            data[len(data) // 2] ^= 0xFF
        wanted = self.headers.get("Range", "")
        first = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        if wanted and behaviour.ranges:
            self.send_response(HTTPStatus.PARTIAL_CONTENT)
            data = data[first:]
        else:
            self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        cut = behaviour.cut_after_bytes
        if cut is not None and len(data) > cut:
            behaviour.cut_after_bytes = None
            data = data[:cut]
            self.close_connection = True
        pause = behaviour.pause_after_bytes
        if pause is not None and len(data) > pause:
            self.wfile.write(data[:pause])
            self.server.paused.set()
            self.server.go_on.wait(60)
            data = data[pause:]
        self.wfile.write(data)


@contextmanager
def running(folder: Path) -> Iterator[Hub]:
    """Run a hub."""
    hub = Hub(folder)
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        hub.shutdown()
        hub.server_close()
        thread.join(5)


def main() -> int:
    """Serve the folder from the command line until interrupted."""
    hub = Hub(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(f"{hub.address}\n")
    sys.stdout.flush()
    hub.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
