"""Test telling the server which languages the house speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.assist_pipeline import (
    async_get_pipelines,
    async_update_pipeline,
)

from custom_components.hearken.const import CONF_DOWNLOAD_MODELS, CONF_LANGUAGES
from tests.integration.conftest import state_of
from tests.integration.server.entities import CONNECTED
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.speech_server import SpeechServer


def told(control: ControlServer) -> list[Any]:
    """Return what the server was told about the house."""
    return control.told


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up the server."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)


async def test_server_is_told_at_once_and_only_once(
    hass: HomeAssistant, control: ControlServer, control_entry: MockConfigEntry
) -> None:
    """The language of Home Assistant counts before there is any assistant for it."""
    hass.config.language = "de"
    await set_up(hass, control_entry)
    await until(lambda: bool(told(control)))
    await control.change(state="loading")
    await control.change(state="ready")
    await until(lambda: state_of(hass, "sensor.speech_status") == "ready")
    assert told(control) == [{"languages": ["de"], "download": True}]


async def test_server_that_comes_back_is_told_again(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """It may be a new one, with nothing stored."""
    await until(lambda: len(told(connected)) == 1)
    await connected.stop()
    await until(lambda: state_of(hass, CONNECTED) == "off")
    await connected.start()
    await until(lambda: len(told(connected)) == 2)
    assert told(connected)[0] == told(connected)[1]


async def test_languages_of_the_owner_count(
    hass: HomeAssistant, control: ControlServer, control_entry: MockConfigEntry
) -> None:
    """The languages of the options come first; Home Assistant's own does not matter."""
    hass.config_entries.async_update_entry(
        control_entry,
        options={CONF_LANGUAGES: ["nb", "pt-BR"], CONF_DOWNLOAD_MODELS: False},
    )
    await set_up(hass, control_entry)
    await until(lambda: bool(told(control)))
    assert told(control)[-1] == {"languages": ["no", "pt"], "download": False}


async def test_changes_are_told(
    hass: HomeAssistant, server: SpeechServer, connected: ControlServer
) -> None:
    """Another language of Home Assistant, or an assistant of the owner in one."""
    await until(lambda: bool(told(connected)))
    assert told(connected)[-1]["languages"] == ["en"]
    await hass.config.async_update(language="fr")
    await until(lambda: told(connected)[-1]["languages"] == ["en", "fr"])
    (ours,) = [one for one in async_get_pipelines(hass) if one.name == "Hearken"]
    await async_update_pipeline(hass, ours, stt_language="en-GB")
    (other,) = [one for one in async_get_pipelines(hass) if one.id != ours.id]
    await async_update_pipeline(
        hass, other, stt_engine=ours.stt_engine, stt_language="es"
    )
    await until(lambda: told(connected)[-1]["languages"] == ["en", "fr", "es"])
    assert len(told(connected)) == 3


async def test_older_server_is_not_bothered(
    hass: HomeAssistant, control: ControlServer, control_entry: MockConfigEntry
) -> None:
    """A server that refuses is not asked again, and works."""
    control.refuses_models = True
    await set_up(hass, control_entry)
    await until(lambda: bool(told(control)))
    await control.change(requests=13)
    await until(lambda: state_of(hass, "sensor.speech_requests") == "13")
    assert len(told(control)) == 1
