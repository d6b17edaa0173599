"""Test timers on satellites of ours, which ring by themselves if they can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from homeassistant.helpers import entity_registry as er
from wyoming.ping import Ping

from custom_components.hearken.exchanges.exchange import Kind
from custom_components.hearken.schedule import async_answer, async_get_schedule
from hearken_speech.protocol import Ability, TimerChanged, Timers, TimerStage
from tests.integration.conftest import state_of
from tests.integration.satellite.users import sounds, spoken
from tests.integration.talking import SATELLITE, recorded_events
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


LINK = "custom_components.hearken.satellite.connection"


@pytest.fixture
async def keeper(
    hass: HomeAssistant,
    running_server: SpeechServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> SatelliteSimulator:
    """Set up a satellite that keeps its timers."""
    satellite.learn()
    abilities = satellite.welcome.abilities | {Ability.TIMERS}
    satellite.welcome = replace(satellite.welcome, abilities=abilities)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    await satellite.wait_for("run-satellite")
    return satellite


async def say(hass: HomeAssistant, text: str) -> str:
    """Say a sentence at the satellite."""
    reply = await async_answer(hass, text, "en", satellite_id=SATELLITE)
    assert reply is not None
    return reply.speech


def sent(satellite: SatelliteSimulator) -> list[Timers]:
    """Return the lists of timers that the satellite was sent."""
    events = [event for event in satellite.received if Timers.is_type(event.type)]
    return [Timers.from_event(event) for event in events]


async def test_satellite_gets_its_timers(
    hass: HomeAssistant, keeper: SatelliteSimulator
) -> None:
    """A satellite knows its timers, alarms and reminders, and each change."""
    await until(lambda: sent(keeper) == [Timers()])
    await say(hass, "set a pasta timer for nine minutes")
    await until(lambda: len(sent(keeper)) == 2)
    [timer] = sent(keeper)[1].timers
    assert timer.name == "pasta"
    assert 530 < timer.seconds_left <= 540
    await say(hass, "add two minutes")
    await until(lambda: len(sent(keeper)) == 3)
    assert sent(keeper)[2].timers[0].seconds_left > 640
    await say(hass, "cancel it")
    await until(lambda: sent(keeper)[-1] == Timers())


async def test_returning_satellite_gets_its_timers(
    hass: HomeAssistant, keeper: SatelliteSimulator
) -> None:
    """A satellite that was away is told what has changed."""
    await say(hass, "set a pasta timer for nine minutes")
    await until(lambda: len(sent(keeper)) == 2)
    await keeper.stop()
    await until(lambda: state_of(hass, SATELLITE) == "unavailable")
    await say(hass, "set a timer for ten minutes")
    await keeper.start()
    await until(lambda: len(sent(keeper)[-1].timers) == 2)


async def test_timers_that_may_have_arrived_late_are_sent_again(
    hass: HomeAssistant, keeper: SatelliteSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way while the network stood still names a time that is over."""
    await say(hass, "set a pasta timer for nine minutes")
    await until(lambda: len(sent(keeper)) == 2)
    monkeypatch.setattr(f"{LINK}.STALLED_SECONDS", 1000.0)
    await keeper.send(Ping(text="soon"))
    await keeper.wait_for("pong")
    assert len(sent(keeper)) == 2
    monkeypatch.setattr(f"{LINK}.STALLED_SECONDS", 0.0)
    await keeper.send(Ping(text="after a silence"))
    await until(lambda: len(sent(keeper)) == 3)
    [before], [after] = (each.timers for each in sent(keeper)[1:])
    assert after.id == before.id
    assert after.seconds_left < before.seconds_left


async def test_satellite_rings_until_it_is_stopped_there(
    hass: HomeAssistant, running_server: SpeechServer, keeper: SatelliteSimulator
) -> None:
    """The name is said once; the satellite rings, and tells when it was stopped."""
    events = recorded_events(hass)
    await say(hass, "set a pasta timer for one second")
    await until(lambda: sounds(keeper) == 1)
    assert spoken(running_server)[-1] == "Pasta"
    assert [event.kind for event in events] == [Kind.TIMER_FINISHED]
    [ringing] = async_get_schedule(hass).ringing
    assert sent(keeper)[-1].timers[0].id == ringing.occurrence_id
    changed = TimerChanged(id=ringing.occurrence_id, stage=TimerStage.ENDED)
    await keeper.send(changed)
    await until(lambda: not async_get_schedule(hass).ringing)
    await until(lambda: sent(keeper)[-1] == Timers())
    assert sounds(keeper) == 1


async def test_satellite_that_rang_alone(
    hass: HomeAssistant, keeper: SatelliteSimulator
) -> None:
    """A timer that rang and was stopped while nobody knew does not ring again."""
    events = recorded_events(hass)
    await say(hass, "wake me every day at seven")
    [item] = async_get_schedule(hass).items
    await keeper.send(TimerChanged(id=item.occurrence_id, stage=TimerStage.ENDED))
    await until(lambda: bool(events))
    assert [event.kind for event in events] == [Kind.ALARM_RINGING]
    [again] = async_get_schedule(hass).items
    assert again.due > item.due
    await keeper.send(TimerChanged(id="unknown", stage=TimerStage.ENDED))
    await keeper.send(TimerChanged(id=item.occurrence_id, stage=TimerStage.RINGING))
    await say(hass, "cancel the alarm")
    await until(lambda: sent(keeper)[-1] == Timers())


async def test_stop_button_ends_the_ringing(
    hass: HomeAssistant, keeper: SatelliteSimulator
) -> None:
    """The stop button of the satellite ends the ringing."""
    await say(hass, "set a timer for one second")
    await until(lambda: sounds(keeper) == 1)
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.kitchen_stop"}, blocking=True
    )
    await until(lambda: not async_get_schedule(hass).ringing)
    await until(lambda: sent(keeper)[-1] == Timers())


async def test_sensors(hass: HomeAssistant, keeper: SatelliteSimulator) -> None:
    """Sensors show what is due next, at the satellite and in the house."""
    entity = er.async_get(hass).async_get(SATELLITE)
    assert entity is not None
    for name in ("next_timer", "next_alarm", "next_reminder"):
        assert state_of(hass, f"sensor.kitchen_{name}") == "unknown"
    await say(hass, "remind me in ten minutes to call mum")
    [item] = async_get_schedule(hass).items
    assert item.device_id == entity.device_id
    states = [
        state
        for state in hass.states.async_all("sensor")
        if state.entity_id.endswith("_next_reminder")
    ]
    assert len(states) == 2
    for state in states:
        assert state.state == item.due.isoformat(timespec="seconds")
        assert state.attributes["items"] == [{"name": "call mum", "due": item.due}]
    assert state_of(hass, "sensor.kitchen_next_alarm") == "unknown"
    await async_answer(hass, "wake me at seven", "en", device_id="elsewhere")
    assert state_of(hass, "sensor.kitchen_next_alarm") == "unknown"
    await say(hass, "cancel the reminder")
    assert state_of(hass, "sensor.kitchen_next_reminder") == "unknown"
