"""Test what a turn does with timers, buttons and its own sounds."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from wyoming.event import Event, Eventable
from wyoming.info import Info

from hearken_speech.protocol import (
    PeerKind,
    SatelliteSettings,
    Timer,
    Timers,
    Turn,
    TurnPhase,
    Welcome,
)
from hearken_speech.satellite.device import Device
from hearken_speech.satellite.devices.file_microphone import FileMicrophone
from hearken_speech.satellite.devices.hardware import Light
from hearken_speech.satellite.driver import TurnDriver
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.satellite.sound import Sound
from hearken_speech.satellite.tones import Trouble, trouble_tone, wake_sound
from tests.satellite.speakers import ScriptedSpeaker


class Wire:
    """Home Assistant's side, as a list."""

    def __init__(self) -> None:
        """Start with nothing sent."""
        self.sent: list[Event] = []

    async def send(self, event: Eventable) -> None:
        """Note an event."""
        self.sent.append(event.event())

    async def send_all(self, events: Callable[[], list[Eventable]]) -> None:
        """Note events."""
        self.sent += [event.event() for event in events()]

    @property
    def types(self) -> list[str]:
        """Return the types of what was sent."""
        return [event.type for event in self.sent if event.type != "audio-chunk"]


class Stage:
    """A driver with everything that it needs."""

    def __init__(self) -> None:
        """Start idle."""
        self.speaker = ScriptedSpeaker()
        self.microphone = FileMicrophone()
        self.device = Device.make(
            welcome=Welcome(kind=PeerKind.SATELLITE, id="1", name="Test", version="1"),
            info=Info(),
            microphone=self.microphone,
            speaker=SharedSpeaker(self.speaker),
        )
        self.wire = Wire()
        self.driver = TurnDriver(self.device, self.wire)


@pytest.fixture(name="stage")
async def stage_fixture() -> AsyncIterator[Stage]:
    """Return a driver whose tasks run."""
    stage = Stage()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        stage.driver.start(tasks)
        helpers = [
            tasks.create_task(stage.driver.player.run()),
            tasks.create_task(stage.device.run()),
        ]
        yield stage
        stage.driver.close()
        for helper in helpers:
            helper.cancel()


async def ringing(stage: Stage) -> None:
    """Let a timer ring."""
    rings = asyncio.Event()
    stage.device.timers.listen(rings.set)
    await stage.device.timers.replace(
        Timers(timers=(Timer(id="tea", seconds_left=0.0),))
    )
    while not stage.device.timers.is_ringing:
        rings.clear()
        await rings.wait()


async def test_the_button_ends_the_ringing_first(stage: Stage) -> None:
    """Nobody who stops a timer starts a command."""
    await stage.driver.run()
    await ringing(stage)
    stage.speaker.play_all()
    before = stage.wire.types
    await stage.driver.press()
    assert not stage.device.timers.is_ringing
    assert stage.wire.types == before


async def test_the_button_stops_an_answer_then_listens(stage: Stage) -> None:
    """Once to stop, once more to speak."""
    await stage.driver.run()
    await stage.driver.turned(Turn(phase=TurnPhase.RESPONDING))
    await stage.driver.answer(Sound.of(np.ones(160, np.int16)))
    await stage.speaker.until("write")
    await stage.driver.press()
    assert stage.wire.types[-1] == "hearken-stop"
    await stage.driver.silence()
    await stage.driver.turned(Turn(phase=TurnPhase.IDLE))
    await stage.driver.press()
    assert stage.wire.sent[-1].data["start_stage"] == "asr"


async def test_the_wake_sound_follows_the_decision(stage: Stage) -> None:
    """It is played when Home Assistant listens, not when the word is heard."""
    await stage.device.settings.change(SatelliteSettings(wake_sound=True))
    await stage.driver.run()
    await stage.driver.noticed()
    assert "open" not in stage.speaker.events
    await stage.driver.turned(Turn(phase=TurnPhase.LISTENING))
    await stage.speaker.until("write")
    assert np.array_equal(np.concatenate(stage.speaker.written), wake_sound())
    stage.speaker.play_all()


@pytest.mark.parametrize(
    "turn",
    [
        Turn(phase=TurnPhase.IDLE, heard_elsewhere=True),
        Turn(phase=TurnPhase.IDLE, error="x", heard_elsewhere=True),
    ],
)
async def test_who_is_not_the_nearest_is_silent(stage: Stage, turn: Turn) -> None:
    """Neither a wake sound nor an error tone comes from another room."""
    await stage.device.settings.change(SatelliteSettings(wake_sound=True))
    await stage.driver.run()
    await stage.driver.noticed()
    await stage.driver.turned(turn)
    await asyncio.sleep(0)
    assert "open" not in stage.speaker.events


async def test_the_button_says_that_the_microphone_is_gone(stage: Stage) -> None:
    """Nobody speaks to a satellite that hears nothing; nothing is asked for."""
    await stage.driver.run()
    stage.microphone.trouble = "pulled"
    await stage.driver.press()
    await stage.speaker.until("write")
    played = np.concatenate(stage.speaker.written)
    assert np.array_equal(played, trouble_tone(Trouble.NO_MICROPHONE))
    assert stage.wire.types.count("run-pipeline") == 1
    stage.speaker.play_all()
    stage.microphone.trouble = None
    await stage.driver.press()
    assert stage.wire.types.count("run-pipeline") == 2


async def test_a_microphone_that_goes_is_told_once(stage: Stage) -> None:
    """The light shows it until the microphone is back, by itself."""
    lights: asyncio.Queue[Light] = asyncio.Queue()
    stage.device.indicator.set_away(is_away=False)
    stage.device.indicator.listen(lights.put_nowait)
    assert await lights.get() is Light.WAITING
    stage.speaker.play_all()
    stage.microphone.trouble = "pulled"
    assert await lights.get() is Light.AWAY
    await stage.speaker.until("close")
    played = np.concatenate(stage.speaker.written)
    assert np.array_equal(played, trouble_tone(Trouble.NO_MICROPHONE))
    stage.microphone.trouble = None
    assert await lights.get() is Light.WAITING
    assert stage.speaker.events.count("open") == 1
