"""Test echo cancelling and noise reduction."""

from collections.abc import AsyncGenerator

import numpy as np
import pytest

from hearken_speech.audio.format import NATIVE, Samples, to_bytes
from hearken_speech.audio.noise import white_noise
from hearken_speech.satellite.devices.echo import (
    EchoCancelledMicrophone,
    EchoReference,
)
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.devices.speex import (
    SpeexEchoCanceller,
    SpeexNoiseReduction,
)

DELAY = 1600


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
    microphone = EchoCancelledMicrophone(source, lambda: SpeexEchoCanceller(reference))
    heard = np.concatenate([frame.samples async for frame in microphone.frames()])
    level = np.sqrt(np.mean(heard[96_000:127_000].astype(float) ** 2))
    echo = np.sqrt(np.mean((source.played[96_000:127_000] / 2.0) ** 2))
    assert level < echo / 5
    voice = source.voice[136_000:156_000].astype(float)
    both = heard[136_000:156_000].astype(float)
    assert np.dot(voice, both) / np.dot(voice, voice) == pytest.approx(1, abs=0.2)


def test_without_playback_frames_pass_unchanged() -> None:
    """Nothing is computed while nothing plays; a closed canceller does nothing."""
    canceller = SpeexEchoCanceller(EchoReference())
    frame = _frame((3000 * white_noise(FRAME_SAMPLES)).astype(np.int16), 0)
    assert canceller.process(frame) is frame
    canceller.close()
    canceller.close()
    assert canceller.process(frame) is frame


def test_steady_noise_is_reduced() -> None:
    """After a second, steady noise falls by at least 6 dB."""
    reduction = SpeexNoiseReduction(20)
    noise = (500 * white_noise(48_000)).astype(np.int16)
    reduced = np.concatenate(
        [
            reduction.process(noise[first : first + FRAME_SAMPLES])
            for first in range(0, 47_360, FRAME_SAMPLES)
        ]
    )
    assert len(reduced) == 47_360
    assert reduced[32_000:].std() < noise[32_000:].std() / 2
