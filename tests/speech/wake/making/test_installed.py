"""Test that voices are downloaded whole or not at all."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hearken_speech.wake.making import installed
from hearken_speech.wake.making.installed import (
    VoicesDownloadError,
    download_kokoro,
    find_kokoro,
)

FILES = ("kokoro-v1.0.int8.onnx", "voices-v1.0.bin")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[str]:
    """Serve two files."""
    for name in FILES:
        (tmp_path / "web").mkdir(exist_ok=True)
        (tmp_path / "web" / name).write_bytes(name.encode() * 1000)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_voices_are_downloaded_once(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files with the right sums are found from then on."""
    monkeypatch.delenv("HEARKEN_VOICES", raising=False)
    sums = {n: hashlib.sha256(n.encode() * 1000).hexdigest() for n in FILES}
    monkeypatch.setattr(installed, "_SUMS", sums)
    assert find_kokoro(tmp_path / "data") is None
    folder = download_kokoro(tmp_path / "data", source)
    assert find_kokoro(tmp_path / "data") == folder


def test_damaged_voices_are_not_kept(tmp_path: Path, source: str) -> None:
    """The error says so, and nothing is left behind."""
    with pytest.raises(VoicesDownloadError, match="checksum"):
        download_kokoro(tmp_path / "data", source)
    assert not list((tmp_path / "data" / "voices" / "kokoro").iterdir())


def test_source_that_is_away_is_told(tmp_path: Path) -> None:
    """The error names the address."""
    with pytest.raises(VoicesDownloadError, match="cannot be downloaded"):
        download_kokoro(tmp_path, "http://127.0.0.1:9")
