"""Test microphone and speaker with a real audio server, without hardware."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pulsectl
import pytest

from hearken_speech.audio import wav
from hearken_speech.audio.format import Samples
from hearken_speech.satellite.devices import device_speaker, portaudio
from hearken_speech.satellite.devices.device_microphone import DeviceMicrophone
from hearken_speech.satellite.devices.device_speaker import DeviceSpeaker
from hearken_speech.satellite.devices.ducking import DUCKED, PulseDucker
from hearken_speech.satellite.devices.echo import EchoReference
from hearken_speech.satellite.devices.listing import (
    Direction,
    NoDeviceError,
    devices,
    find,
)
from hearken_speech.satellite.devices.microphone import Frame
from hearken_speech.satellite.devices.portaudio import StreamError
from hearken_speech.satellite.devices.speaker import SpeakerError
from hearken_speech.satellite.playback import Output
from house.audio_server import SPEAKER, AudioServer
from tests.satellite.rooms import room, until

pytestmark = [pytest.mark.xdist_group("audio_server"), pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AudioServer]:
    """Return an audio server with a virtual room."""
    with room(tmp_path_factory.mktemp("room")) as server:
        yield server


def _tone(seconds: float, hz: float = 500.0) -> Samples:
    """Return a tone at 16 kHz."""
    time = np.arange(round(seconds * 16_000)) / 16_000
    return np.asarray(8000 * np.sin(2 * np.pi * hz * time), np.int16)


def _has_tone(samples: Samples, hz: float = 500.0) -> bool:
    """Tell whether a tone stands out of everything else."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    peak = int(np.argmax(spectrum)) * 16_000 / len(samples)
    return abs(peak - hz) < 20 and spectrum.max() > 100 * np.median(spectrum)


async def _until_tone(frames: AsyncGenerator[Frame], hz: float = 500.0) -> Frame:
    """Return the first frame that has a tone."""
    async with asyncio.timeout(30):
        async for frame in frames:
            if _has_tone(frame.samples, hz):
                return frame
    raise AssertionError


async def test_devices_are_found_by_name(server: AudioServer) -> None:
    """A part of a name is enough; a wrong one is explained."""
    names = {each.name for each in devices(Direction.SPEAKER)}
    assert names == {"speaker", "room"}
    assert find(Direction.MICROPHONE).name == "microphone"
    assert find(Direction.SPEAKER, "ROO").name == "room"
    with pytest.raises(NoDeviceError, match="no microphone called 'usb'"):
        find(Direction.MICROPHONE, "usb")
    with pytest.raises(NoDeviceError, match="several a speaker could be 'o'"):
        find(Direction.SPEAKER, "o")


async def test_what_is_played_is_recorded(server: AudioServer) -> None:
    """A tone from the speaker reaches the microphone; the reference knows when."""
    reference = EchoReference()
    speaker = DeviceSpeaker("room", reference)
    async with contextlib.aclosing(DeviceMicrophone("microphone").frames()) as frames:
        first = await anext(frames)
        assert len(first.samples) == 1280
        await speaker.open()
        assert speaker.format.rate_hz == 48_000
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_play(speaker, _tone(1.0)))
            heard = await _until_tone(frames)
        # On a busy machine, the clocks of two streams agree only roughly.
        known = reference.read(heard.time_seconds - 0.5, 24_000)
        assert known is not None
        assert _has_tone(known)
        assert speaker.position_samples == pytest.approx(48_000, abs=200)


async def _play(speaker: DeviceSpeaker, samples: Samples) -> None:
    """Play a sound of 16 kHz on a speaker that is open."""
    output = Output(speaker)
    await output.write(samples)
    await output.drain()
    await speaker.close()


async def test_a_stop_is_heard_at_once(server: AudioServer, tmp_path: Path) -> None:
    """What was not heard is dropped, and nobody waits."""
    path = tmp_path / "played.wav"
    async with server.recording(path):
        speaker = DeviceSpeaker("speaker")
        await speaker.open()
        playing = asyncio.create_task(_play(speaker, _tone(20.0)))
        async with asyncio.timeout(20):
            await until(lambda: speaker.position_samples >= 24_000)
            speaker.stop()
            await playing
    heard = speaker.position_samples
    assert 24_000 <= heard < 20 * 48_000 / 2
    assert np.count_nonzero(wav.read(path)) < 20 * 16_000 / 2


async def test_a_microphone_is_pulled_and_put_back(
    server: AudioServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Frames stop, the reason is known, and they go on; the position has a gap."""
    microphone = DeviceMicrophone("microphone")
    async with contextlib.aclosing(microphone.frames()) as frames:
        before = await anext(frames)
        await server.unplug_microphone()
        waiting = asyncio.create_task(_until_tone(frames, 700.0))
        async with asyncio.timeout(30):
            await until(lambda: microphone.trouble is not None)
            await server.plug_microphone()
            playing = asyncio.create_task(server.play(_tone(12.0, 700.0)))
            after = await waiting
        assert microphone.trouble is None
        assert after.position_samples > before.end_samples + 16_000
        assert "no microphone: " in caplog.text
        assert "is back" in caplog.text
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_speaker_that_is_not_there_is_an_error(server: AudioServer) -> None:
    """The error says which one is missing."""
    with pytest.raises(SpeakerError, match="no speaker called 'hdmi'"):
        await DeviceSpeaker("hdmi").open()


async def test_a_speaker_in_use_is_waited_for(
    server: AudioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It plays as soon as the other program gives it back; too late is an error."""
    open_really = portaudio.open_stream
    refusals = 2

    async def open_later(*arguments: Any) -> Any:
        """Stand in for a sound card without an audio server, which nobody has here."""
        nonlocal refusals
        if refusals > 0:
            refusals -= 1
            err = StreamError("the device is in use")
            err.is_busy = True
            raise err
        return await open_really(*arguments)

    monkeypatch.setattr(device_speaker, "open_stream", open_later)
    speaker = DeviceSpeaker(SPEAKER)
    await speaker.open()
    await speaker.close()
    assert refusals == 0

    refusals = 1000
    monkeypatch.setattr(device_speaker, "_BUSY_SECONDS", 0.3)
    with pytest.raises(SpeakerError, match="in use"):
        await speaker.open()


async def test_other_programs_are_turned_down(server: AudioServer) -> None:
    """Ducking lowers their volume, and gives it back unless someone changed it."""
    ducker = PulseDucker()
    with pulsectl.Pulse("test") as pulse:
        stream = pulse.sink_input_list()[0]
        pulse.volume_set_all_chans(stream, 0.8)
        before = stream.sink
        pulse.sink_input_move(stream.index, pulse.get_sink_by_name(SPEAKER).index)

        def volume() -> float:
            return float(pulse.sink_input_info(stream.index).volume.value_flat)

        await ducker.duck()
        assert volume() == pytest.approx(0.8 * DUCKED, abs=0.01)
        await ducker.duck()
        await ducker.restore()
        assert volume() == pytest.approx(0.8, abs=0.01)
        await ducker.duck()
        pulse.volume_set_all_chans(stream, 0.5)
        await ducker.restore()
        assert volume() == pytest.approx(0.5, abs=0.01)
        # What comes from elsewhere in the room is a person, for all that is known.
        pulse.sink_input_move(stream.index, before)
        await ducker.duck()
        assert volume() == pytest.approx(0.5, abs=0.01)
        await ducker.restore()
        pulse.volume_set_all_chans(stream, 1.0)
