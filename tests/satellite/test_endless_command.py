"""Test that sound stops leaving a satellite whose command has no end."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
from wyoming.info import Info
from wyoming.satellite import RunSatellite

from hearken_speech.audio.format import Samples
from hearken_speech.protocol import PeerKind, Welcome
from hearken_speech.satellite.detector import WakeDetector
from hearken_speech.satellite.device import Device
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.devices.speaker import NoSpeaker
from hearken_speech.satellite.link import Link
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.wake.settings import WordSettings
from tests.speech.client import Client
from tests.speech.wake.sounds import noise, spoken

LONGEST_SECONDS = 30


class HastyMicrophone:
    """Records a wake word, and then half a minute in a moment."""

    trouble: str | None = None

    def __init__(self) -> None:
        """Wait for the rest until it is asked for."""
        self.go_on = asyncio.Event()

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield the word, and later more than half a minute of noise."""
        word = np.concatenate([noise(1.5, 2), spoken("alexa"), noise(0.8, 2)])
        position = 0
        for frame in self._cut(word, 0):
            yield frame
            position = frame.end_samples
            # The engine has to keep up with what it must hear.
            await asyncio.sleep(0.01)
        await self.go_on.wait()
        for frame in self._cut(noise(32, 3), position):
            yield frame
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    @staticmethod
    def _cut(samples: Samples, position: int) -> list[Frame]:
        """Return whole frames."""
        return [
            Frame(samples[at : at + FRAME_SAMPLES], position + at, 0.0)
            for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
        ]


async def test_sound_stops_after_the_longest_command(tmp_path: Path) -> None:
    """Home Assistant says nothing after the word: half a minute leaves, no more."""
    microphone = HastyMicrophone()
    detector = WakeDetector.make(tmp_path, ["alexa"], WordSettings())
    device = Device.make(
        welcome=Welcome(kind=PeerKind.SATELLITE, id="1", name="Test", version="1"),
        info=Info(),
        microphone=microphone,
        speaker=SharedSpeaker(NoSpeaker()),
        detector=detector,
    )

    async def claim() -> None:
        """Give the microphone to any connection."""

    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    client = Client(*await asyncio.open_connection(sock=far))
    serving = asyncio.create_task(Link(reader, writer, device, claim).run())
    sent = 0
    try:
        async with asyncio.timeout(30):
            await client.send(RunSatellite())
            await client.until("audio-start")
            microphone.go_on.set()
            while (event := await client.receive()) and event.type != "audio-stop":
                sent += len(event.payload or b"")
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        writer.transport.abort()
        client.writer.transport.abort()
        detector.engine.close()

    assert LONGEST_SECONDS <= sent / 32_000 < LONGEST_SECONDS + 1
