"""Test setting wake words with the wizard and the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of
from tests.integration.talking import SATELLITE, call

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

WORD, WORD_2 = "select.kitchen_wake_word", "select.kitchen_wake_word_2"
THRESHOLD = "number.kitchen_wake_word_threshold"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


async def test_old_satellites_keep_their_words(
    hass: HomeAssistant,
    running_server: SpeechServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """An old satellite has no words to select, and the wizard gets a reason."""
    satellite.knows_wake_words = True
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(WORD) is None
    assert hass.states.get(THRESHOLD) is None
    with pytest.raises(HomeAssistantError) as caught:
        await call(
            hass, "set_wake_word", entity_id=SATELLITE, wake_words=["hey mycroft"]
        )
    assert caught.value.translation_key == "wake_words_are_fixed"


@pytest.mark.parametrize("kind", ["server", "device"])
async def test_home_assistants_own_wizard(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    running_server: SpeechServer,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    kind: str,
) -> None:
    """The wizard lists the words, sets two of them, and refuses a third."""
    satellite.learn(words=kind == "device")
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    assert await async_setup_component(hass, "assist_satellite", {})
    client = await hass_ws_client(hass)

    async def ask(kind: str, **data: Any) -> dict[str, Any]:
        await client.send_json_auto_id(
            {"type": f"assist_satellite/{kind}", "entity_id": SATELLITE, **data}
        )
        answer: dict[str, Any] = await client.receive_json()
        return answer

    answer = (await ask("get_configuration"))["result"]
    words = [word["id"] for word in answer["available_wake_words"]]
    assert answer["max_active_wake_words"] == 2
    assert answer["active_wake_words"] == [words[0]]
    assert answer["pipeline_entity_id"] == "select.kitchen_assistant"
    wanted = words[1::-1]
    assert (await ask("set_wake_words", wake_word_ids=wanted))["success"]
    answer = (await ask("get_configuration"))["result"]
    assert set(answer["active_wake_words"]) == set(wanted)
    three = [*wanted, wanted[0]]
    assert not (await ask("set_wake_words", wake_word_ids=three))["success"]


async def test_the_wizard_can_try_a_word_of_the_server(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The wizard receives the word, and the next one starts a command."""
    running_server.wakes_after_ms = None
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "assist_satellite/intercept_wake_word", "entity_id": SATELLITE}
    )
    assert (await client.receive_json())["success"]
    other = await hass_ws_client(hass)
    await other.send_json_auto_id(
        {"type": "assist_satellite/intercept_wake_word", "entity_id": SATELLITE}
    )
    assert not (await other.receive_json())["success"]
    running_server.wakes_after_ms = 200
    answer = await client.receive_json()
    assert answer["event"] == {"wake_word_phrase": "hey jarvis"}
    assert not [e for e in running_satellite.received if e.type == "detection"]
    await running_satellite.wait_for("detection")
    running_server.wakes_after_ms = None
    await running_satellite.wait_turn(TurnPhase.IDLE)


async def test_action(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Words are given by ID or phrase; the response lists all words."""
    response = await call(
        hass, "set_wake_word", entity_id=SATELLITE, wake_words=["Alexa", "hey_jarvis"]
    )
    answer = response["satellites"][SATELLITE]
    assert answer["active"] == ["alexa", "hey_jarvis"]
    assert {"id": "alexa", "phrase": "alexa"} in answer["available"]
    assert [state_of(hass, e) for e in (WORD, WORD_2)] == ["alexa", "hey jarvis"]
    response = await call(hass, "set_wake_word", entity_id=SATELLITE, wake_words=[])
    assert response["satellites"][SATELLITE]["active"] == ["hey_jarvis"]
    with pytest.raises(ServiceValidationError) as caught:
        await call(
            hass, "set_wake_word", entity_id=SATELLITE, wake_words=["alexa", "häy 🏠"]
        )
    assert caught.value.translation_key == "unknown_wake_word"
    placeholders = caught.value.translation_placeholders or {}
    assert placeholders["available"] == "hey jarvis, alexa"
    assert state_of(hass, WORD) == "word_of_assistant"


@pytest.mark.parametrize(
    "data",
    [
        {"wake_words": ["a"]},
        {"entity_id": SATELLITE},
        {"entity_id": SATELLITE, "wake_words": ["a", "b", "c"]},
        {"entity_id": SATELLITE, "wake_words": [""]},
        {"entity_id": SATELLITE, "wake_words": [{"a": 1}]},
        {"entity_id": SATELLITE, "wake_words": ["x" * 3000]},
    ],
    ids=str,
)
async def test_wrong_calls(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, data: dict[str, Any]
) -> None:
    """An invalid call changes nothing."""
    with pytest.raises(vol.Invalid):
        await call(hass, "set_wake_word", **data)
