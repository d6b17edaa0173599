"""Test reading valid and broken WAV files."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio import wav
from hearken_speech.errors import AudioError


def _write(path: Path, data: bytes, rate_hz: int, channels: int) -> Path:
    """Write a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(data)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """A file written by us is read unchanged."""
    sound = np.array([0, 1, -1, 32767, -32768], dtype=np.int16)
    path = tmp_path / "sound.wav"
    path.write_bytes(wav.encode(sound))
    assert np.array_equal(wav.read(path), sound)


def test_encode_states_the_rate() -> None:
    """A different rate is stated in the header."""
    data = wav.encode(np.zeros(10, dtype=np.int16), rate_hz=22_050)
    assert struct.unpack_from("<I", data, 24) == (22_050,)


def test_a_stereo_file_of_8_khz_is_converted(tmp_path: Path) -> None:
    """Telephone audio with two channels becomes 16 kHz mono."""
    tone = np.rint(9000 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000))
    data = np.repeat(tone.astype("<i2"), 2).tobytes()
    got = wav.read(_write(tmp_path / "stereo.wav", data, 8_000, 2))
    assert len(got) == 8_000
    wanted = 9000 * np.sin(2 * np.pi * 440 * np.arange(8_000) / 16_000)
    assert np.max(np.abs(got - wanted)[200:-200]) < 10


def test_a_file_without_samples_is_empty_sound(tmp_path: Path) -> None:
    """A header without samples is an empty recording, not an error."""
    assert len(wav.read(_write(tmp_path / "empty.wav", b"", 44_100, 2))) == 0


def test_a_file_that_ends_too_early_is_read_to_its_end(tmp_path: Path) -> None:
    """A truncated recording is read up to its end."""
    path = tmp_path / "cut.wav"
    path.write_bytes(wav.encode(np.ones(1000, dtype=np.int16))[: 44 + 200])
    assert wav.read(path).tolist() == [1] * 100


def test_a_header_of_a_pipe_is_read(tmp_path: Path) -> None:
    """A header with the maximum length, written to a pipe, is accepted."""
    data = bytearray(wav.encode(np.ones(1000, dtype=np.int16)))
    struct.pack_into("<I", data, 4, 0xFFFFFFFF)
    struct.pack_into("<I", data, 40, 0xFFFFFFFF)
    path = tmp_path / "pipe.wav"
    path.write_bytes(data)
    assert wav.read(path).tolist() == [1] * 1000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"hello, this is a text and not a sound at all, whatever its name says",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        wav.encode(np.zeros(8, dtype=np.int16))[:30],
        wav.encode(np.zeros(8, dtype=np.int16)).replace(b"data", b"junk"),
        # 0 channels, IEEE floats, 0 Hz.
        wav.encode(np.zeros(8, dtype=np.int16))[:22]
        + b"\0\0"
        + wav.encode(np.zeros(8, dtype=np.int16))[24:],
        wav.encode(np.zeros(8, dtype=np.int16))[:20]
        + b"\3\0"
        + wav.encode(np.zeros(8, dtype=np.int16))[22:],
        wav.encode(np.zeros(8, dtype=np.int16), rate_hz=1),
    ],
    ids=[
        "empty",
        "four bytes",
        "text",
        "no format",
        "half a header",
        "no data",
        "no channels",
        "floats",
        "1 Hz",
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    """An invalid WAV file raises AudioError."""
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError):
        wav.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    with pytest.raises(AudioError, match=r"gone\.wav cannot be read: No such file"):
        wav.read(tmp_path / "gone.wav")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder in place of a file raises a specific error."""
    with pytest.raises(AudioError, match="Is a directory"):
        wav.read(tmp_path)
