"""Test what a satellite says while nobody answers, and how it returns by itself."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import Hello, Turn, TurnPhase
from hearken_speech.satellite.tones import Trouble, error_tone, trouble_tone
from tests.satellite.client import paired
from tests.satellite.room import Room, furnished
from tests.speech.program import LIMIT_SECONDS


@pytest.fixture(name="room")
def room_fixture(tmp_path: Path) -> Iterator[Room]:
    """Return a satellite that was never paired."""
    with furnished(tmp_path) as room:
        yield room


async def _answers(room: Room, trouble: Trouble) -> None:
    """Say the wake word, and press the button."""
    room.say("hey jarvis")
    assert np.array_equal(await room.plays(), trouble_tone(trouble))
    await room.press()
    assert np.array_equal(await room.plays(), trouble_tone(trouble))


async def test_wake_word_and_button_are_answered_while_nobody_is_there(
    room: Room,
) -> None:
    """Unpaired, away, and without a server it sounds different, and it returns."""
    async with asyncio.timeout(2 * LIMIT_SECONDS):
        await room.shows("away")
        await _answers(room, Trouble.UNPAIRED)
        async with paired(room.port, room.key) as home:
            await home.send(Hello(instance="a house"), RunSatellite())
            await room.shows("waiting")
            for code in ("stt-provider-missing", "wake-engine-missing"):
                await home.send(Turn(phase=TurnPhase.IDLE, error=code))
                sound = await room.plays()
                assert np.array_equal(sound, trouble_tone(Trouble.NO_SERVER))
        await room.shows("away")
        await _answers(room, Trouble.AWAY)
        async with paired(room.port, room.key) as home:
            await home.send(Hello(instance="a house"), RunSatellite())
            await room.shows("waiting")
            await room.press()
            await home.until("run-pipeline")


async def test_the_button_is_answered_without_wake_words(tmp_path: Path) -> None:
    """Where Home Assistant hears the wake word, the button still says what is wrong."""
    with furnished(tmp_path, "--wake", "server") as room:
        async with asyncio.timeout(LIMIT_SECONDS):
            await room.press()
            sound = await room.plays()
    assert np.array_equal(sound, trouble_tone(Trouble.UNPAIRED))


def test_no_two_troubles_sound_alike() -> None:
    """Whoever has heard a cue once knows it again."""
    cues = [error_tone(), *map(trouble_tone, Trouble)]
    for one, other in itertools.combinations(cues, 2):
        assert not np.array_equal(one, other)
    for cue in cues:
        assert np.abs(cue).max() > 3000
        assert len(cue) < 2 * 16_000
