"""Test echo cancelling."""

from collections.abc import AsyncGenerator, Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hearken_speech.audio.format import NATIVE, Samples, to_bytes
from hearken_speech.audio.noise import white_noise
from hearken_speech.satellite.devices.echo import (
    EchoCancelledMicrophone,
    EchoCanceller,
    EchoReference,
)
from hearken_speech.satellite.devices.echo_filter import (
    BLOCK_SAMPLES,
    REACH_SAMPLES,
    EchoFilter,
)
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame

DELAY = 1600

type Floats = NDArray[np.float32]


def _frame(samples: Samples, index: int) -> Frame:
    """Return a frame at its place."""
    begin = index * FRAME_SAMPLES
    return Frame(samples[begin : begin + FRAME_SAMPLES], begin, begin / 16_000)


class EchoingMicrophone:
    """A microphone that hears a speaker 100 ms later, and a voice from 8 s on."""

    trouble: str | None = None

    def __init__(self, reference: EchoReference) -> None:
        """Play ten seconds of noise."""
        self.played = (6000 * white_noise(160_000)).astype(np.int16)
        self.voice = np.zeros(160_000, np.int16)
        time = np.arange(32_000) / 16_000
        self.voice[128_000:] = 1500 * np.sin(2 * np.pi * 500 * time)
        self._reference = reference

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield what is heard; the speaker is 100 ms ahead."""
        echo = np.concatenate((np.zeros(DELAY, np.int16), self.played // 2))[:160_000]
        heard = echo + self.voice
        for index in range(len(heard) // FRAME_SAMPLES):
            # A device takes sound before it is heard.
            ahead = _frame(self.played, index)
            self._reference.add(to_bytes(ahead.samples), NATIVE, ahead.time_seconds)
            if index:
                yield _frame(heard, index - 1)


async def test_the_echo_is_cancelled_and_the_voice_stays() -> None:
    """The noise of the speaker falls by 15 dB; a voice over it is heard."""
    reference = EchoReference()
    source = EchoingMicrophone(reference)
    microphone = EchoCancelledMicrophone(source, reference)
    heard = np.concatenate([frame.samples async for frame in microphone.frames()])
    level = np.sqrt(np.mean(heard[96_000:127_000].astype(float) ** 2))
    echo = np.sqrt(np.mean((source.played[96_000:127_000] / 2.0) ** 2))
    assert level < echo / 5
    voice = source.voice[136_000:156_000].astype(float)
    both = heard[136_000:156_000].astype(float)
    assert np.dot(voice, both) / np.dot(voice, voice) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    "distorted",
    [
        lambda played: 6000 * np.tanh(played / 6000),
        lambda played: played - 2e-5 * played**2,
    ],
)
def test_the_distortion_of_the_speaker_is_cancelled(
    distorted: Callable[[Floats], Floats],
) -> None:
    """An echo that was clipped, or is louder to one side, falls by 20 dB."""
    played = (9000 * white_noise(160_000)).astype(np.float32)
    recorded = np.zeros(160_000, np.float32)
    recorded[DELAY:] = distorted(played)[:-DELAY] / 2
    rest = _filtered(recorded, played)
    assert _level(rest[96_000:]) < _level(recorded[96_000:]) / 10


def test_a_misled_filter_adds_nothing() -> None:
    """When the echo comes from elsewhere at once, nothing is louder than recorded."""
    played = (6000 * white_noise(96_000)).astype(np.float32)
    late = np.concatenate((np.zeros(DELAY, np.float32), played))[:96_000] * 0.5
    recorded = np.concatenate((late[:48_000], -played[48_000:] / 2))
    rest = _filtered(recorded.astype(np.float32), played)
    for first in range(0, len(rest), BLOCK_SAMPLES):
        cut = slice(first, first + BLOCK_SAMPLES)
        assert _level(rest[cut]) <= 1.001 * _level(recorded[cut])


@pytest.mark.parametrize("level", [2.0, 150.0])
def test_a_quiet_start_misleads_nobody(level: float) -> None:
    """After seconds of near silence, an echo falls by 20 dB as it does otherwise."""
    played = (9000 * white_noise(192_000)).astype(np.float32)
    played[:64_000] *= level / 9000
    played = np.rint(played)
    recorded = (10 * white_noise(192_000 + DELAY)[DELAY:]).astype(np.float32)
    recorded[DELAY:] += played[:-DELAY] / 2
    rest = _filtered(recorded, played)
    assert _level(rest[128_000:]) < _level(recorded[128_000:]) / 10


def test_another_room_is_learned_as_the_first_one_was() -> None:
    """When the satellite is moved, the echo falls by 20 dB again within seconds."""
    played = (6000 * white_noise(240_000)).astype(np.float32)
    near = np.concatenate((np.zeros(DELAY, np.float32), played))[:240_000] * 0.5
    far = np.concatenate((np.zeros(2 * DELAY, np.float32), played))[:240_000] * -0.5
    recorded = np.concatenate((near[:120_000], far[120_000:])).astype(np.float32)
    rest = _filtered(recorded, played)
    assert _level(rest[184_000:]) < _level(recorded[184_000:]) / 10


def test_without_playback_frames_pass_unchanged() -> None:
    """Nothing is computed while nothing plays."""
    canceller = EchoCanceller(EchoReference())
    frame = _frame((3000 * white_noise(FRAME_SAMPLES)).astype(np.int16), 0)
    assert canceller.process(frame) is frame


def test_late_echo_is_cancelled_after_the_sound() -> None:
    """The room rings on for as long as the filter reaches; then frames pass."""
    reference = EchoReference()
    played = (6000 * white_noise(FRAME_SAMPLES)).astype(np.int16)
    reference.add(to_bytes(played), NATIVE, 0.0)
    canceller = EchoCanceller(reference)
    quiet = np.zeros(20 * FRAME_SAMPLES, np.int16)
    passed = [
        canceller.process(frame) is frame
        for frame in (_frame(quiet, index) for index in range(20))
    ]
    reach = -(-REACH_SAMPLES // FRAME_SAMPLES)
    assert passed.index(True) == 1 + reach
    assert all(passed[1 + reach :])


def _filtered(recorded: Floats, played: Floats) -> Floats:
    """Return what a new filter leaves of a recording."""
    echo_filter = EchoFilter()
    blocks = [
        echo_filter.process(
            recorded[first : first + BLOCK_SAMPLES],
            played[first : first + BLOCK_SAMPLES],
        )
        for first in range(0, len(recorded), BLOCK_SAMPLES)
    ]
    return np.concatenate(blocks)


def _level(samples: NDArray[np.floating] | Samples) -> float:
    """Return the effective value."""
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))
