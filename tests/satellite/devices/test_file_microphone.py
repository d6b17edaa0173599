"""Test microphones that play files."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.errors import HearkenError
from hearken_speech.satellite.devices import file_microphone
from hearken_speech.satellite.devices.file_microphone import (
    FileMicrophone,
    FolderMicrophone,
)
from hearken_speech.satellite.devices.microphone import (
    FRAME_SAMPLES,
    Frame,
    Microphone,
    MicrophoneError,
)
from hearken_speech.satellite.equipment import make_microphone
from house import sound

FRAMES_LIMIT: Final = 2_000


@pytest.fixture(autouse=True)
def _faster_than_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten frames to a millisecond, and the interval between folder scans."""
    monkeypatch.setattr(file_microphone, "FRAME_SECONDS", 0.001)
    monkeypatch.setattr(file_microphone, "_SCAN_SECONDS", 0.0)


@asynccontextmanager
async def _opened(
    source: Microphone,
) -> AsyncIterator[AsyncGenerator[Frame]]:
    async with asyncio.timeout(30), aclosing(source.frames()) as frames:
        yield frames


async def _take(frames: AsyncGenerator[Frame], count: int) -> Samples:
    """Return this many frames joined together."""
    taken = [(await anext(frames)).samples for _ in range(count)]
    assert {len(frame) for frame in taken} == {FRAME_SAMPLES}
    return np.concatenate(taken)


async def _until_heard(frames: AsyncGenerator[Frame]) -> int:
    """Return the first value that is not silence."""
    for _ in range(FRAMES_LIMIT):
        samples = (await anext(frames)).samples
        if samples.any():
            return int(samples[np.flatnonzero(samples)[0]])
    pytest.fail("only silence")


def _tone(value: int, frames: float = 1.5) -> Samples:
    return np.full(round(FRAME_SAMPLES * frames), value, dtype=np.int16)


async def test_a_file_is_played_and_then_silence() -> None:
    """The last frame is padded with silence, and endless silence follows."""
    async with _opened(FileMicrophone(_tone(7))) as frames:
        heard = await _take(frames, 5)
    assert np.array_equal(heard[: FRAME_SAMPLES * 3 // 2], _tone(7))
    assert not heard[FRAME_SAMPLES * 3 // 2 :].any()


async def test_a_file_begins_anew_whenever_it_is_opened() -> None:
    """A reopened microphone plays the recording from its beginning."""
    source = FileMicrophone(_tone(7))
    for _ in range(2):
        async with _opened(source) as frames:
            assert (await _take(frames, 1)).all()


async def test_no_file_is_silence() -> None:
    """A microphone without a recording returns silence."""
    async with _opened(FileMicrophone()) as frames:
        assert not (await _take(frames, 3)).any()


async def test_a_folder_plays_what_is_put_there(tmp_path: Path) -> None:
    """Each new file is played once; existing files are skipped."""
    sound.save(tmp_path / "old.wav", _tone(1))
    async with _opened(FolderMicrophone(tmp_path)) as frames:
        assert not (await _take(frames, 5)).any()
        for value in (2, 3):
            sound.save(tmp_path / f"{9 - value}.wav", _tone(value))
            assert await _until_heard(frames) == value
            rest = await _take(frames, 20)
            assert np.count_nonzero(rest) == FRAME_SAMPLES // 2


async def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Several new files are played one after the other."""
    async with _opened(FolderMicrophone(tmp_path)) as frames:
        await _take(frames, 1)
        # There is no await in between, so one scan finds all of them.
        hidden = tmp_path / "hidden"
        for name, value in (("c", 3), ("a", 1), ("b", 2)):
            sound.save(hidden / f"{name}.wav", _tone(value, frames=1))
        for name in ("c", "b", "a"):
            (hidden / f"{name}.wav").rename(tmp_path / f"{name}.wav")
        assert [await _until_heard(frames) for _ in range(3)] == [1, 2, 3]


async def test_a_broken_file_is_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken file is logged, and the next one is played."""
    async with _opened(FolderMicrophone(tmp_path)) as frames:
        await _take(frames, 1)
        (tmp_path / "broken.wav").write_bytes(b"this is no sound")
        sound.save(tmp_path / "good.wav", _tone(5))
        assert await _until_heard(frames) == 5
        await _take(frames, 20)
    assert "broken.wav is not a usable WAV file" in caplog.text


async def test_a_folder_may_come_later(tmp_path: Path) -> None:
    """A missing folder is silence, not an error."""
    folder = tmp_path / "later"
    async with _opened(FolderMicrophone(folder)) as frames:
        assert not (await _take(frames, 3)).any()
        sound.save(folder / "a.wav", _tone(4))
        assert await _until_heard(frames) == 4


@pytest.mark.parametrize(
    "text", ["", "file", "file:", "folder:", "usb:1", "silently", "FILE:x.wav"]
)
def test_a_wrong_microphone_is_explained(text: str) -> None:
    """The error lists the known microphones."""
    with pytest.raises(MicrophoneError, match="file:WAV or folder:FOLDER"):
        make_microphone(text)


def test_a_microphone_without_its_file_is_explained(tmp_path: Path) -> None:
    """A missing file raises an error at startup."""
    with pytest.raises(HearkenError, match="cannot be read"):
        make_microphone(f"file:{tmp_path / 'gone.wav'}")


async def test_frames_carry_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions start at zero when it is opened; a gap shows lost audio."""
    monkeypatch.setattr(file_microphone, "FRAME_SECONDS", 0.08)
    monkeypatch.setattr(file_microphone, "_MAX_LATE_SECONDS", 0.2)
    for _ in range(2):
        async with _opened(FileMicrophone(_tone(7, frames=3))) as frames:
            first, second = await anext(frames), await anext(frames)
            await asyncio.sleep(0.5)
            third = await anext(frames)
        assert first.position_samples == 0
        assert second.position_samples == first.end_samples
        lost = third.position_samples - second.end_samples
        assert lost >= FRAME_SAMPLES
        assert lost % FRAME_SAMPLES == 0
        seconds = (second.end_samples + lost) / 16_000
        assert third.time_seconds - first.time_seconds == pytest.approx(seconds)
        # No audio of the recording is lost.
        assert third.samples.all()
