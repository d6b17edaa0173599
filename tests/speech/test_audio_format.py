"""Test converting audio to 16 kHz mono with 16 bits."""

from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from hearken_speech.audio.format import (
    NATIVE,
    AudioFormat,
    Converter,
    Samples,
    to_bytes,
)
from hearken_speech.errors import AudioError

RATES: Final = (
    4_000,
    4_001,
    8_000,
    11_025,
    22_050,
    32_000,
    44_100,
    48_000,
    96_000,
    191_999,
    192_000,
)
LEVEL: Final = 10_000.0
# The filter's transients at the beginning and end of a recording.
EDGE_SAMPLES: Final = 200


def _sine(rate_hz: int, tone_hz: float, seconds: float = 0.25) -> NDArray[np.float64]:
    """Return a sine wave in the range of 16 bits."""
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.asarray(LEVEL * np.sin(2 * np.pi * tone_hz * times))


def _encoded(sound: NDArray[np.float64], width_bytes: int, channels: int = 1) -> bytes:
    """Return a sound as stored in a WAV file, the same in each channel."""
    frames = np.repeat(sound, channels)
    if width_bytes == 1:
        return (np.rint(frames / 256) + 128).astype(np.uint8).tobytes()
    if width_bytes == 2:
        return np.rint(frames).astype("<i2").tobytes()
    whole = np.rint(frames * 65536).astype("<i4").tobytes()
    if width_bytes == 4:
        return whole
    return np.frombuffer(whole, np.uint8).reshape(-1, 4)[:, 1:].tobytes()


def _convert(source: AudioFormat, *chunks: bytes) -> Samples:
    """Return these chunks as one converted stream."""
    converter = Converter(source)
    return np.concatenate(
        [*(converter.convert(chunk) for chunk in chunks), converter.flush()]
    )


def _level_db(sound: NDArray[np.float64]) -> float:
    """Return the level of a sound's middle relative to a sine of LEVEL."""
    middle = sound[EDGE_SAMPLES:-EDGE_SAMPLES]
    rms = max(1e-6, float(np.sqrt(np.mean(middle**2))))
    return float(20 * np.log10(rms / (LEVEL / np.sqrt(2))))


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("width_bytes", [1, 2, 3, 4])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_widths_and_channels_give_the_same_sound(
    rate_hz: int, width_bytes: int, channels: int
) -> None:
    """All formats give the same sine."""
    data = _encoded(_sine(rate_hz, 440), width_bytes, channels)
    got = _convert(AudioFormat(rate_hz, width_bytes, channels), data)
    wanted = _sine(16_000, 440)
    assert len(got) == len(wanted)
    limit_db = -35 if width_bytes == 1 else -70
    assert _level_db(got - wanted) < limit_db


@pytest.mark.parametrize("tone_hz", [50, 440, 1_000])
@pytest.mark.parametrize("rate_hz", RATES)
def test_resampling_keeps_a_sine_exact(rate_hz: int, tone_hz: int) -> None:
    """A sine is converted to the same sine, computed at 16 kHz."""
    got = _convert(AudioFormat(rate_hz, 2, 1), _encoded(_sine(rate_hz, tone_hz), 2))
    wanted = _sine(16_000, tone_hz)[: len(got)]
    assert abs(len(got) - 4_000) <= 1
    assert _level_db(got - wanted) < -70


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
def test_resampling_keeps_what_speech_needs(rate_hz: int) -> None:
    """Up to 6 kHz the error is small, even for the highest consonants."""
    got = _convert(AudioFormat(rate_hz, 2, 1), _encoded(_sine(rate_hz, 6_000), 2))
    assert _level_db(got - _sine(16_000, 6_000)[: len(got)]) < -50


@pytest.mark.parametrize(
    ("tone_hz", "limit_db"), [(9_000, -55), (10_000, -70), (15_560, -70), (23_500, -70)]
)
@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_going_down_leaves_no_aliases(
    rate_hz: int, tone_hz: int, limit_db: float
) -> None:
    """A tone above 8 kHz is removed, not mirrored into the speech."""
    got = _convert(AudioFormat(rate_hz, 2, 1), _encoded(_sine(rate_hz, tone_hz), 2))
    assert _level_db(got.astype(np.float64)) < limit_db


def test_stereo_is_the_mean_of_its_channels() -> None:
    """The common part of the channels stays, the opposite part cancels out."""
    left = np.array([1000, -3000, 20000], dtype="<i2")
    opposite = np.column_stack((left, -left)).tobytes()
    assert _convert(AudioFormat(16_000, 2, 2), opposite).tolist() == [0, 0, 0]
    silent = np.column_stack((left, np.zeros_like(left))).tobytes()
    assert _convert(AudioFormat(16_000, 2, 2), silent).tolist() == [500, -1500, 10000]


@pytest.mark.parametrize(
    "source",
    [
        NATIVE,
        AudioFormat(16_000, 3, 2),
        AudioFormat(8_000, 1, 1),
        AudioFormat(22_050, 2, 1),
        AudioFormat(48_000, 4, 2),
        AudioFormat(15_999, 2, 1),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 997])
def test_chunk_size_does_not_matter(source: AudioFormat, chunk_bytes: int) -> None:
    """Chunks that split frames and samples give the same result as one."""
    rng = np.random.default_rng(7)
    frame_bytes = source.width_bytes * source.channels
    data = rng.bytes(frame_bytes * 500)
    pieces = [
        data[first : first + chunk_bytes] for first in range(0, len(data), chunk_bytes)
    ]
    assert np.array_equal(_convert(source, *pieces), _convert(source, data))


def test_a_long_piece_gives_what_short_ones_give() -> None:
    """A single long chunk is processed in blocks without audible seams."""
    source = AudioFormat(48_000, 2, 1)
    data = _encoded(_sine(48_000, 440, seconds=2.0), 2)
    pieces = [data[first : first + 960] for first in range(0, len(data), 960)]
    assert np.array_equal(_convert(source, *pieces), _convert(source, data))


def test_half_a_frame_at_the_end_is_dropped() -> None:
    """Only the incomplete sample at the end is lost."""
    assert _convert(NATIVE, b"\x01\x02\x03").tolist() == [0x0201]


def test_loud_sound_is_clipped_not_wrapped() -> None:
    """Overshoot of the filter is clipped to full scale."""
    square = np.where(np.arange(4800) % 96 < 48, 32767, -32768).astype("<i2")
    got = _convert(AudioFormat(48_000, 2, 1), square.tobytes())
    # Eight samples after each edge, the sign is that of the square wave again.
    middle = got[16:1520].reshape(-1, 32)[:, 4:12].astype(np.int32)
    assert np.all(np.abs(middle) > 20_000)
    assert np.all(np.sign(middle) == np.sign(middle[:, :1]))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_nothing_gives_nothing(rate_hz: int) -> None:
    """A stream without samples is not an error."""
    assert len(_convert(AudioFormat(rate_hz, 2, 1), b"")) == 0


@pytest.mark.parametrize(
    ("rate_hz", "width_bytes", "channels"),
    [
        (0, 2, 1),
        (-16_000, 2, 1),
        (3_999, 2, 1),
        (192_001, 2, 1),
        (10**30, 2, 1),
        (16_000.5, 2, 1),
        (True, 2, 1),
        (16_000, 0, 1),
        (16_000, 5, 1),
        (16_000, -2, 1),
        (16_000, 2, 0),
        (16_000, 2, 9),
        (16_000, 2, -1),
    ],
)
def test_absurd_formats_are_refused(
    rate_hz: int, width_bytes: int, channels: int
) -> None:
    """An invalid format raises AudioError and names the preferred one."""
    with pytest.raises(AudioError, match="16000 Hz, 2 bytes, 1 channel is best"):
        Converter(AudioFormat(rate_hz, width_bytes, channels))


def test_samples_travel_as_little_endian() -> None:
    """Each sample has two bytes, the low one first."""
    assert to_bytes(np.array([1, -2], dtype=np.int16)) == b"\x01\x00\xfe\xff"
