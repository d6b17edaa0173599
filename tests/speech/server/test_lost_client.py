"""Test that clients whose connection breaks at a bad moment leave nothing behind."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, override

import numpy as np
import pytest
import pytest_asyncio
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Eventable
from wyoming.wake import Detect

from hearken_speech.acceptor import open_streams
from hearken_speech.connections import Connections
from hearken_speech.models import EMBEDDED_MODEL
from hearken_speech.protocol import TranscribeOptions
from hearken_speech.server.identity import Identity
from hearken_speech.server.services import Services
from hearken_speech.server.session import Session
from hearken_speech.server.wake import WakeService
from hearken_speech.tts.espeak import Espeak
from hearken_speech.wire import MAX_LINE_BYTES
from house.sound import silence
from tests.speech.client import audio
from tests.speech.program import LIMIT_SECONDS
from tests.speech.server.recognizing import recognizer_options, started
from tests.speech.sounds import spoken

# Much at once is read without a pause, in which tasks would have their turn.
_MUCH: Final = AudioChunk(16_000, 2, 1, bytes(24 * 1024))
_START: Final = AudioStart(16_000, 2, 1)


@pytest_asyncio.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Return the services of a server with the embedded model."""
    async with started(
        recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path)
    ) as recognizer:
        wake = await asyncio.to_thread(WakeService.start, tmp_path, tmp_path / "wake")
        yield Services(
            identity=Identity(id="1", token="secret"),  # noqa: S106 - of nobody
            name="Test",
            recognizer=recognizer,
            espeak=Espeak([]),
            wake=wake,
        )
        wake.close()


class _BrokenReader(asyncio.StreamReader):
    """Delivers what was sent, then the connection is lost without a pause."""

    @override
    async def read(self, n: int = -1) -> bytes:
        """Return what there is; raise ConnectionResetError afterwards."""
        if not self._buffer:  # type: ignore[attr-defined]
            raise ConnectionResetError
        return await super().read(n)


async def _visit(
    services: Services, reader: asyncio.StreamReader, *events: Eventable
) -> None:
    """Send events at once, and read no answer."""
    connections = Connections()
    ours, theirs = socket.socketpair()
    _, writer = await open_streams(ours, limit=MAX_LINE_BYTES)
    theirs.close()
    for event in events:
        plain = event.event()
        reader.feed_data(_as_bytes(plain.type, plain.data, plain.payload or b""))
    connection = connections.admit("somebody", writer.close)
    async with asyncio.timeout(LIMIT_SECONDS):
        await Session((reader, writer), services, connection, None).run()
    writer.close()


def _as_bytes(kind: str, data: dict[str, object], payload: bytes) -> bytes:
    """Return an event as it is sent."""
    header = {"type": kind, "data": data, "payload_length": len(payload)}
    return json.dumps(header).encode() + b"\n" + payload


@pytest.mark.parametrize(
    "events", [(_MUCH, Detect()), (Detect(), _START, _MUCH, _START)]
)
async def test_stream_of_a_lost_client_is_closed(
    services: Services, events: tuple[Eventable, ...]
) -> None:
    """The engine does not keep a stream whose task never had its turn."""
    await _visit(services, _BrokenReader(), *events)
    assert services.wake.engine is not None
    assert services.wake.engine.streams() == []


async def test_client_that_left_before_its_transcript_is_no_error(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant leaves when nobody has spoken for a while."""
    context = TranscribeOptions(endpointing=True).context()
    request = Transcribe(language="en", context=context)
    pause = silence(2)
    recording = audio(np.concatenate((spoken("turn on the kitchen light"), pause)))
    # The end of the audio is not sent: it is the server that notices it.
    await _visit(services, asyncio.StreamReader(), request, *recording[:-1])
    ours = [one for one in caplog.records if one.name.startswith("hearken_speech")]
    assert not [one for one in ours if one.levelno >= logging.WARNING]
