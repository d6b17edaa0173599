"""Test speakers that write files, and the null speaker."""

import asyncio
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from hearken_speech.audio import wav
from hearken_speech.audio.format import Samples
from hearken_speech.satellite.devices.file_speaker import (
    BUFFER_SAMPLES,
    MAX_KEPT_SAMPLES,
    FileSpeaker,
    RealTime,
)
from hearken_speech.satellite.devices.speaker import NoSpeaker, Speaker, SpeakerError
from hearken_speech.satellite.equipment import make_speaker

SOUND: Final = np.arange(1, 1001, dtype=np.int16)
LONG: Final = np.ones(10 * BUFFER_SAMPLES, dtype=np.int16)


class Clock:
    """A clock set by the test."""

    def __init__(self) -> None:
        """Set the initial time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


async def _play(speaker: Speaker, *pieces: Samples) -> None:
    """Play one sound."""
    await speaker.open()
    for piece in pieces:
        await speaker.write(piece)
    await speaker.drain()
    await speaker.close()


async def test_the_last_sound_is_kept(tmp_path: Path) -> None:
    """The file contains the last sound, without temporary files beside it."""
    speaker = FileSpeaker(tmp_path / "new" / "answer.wav")
    await _play(speaker, SOUND[:10])
    await _play(speaker, SOUND[:400], SOUND[400:])
    assert np.array_equal(wav.read(tmp_path / "new" / "answer.wav"), SOUND)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["answer.wav"]
    assert speaker.position_samples == 10 + len(SOUND)


async def test_no_sound_is_an_empty_file(tmp_path: Path) -> None:
    """A sound without samples is written as an empty file."""
    await _play(FileSpeaker(tmp_path / "answer.wav"))
    assert len(wav.read(tmp_path / "answer.wav")) == 0


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpeakerError, match=r"answer\.wav cannot be written"):
        await _play(FileSpeaker(tmp_path / "file" / "answer.wav"), SOUND)


async def test_no_more_than_five_minutes_are_kept(tmp_path: Path) -> None:
    """Endless sound does not fill the memory."""
    speaker = FileSpeaker(tmp_path / "answer.wav")
    minute = np.ones(60 * 16_000, dtype=np.int16)
    await _play(speaker, *[minute] * 7)
    assert len(wav.read(tmp_path / "answer.wav")) == MAX_KEPT_SAMPLES
    assert speaker.position_samples == 7 * len(minute)


async def test_position_follows_the_clock(tmp_path: Path) -> None:
    """The position advances at 16 kHz; pauses and late samples do not count."""
    clock = Clock()
    speaker = FileSpeaker(tmp_path / "answer.wav", RealTime(clock))
    await speaker.open()
    assert speaker.position_samples == 0
    clock.now += 5
    await speaker.write(LONG[:1600])
    assert speaker.position_samples == 0
    clock.now += 0.05
    assert speaker.position_samples == 800
    clock.now += 1
    assert speaker.position_samples == 1600
    await speaker.write(LONG[:1600])
    assert speaker.position_samples == 1600
    clock.now += 0.1
    await speaker.drain()
    assert speaker.position_samples == 3200
    await speaker.close()
    assert len(wav.read(tmp_path / "answer.wav")) == 3200


async def test_a_full_buffer_makes_the_writer_wait(tmp_path: Path) -> None:
    """Samples are accepted at the speed of playback, plus a small buffer."""
    clock = Clock()
    speaker = FileSpeaker(tmp_path / "answer.wav", RealTime(clock))
    await speaker.open()
    await speaker.write(LONG[:BUFFER_SAMPLES])
    writing = asyncio.create_task(speaker.write(SOUND))
    await asyncio.sleep(0)
    assert not writing.done()
    speaker.stop()
    await writing
    await speaker.close()


@pytest.mark.parametrize("waits_for", ["write", "drain"])
async def test_stop_drops_what_is_not_heard(tmp_path: Path, waits_for: str) -> None:
    """Waiting calls return at once; the file contains only what was played."""
    clock = Clock()
    speaker = FileSpeaker(tmp_path / "answer.wav", RealTime(clock))
    await speaker.open()
    await speaker.write(LONG[:BUFFER_SAMPLES])
    action = speaker.write(LONG) if waits_for == "write" else speaker.drain()
    waiting = asyncio.create_task(action)
    await asyncio.sleep(0)
    clock.now += 0.1
    speaker.stop()
    await waiting
    assert speaker.position_samples == 1600
    clock.now += 1
    assert speaker.position_samples == 1600
    await speaker.write(LONG)
    assert speaker.position_samples == 1600
    await speaker.close()
    assert len(wav.read(tmp_path / "answer.wav")) == 1600
    await speaker.open()
    await speaker.write(SOUND)
    clock.now += 1
    assert speaker.position_samples == 1600 + len(SOUND)


async def test_a_sound_that_was_not_heard_leaves_no_file(tmp_path: Path) -> None:
    """A sound stopped before its first sample does not replace the file."""
    speaker = FileSpeaker(tmp_path / "answer.wav", RealTime(Clock()))
    await speaker.open()
    await speaker.write(SOUND)
    speaker.stop()
    await speaker.close()
    assert not (tmp_path / "answer.wav").exists()


async def test_no_speaker_plays_nothing() -> None:
    """A satellite without a speaker keeps track of the position."""
    speaker = NoSpeaker()
    await _play(speaker, SOUND)
    speaker.stop()
    assert speaker.position_samples == len(SOUND)


@pytest.mark.parametrize(
    "text", ["", "file", "file:", "realtime", "realtime:", "loud", "none at all"]
)
def test_a_wrong_speaker_is_explained(text: str) -> None:
    """The error lists the known speakers."""
    with pytest.raises(SpeakerError, match="none, file:WAV or realtime:WAV"):
        make_speaker(text)
