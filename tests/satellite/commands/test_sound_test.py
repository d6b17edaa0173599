"""Test what `hearken-satellite test` says when a device is missing."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.satellite.commands import sound_test
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.devices.speaker import NoSpeaker
from hearken_speech.satellite.options import SatelliteOptions
from tests.satellite.speakers import BrokenSpeaker


class _Microphone:
    """A microphone that hears a tone, or nothing at all."""

    def __init__(self, trouble: str | None = None) -> None:
        """Yield nothing if there is trouble."""
        self.trouble = trouble

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield frames as fast as they are wanted."""
        tone = 3000 * np.sin(np.arange(FRAME_SAMPLES) / 8)
        position = 0
        while True:
            if self.trouble is not None:
                await asyncio.Event().wait()
            samples = tone.astype(np.int16)
            yield Frame(samples, position, position / 16_000)
            position += FRAME_SAMPLES


async def _test(
    monkeypatch: pytest.MonkeyPatch, microphone: _Microphone, speaker: NoSpeaker
) -> int:
    """Run the command with these devices."""
    monkeypatch.setattr(sound_test, "_NO_SOUND_SECONDS", 0.05)
    monkeypatch.setattr(sound_test, "make_microphone", lambda *_: microphone)
    monkeypatch.setattr(sound_test, "make_speaker", lambda *_: speaker)
    return await sound_test.run(SatelliteOptions(data_dir=Path("unused")), 1.0)


async def test_a_missing_microphone_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is asked to speak to a microphone that is not there."""
    microphone = _Microphone("there is no microphone called 'desk'")
    assert await _test(monkeypatch, microphone, NoSpeaker()) == 1
    assert capsys.readouterr().out == "✗ there is no microphone called 'desk'\n"


async def test_a_missing_speaker_is_named_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with the speaker is said, and not that it is too quiet."""
    assert await _test(monkeypatch, _Microphone(), BrokenSpeaker()) == 1
    printed = capsys.readouterr().out
    assert printed.count("✗ the speaker cannot be used (the cable is out)") == 1
    assert "turned up" not in printed
