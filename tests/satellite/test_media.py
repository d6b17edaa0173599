"""Test media beneath speech, on the satellite."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from hearken_speech.protocol import MediaCommand, MediaState
from hearken_speech.satellite.media import DUCKED, MediaPlayer
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.satellite.settings import SettingsKeeper
from hearken_speech.satellite.sound import Sound
from tests.satellite.speakers import ScriptedSpeaker

LOUD = 10_000


class Stage:
    """A media player on a scripted speaker."""

    def __init__(self) -> None:
        """Start without media."""
        self.speaker = ScriptedSpeaker()
        self.shared = SharedSpeaker(self.speaker)
        self.player = MediaPlayer(self.shared, SettingsKeeper())
        self.changed = asyncio.Event()
        self.states: list[MediaState] = []
        self.player.listen(self._note)

    def _note(self) -> None:
        """Note a new state."""
        self.states.append(self.player.state)
        self.changed.set()

    async def until(self, state: MediaState) -> None:
        """Wait for a state."""
        async with asyncio.timeout(10):
            while self.player.state is not state:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture(name="stage")
async def stage_fixture() -> AsyncIterator[Stage]:
    """Return a media player that runs."""
    stage = Stage()
    running = asyncio.create_task(stage.player.run())
    yield stage
    running.cancel()


def music(seconds: float = 0.1) -> Sound:
    """Return media of this length."""
    return Sound.of(np.full(int(seconds * 16_000), LOUD, np.int16))


async def test_media_play_to_their_end(stage: Stage) -> None:
    """The state follows what is heard."""
    stage.player.begin(music())
    await stage.until(MediaState.PLAYING)
    stage.speaker.play_all()
    await stage.until(MediaState.IDLE)
    assert stage.speaker.written_samples == 1_600


async def test_speech_interrupts_media(stage: Stage) -> None:
    """Media give up the speaker, wait, and go on where they were."""
    sound = Sound()
    await sound.put(np.full(1_600, LOUD, np.int16))
    stage.player.begin(sound)
    await stage.speaker.until("write")
    speech = asyncio.create_task(stage.shared.play(np.ones(160, np.int16)))
    stage.speaker.play_all()
    await stage.speaker.until("close")
    await stage.until(MediaState.PAUSED)
    stage.speaker.play_all()
    async with asyncio.timeout(10):
        await speech
    await stage.until(MediaState.PLAYING)
    assert stage.states == [
        MediaState.PLAYING,
        MediaState.PAUSED,
        MediaState.PLAYING,
    ]


async def test_pause_is_heard_at_once(stage: Stage) -> None:
    """What the speaker still holds is dropped; stop ends the media."""
    sound = Sound()
    await sound.put(np.full(1_600, LOUD, np.int16))
    stage.player.begin(sound)
    await stage.speaker.until("write")
    stage.player.command(MediaCommand.PAUSE)
    await sound.put(np.full(1_600, LOUD, np.int16))
    await stage.speaker.until("stop")
    await stage.until(MediaState.PAUSED)
    stage.player.command(MediaCommand.RESUME)
    await stage.until(MediaState.PLAYING)
    stage.player.command(MediaCommand.STOP)
    await stage.until(MediaState.IDLE)
    assert sound.is_dropped


async def test_media_are_softer_while_somebody_is_heard(stage: Stage) -> None:
    """They are ducked from the next tenth of a second on."""
    stage.player.is_ducked = True
    stage.player.begin(music())
    await stage.speaker.until("write")
    assert stage.speaker.written[0].max() == round(LOUD * DUCKED)
    stage.speaker.play_all()


async def test_a_sender_that_is_too_fast_is_not_waited_for() -> None:
    """Media that do not fit are lost: the connection has more important things."""
    sound = Sound(is_lossy=True)
    async with asyncio.timeout(10):
        for _ in range(100):
            await sound.put(np.ones(16_000, np.int16))
    sound.end()
    kept = 0
    while (piece := await sound.next_piece()) is not None:
        kept += len(piece)
    assert kept == 30 * 16_000
    assert sound.is_finished
