"""Test changing settings from Home Assistant and on the satellite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from wyoming.pipeline import PipelineStage

from custom_components.hearken.satellite import settings as control
from hearken_speech.protocol import SatelliteSettings, TurnPhase
from tests.integration.conftest import state_of
from tests.integration.talking import SATELLITE, call, speak
from tests.integration.test_condition import holds
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

MUTE, VOLUME = "switch.kitchen_mute", "number.kitchen_volume"
GAIN = "number.kitchen_microphone_gain"


async def act(hass: HomeAssistant, action: str, entity_id: str, **data: Any) -> None:
    """Call an action of an entity."""
    domain, name = action.split(".")
    await hass.services.async_call(
        domain, name, {"entity_id": entity_id, **data}, blocking=True
    )


async def test_settings_reach_the_satellite(
    hass: HomeAssistant, kitchen: SatelliteSimulator
) -> None:
    """The satellite confirms a setting before the action ends."""
    assert [state_of(hass, e) for e in (MUTE, VOLUME, GAIN)] == ["off", "80", "0.0"]
    await act(hass, "switch.turn_on", MUTE)
    await act(hass, "number.set_value", VOLUME, value=35)
    await act(hass, "number.set_value", GAIN, value=-6)
    assert kitchen.settings == SatelliteSettings(muted=True, volume=0.35, gain_db=-6.0)
    assert [state_of(hass, e) for e in (MUTE, VOLUME, GAIN)] == ["on", "35", "-6.0"]
    await act(hass, "switch.turn_off", MUTE)
    assert kitchen.settings.muted is False


async def test_changes_at_the_satellite_are_seen(
    hass: HomeAssistant, kitchen: SatelliteSimulator
) -> None:
    """A mute button on the device is reflected in Home Assistant."""
    target = {"target": {"entity_id": SATELLITE}}
    assert not await holds(hass, "is_muted", **target)
    await kitchen.change(SatelliteSettings(muted=True, volume=0.5))
    await until(lambda: state_of(hass, MUTE) == "on")
    assert state_of(hass, VOLUME) == "50"
    state = hass.states.get(SATELLITE)
    assert state is not None
    assert state.attributes["muted"] is True
    assert await holds(hass, "is_muted", **target)


async def test_settings_are_known_after_a_lost_connection(
    hass: HomeAssistant, kitchen: SatelliteSimulator
) -> None:
    """Settings are unavailable while the satellite is away, then reread."""
    await kitchen.stop()
    entities = (MUTE, VOLUME, GAIN, "button.kitchen_stop")
    await until(
        lambda: {state_of(hass, entity) for entity in entities} == {STATE_UNAVAILABLE}
    )
    assert state_of(hass, "binary_sensor.kitchen_connection") == "off"
    with pytest.raises(HomeAssistantError) as caught:
        await call(
            hass, "set_wake_word", entity_id=SATELLITE, wake_words=["hey jarvis"]
        )
    assert caught.value.translation_key == "no_satellite"
    kitchen.welcome = replace(
        kitchen.welcome, settings=SatelliteSettings(muted=True, volume=0.2, gain_db=3.0)
    )
    await kitchen.start()
    await until(lambda: state_of(hass, MUTE) == "on")
    assert state_of(hass, VOLUME) == "20"
    assert state_of(hass, "binary_sensor.kitchen_connection") == "on"


async def test_an_old_satellite_lacks_the_entities(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """Unsupported settings have no entities; everything else works."""
    for entity in (MUTE, VOLUME, GAIN):
        assert hass.states.get(entity) is None
    state = hass.states.get(SATELLITE)
    assert state is not None
    assert "muted" not in state.attributes
    assert state_of(hass, "button.kitchen_listen_now") == "unknown"


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("takes_settings", "settings_refused"),
        ("answers_settings", "settings_not_confirmed"),
    ],
)
async def test_a_setting_that_does_not_come_about_is_an_error(
    hass: HomeAssistant,
    kitchen: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    key: str,
) -> None:
    """An unconfirmed change raises an error, and the entity shows the actual value."""
    monkeypatch.setattr(control, "SETTINGS_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(control, "SETTINGS_AGAIN_SECONDS", 0.1)
    setattr(kitchen, fault, False)
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "switch.turn_on", MUTE)
    assert caught.value.translation_key == key
    assert state_of(hass, MUTE) == "off"


async def test_two_changes_at_once(
    hass: HomeAssistant, kitchen: SatelliteSimulator
) -> None:
    """A change on the satellite during another one does not raise an error."""
    kitchen.answers_settings = False
    task = hass.async_create_task(act(hass, "number.set_value", VOLUME, value=10))
    await kitchen.wait_for("hearken-settings")
    await kitchen.change(SatelliteSettings(muted=True))
    await kitchen.change(SatelliteSettings(volume=0.1))
    await task
    assert (state_of(hass, VOLUME), state_of(hass, MUTE)) == ("10", "on")


async def test_nonsense_about_settings_is_ignored(
    hass: HomeAssistant, kitchen: SatelliteSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The entity keeps the last valid value."""
    await kitchen.send(SatelliteSettings(volume=7.0))
    await until(lambda: "invalid event" in caplog.text)
    assert state_of(hass, VOLUME) == "80"


@pytest.mark.usefixtures("all_entities_enabled")
async def test_listening_is_told(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """The sensor is on from the wake word to the end of speech."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == "binary_sensor.kitchen_listening":
            assert event.data["new_state"] is not None
            states.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    running_server.ends_speech_after_ms = 200
    await speak(kitchen)
    await until(lambda: states == ["on", "off"])


async def test_listen_now(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """The button opens the microphone; while muted, it raises an error."""
    await act(hass, "button.press", "button.kitchen_listen_now")
    turn = await kitchen.wait_turn(TurnPhase.IDLE)
    assert turn.listen_again
    await kitchen.ask_for_run(PipelineStage.ASR)
    await kitchen.open_microphone()
    await kitchen.wait_turn(TurnPhase.LISTENING)
    await act(hass, "button.press", "button.kitchen_stop")
    await kitchen.mute()
    await act(hass, "switch.turn_on", MUTE)
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "button.press", "button.kitchen_listen_now")
    assert caught.value.translation_key == "satellite_muted"
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "listen", entity_id=SATELLITE, chime=False)
    assert caught.value.translation_key == "satellite_muted"


async def test_mute_ends_the_listening(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """Muting cancels the command."""
    await kitchen.ask_for_run(PipelineStage.ASR)
    await kitchen.open_microphone()
    await kitchen.wait_turn(TurnPhase.LISTENING)
    await act(hass, "switch.turn_on", MUTE)
    turn = await kitchen.wait_turn(TurnPhase.IDLE)
    assert turn.error is None
    await until(lambda: state_of(hass, SATELLITE) == "idle")
    assert not [e for e in kitchen.received if e.type == "transcript"]


async def test_stop_ends_an_announcement(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """The sound stops, and the announce action ends without an error."""
    kitchen.says_played = False
    task = hass.async_create_task(
        act(
            hass,
            "assist_satellite.announce",
            SATELLITE,
            message="A very long story",
            preannounce=False,
        )
    )
    await kitchen.wait_for("audio-stop")
    await act(hass, "button.press", "button.kitchen_stop")
    await kitchen.wait_for("hearken-stop")
    await task
    assert not (await kitchen.wait_turn(TurnPhase.IDLE)).listen_again
    assert state_of(hass, SATELLITE) == "idle"


async def test_stop_ends_an_answer(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """After a stop, the user can speak again at once."""
    running_server.ends_speech_after_ms = 200
    kitchen.says_played = False
    await kitchen.ask_for_run(PipelineStage.ASR)
    await kitchen.open_microphone()
    await kitchen.wait_turn(TurnPhase.RESPONDING)
    await kitchen.wait_for("audio-start")
    await act(hass, "button.press", "button.kitchen_stop")
    await kitchen.wait_for("hearken-stop")
    await kitchen.wait_turn(TurnPhase.IDLE)
    await until(lambda: state_of(hass, SATELLITE) == "idle")


async def test_stop_gives_up_a_question(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """After a stop, the ask action returns that there is no answer."""
    task = hass.async_create_task(
        call(hass, "listen", entity_id=SATELLITE, chime=False)
    )
    await kitchen.wait_turn(TurnPhase.IDLE)
    await act(hass, "button.press", "button.kitchen_stop")
    assert (await task)["text"] is None


async def test_buttons_need_the_satellites_entity(
    hass: HomeAssistant,
    kitchen: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """If the satellite's entity is disabled, the error says what to do."""
    er.async_get(hass).async_update_entity(
        SATELLITE, disabled_by=er.RegistryEntryDisabler.USER
    )
    assert await hass.config_entries.async_reload(satellite_entry.entry_id)
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "button.press", "button.kitchen_stop")
    assert caught.value.translation_key == "satellite_disabled"


async def test_last_command_is_kept_by_those_who_want_it(
    hass: HomeAssistant,
    running_server: SpeechServer,
    kitchen: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The last command is a state only if the owner enables the entity."""
    registry = er.async_get(hass)
    entity = "sensor.kitchen_last_command"
    entry = registry.async_get(entity)
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    registry.async_update_entity(entity, disabled_by=None)
    assert await hass.config_entries.async_reload(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, entity) == "unknown"
    running_server.ends_speech_after_ms = 200
    running_server.text = "x" * 300
    await kitchen.wait_for("run-satellite")
    await speak(kitchen)
    await until(lambda: state_of(hass, entity) == "x" * 255)


async def test_diagnostics_tell_the_settings(
    hass: HomeAssistant,
    kitchen: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Diagnostics contain the settings but no spoken text."""
    assert await async_setup_component(hass, "diagnostics", {})
    shown = await get_diagnostics_for_config_entry(hass, hass_client, satellite_entry)
    assert shown["settings"] == {"muted": False, "volume": 0.8, "gain_db": 0.0}
    assert shown["welcome"]["abilities"] == ["gain", "mute", "stop", "volume"]
    assert shown["wake_words"]["on_device"] is False
