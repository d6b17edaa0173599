"""Test microphone and speaker: record, play back, and say what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.equipment import make_microphone, make_speaker
from hearken_speech.satellite.playback import SharedSpeaker

from .findings import Finding, Problem, about_recording, find_echo, test_noise
from .levels import level_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.devices.microphone import Frame
    from hearken_speech.satellite.options import SatelliteOptions

_RECORD_SECONDS: Final = 5.0
_NO_SOUND_SECONDS: Final = 6.0
_TAIL_SECONDS: Final = 1.0


async def run(options: SatelliteOptions, seconds: float | None) -> int:
    """Test both; return 1 if something is wrong."""
    microphone = make_microphone(options.microphone, options.channel)
    speaker = SharedSpeaker(make_speaker(options.speaker))
    length = _RECORD_SECONDS if seconds is None else seconds
    async with contextlib.aclosing(microphone.frames()) as frames:
        # What is heard while the device starts is not part of the test.
        samples, took_seconds = await _recorded(frames, 0.1)
        if len(samples):
            print(f"Say something for {length:.0f} seconds.")
            samples, took_seconds = await _recorded(frames, length)
        if not len(samples):
            print(f"✗ {microphone.trouble or 'the microphone delivers no sound'}")
            return 1
        level = level_of(samples)
        print(f"  level {level.rms_dbfs:.0f} dB, peak {level.peak_dbfs:.0f} dB")
        found = about_recording(samples, took_seconds)
        if not any(each.problem is Problem.SILENT for each in found):
            print("This is what was recorded.")
            found += await _played(speaker, samples)
        if not any(each.problem is Problem.NO_SPEAKER for each in found):
            print("Now the speaker makes noise for two seconds.")
            found += await _about_echo(frames, speaker)
    return _report(found)


async def _recorded(
    frames: AsyncGenerator[Frame], seconds: float
) -> tuple[Samples, float]:
    """Return the next seconds of sound, and how long they took by the clock."""
    recorded: list[Frame] = []
    count = 0
    while count < seconds * SAMPLE_RATE_HZ:
        try:
            async with asyncio.timeout(_NO_SOUND_SECONDS):
                frame = await anext(frames)
        except (TimeoutError, StopAsyncIteration):
            break
        recorded.append(frame)
        count += len(frame.samples)
    if not recorded:
        return np.zeros(0, np.int16), 0.0
    samples = np.concatenate([frame.samples for frame in recorded])
    last = recorded[-1]
    length = len(last.samples) / SAMPLE_RATE_HZ
    return samples, last.time_seconds + length - recorded[0].time_seconds


async def _played(speaker: SharedSpeaker, samples: Samples) -> list[Finding]:
    """Play samples; return what went wrong."""
    try:
        await speaker.play(samples)
    except HearkenError as err:
        return [Finding(Problem.NO_SPEAKER, str(err))]
    return []


async def _about_echo(
    frames: AsyncGenerator[Frame], speaker: SharedSpeaker
) -> list[Finding]:
    """Play noise and look for it in what the microphone hears."""
    noise = test_noise()
    length = len(noise) / SAMPLE_RATE_HZ + _TAIL_SECONDS
    # Sound that waited while the recording was played back is not part of the test.
    await _recorded(frames, 1.0)
    async with asyncio.TaskGroup() as tasks:
        playing = tasks.create_task(_played(speaker, noise))
        recording = tasks.create_task(_recorded(frames, length))
    if problems := playing.result():
        return problems
    echo = find_echo(noise, recording.result()[0])
    if echo is None:
        return [Finding(Problem.SPEAKER, "no echo found")]
    print(
        f"  the microphone hears the speaker {echo.delay_seconds * 1000:.0f} ms later, "
        f"{echo.level_db:+.0f} dB"
    )
    return []


def _report(found: list[Finding]) -> int:
    """Print what was found and return the exit status."""
    for finding in found:
        print(f"✗ {finding}")
    if not found:
        print("✓ microphone and speaker work")
    return 1 if found else 0
