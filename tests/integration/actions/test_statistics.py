"""Test long-term statistics of a server's figures, and resetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from tests.integration.conftest import state_of
from tests.integration.talking import call
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.speech_server import SpeechServer


@pytest.mark.usefixtures("all_entities_enabled")
async def test_figures_have_long_term_statistics(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Times are measurements, and counters increase until they are reset."""
    classes = {
        state.entity_id.removeprefix("sensor.speech_"): state.attributes["state_class"]
        for state in hass.states.async_all("sensor")
        if "state_class" in state.attributes
    }
    assert classes == {
        "commands_taken_back": "total_increasing",
        "requests": "total_increasing",
        "phantom_transcripts_blocked": "total_increasing",
        "wake_words_in_the_last_hour": "measurement",
        "memory": "measurement",
        "decoding_time_median": "measurement",
        "decoding_time_p95": "measurement",
        "end_of_speech_delay_median": "measurement",
        "end_of_speech_delay_p95": "measurement",
        "transcription_delay_median": "measurement",
        "transcription_delay_p95": "measurement",
        "speech_synthesis_time_median": "measurement",
        "speech_synthesis_time_p95": "measurement",
        "wake_word_delay_median": "measurement",
        "wake_word_delay_p95": "measurement",
    }


@pytest.mark.parametrize("named", [False, True])
async def test_reset(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    named: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """One server or all servers can be reset."""
    data = {"config_entry_id": control_entry.entry_id} if named else {}
    assert await call(hass, "reset_statistics", **data) == {"servers": ["Speech"]}
    assert connected.asked == [("statistics/reset", None)]
    await connected.change(requests=0)
    await until(lambda: state_of(hass, "sensor.speech_requests") == "0")


async def test_server_that_refuses(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The server's reason is shown in the user's language."""
    connected.refuses_models = True
    with pytest.raises(HomeAssistantError, match="reset the statistics of Speech"):
        await call(hass, "reset_statistics")


async def test_server_that_never_answers(
    hass: HomeAssistant, connected: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for the server has a time limit."""
    limit = "custom_components.hearken.client.control.CONTROL_TIMEOUT_SECONDS"
    monkeypatch.setattr(limit, 0.1)
    connected.is_slow = True
    with pytest.raises(HomeAssistantError, match="reset the statistics of Speech"):
        await call(hass, "reset_statistics")


@pytest.mark.parametrize("data", [{}, {"config_entry_id": "unknown"}])
async def test_no_such_server(
    hass: HomeAssistant, running_server: SpeechServer, data: dict[str, str]
) -> None:
    """A server without a token cannot be reset."""
    with pytest.raises(ServiceValidationError, match="token"):
        await call(hass, "reset_statistics", **data)


@pytest.mark.parametrize("data", [{"config_entry_id": 7}, {"server": "x"}])
async def test_wrong_calls_are_refused(
    hass: HomeAssistant, running_server: SpeechServer, data: dict[str, Any]
) -> None:
    """Fields with invalid types or names are refused."""
    with pytest.raises(vol.Invalid):
        await call(hass, "reset_statistics", **data)
