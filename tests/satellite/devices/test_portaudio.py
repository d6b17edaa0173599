"""Test the library of sound devices."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hearken_speech.satellite.devices import portaudio

THREADS = 4


def test_the_library_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of it would not know of each other's streams."""
    together = threading.Barrier(THREADS)

    class Slow:
        """Takes long enough for everyone who does not wait to come here."""

        def __init__(self) -> None:
            with contextlib.suppress(threading.BrokenBarrierError):
                together.wait(1)

    portaudio._portaudio.cache_clear()  # noqa: SLF001 - once for the whole process
    monkeypatch.setattr(portaudio, "PortAudio", Slow)
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            asked = [threads.submit(portaudio.portaudio) for _ in range(THREADS)]
            loaded = {id(each.result()) for each in asked}
    finally:
        portaudio._portaudio.cache_clear()  # noqa: SLF001 - once for the whole process
    assert len(loaded) == 1
