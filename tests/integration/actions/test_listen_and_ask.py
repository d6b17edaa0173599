"""Test the listen and ask actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.core import Context
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from wyoming.pipeline import PipelineStage

from custom_components.hearken.exchanges.exchange import Kind
from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of
from tests.integration.talking import SATELLITE, answer, call, recorded_events, speak

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import (
        MockConfigEntry,
        MockUser,
    )

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

YES_OR_ROOM = [
    {"id": "yes", "sentences": ["(yes|sure) [of course]"]},
    {"id": "room", "sentences": ["[only] the {room}", "in the {room}"]},
]


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


def ask(hass: HomeAssistant, **data: Any) -> Any:
    """Start asking a question."""
    return hass.async_create_task(
        call(
            hass,
            "ask",
            **{
                "entity_id": SATELLITE,
                "question": "Shall I lock up?",
                "choices": YES_OR_ROOM,
                "chime": False,
                **data,
            },
        )
    )


def listen(hass: HomeAssistant, **data: Any) -> Any:
    """Start listening."""
    whole = {"entity_id": SATELLITE, "chime": False, **data}
    return hass.async_create_task(call(hass, "listen", **whole))


async def test_listen_returns_what_was_said(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """The microphone opens without a wake word, and the text is only returned."""
    events = recorded_events(hass)
    action = listen(hass)
    await answer(running_satellite)
    assert await action == {"text": "turn on the kitchen light", "timed_out": False}
    assert not light_calls
    assert not running_satellite.heard
    assert [event.kind for event in events] == [Kind.COMMAND_HEARD]
    assert state_of(hass, SATELLITE) == "idle"

    await speak(running_satellite)
    assert len(light_calls) == 1


async def test_listen_carries_out_what_was_said(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """The result of the command is returned; its answer is not spoken."""
    action = listen(hass, carry_out=True)
    await answer(running_satellite)
    response = await action
    assert len(light_calls) == 1
    assert response["understood"] is True
    assert response["response_type"] == "action_done"
    assert response["answer"]
    assert [target["id"] for target in response["targets"]] == ["light.kitchen"]

    running_server.text = "my hovercraft is full of eels"
    action = listen(hass, carry_out=True)
    await answer(running_satellite)
    response = await action
    assert response["understood"] is False
    assert response["text"] == running_server.text


async def test_listen_after_a_message(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The message is played before the microphone opens."""
    action = listen(hass, message="What shall I write down?")
    await running_satellite.wait_for("audio-stop")
    await answer(running_satellite)
    assert (await action)["text"] == running_server.text
    spoken = await running_server.wait_for("synthesize")
    assert spoken.data["text"] == "What shall I write down?"


async def test_listen_hears_nothing(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Silence gives a response, not an error."""
    running_server.text = ""
    action = listen(hass)
    await answer(running_satellite)
    assert await action == {"text": None, "timed_out": False}


async def test_listen_has_a_time_limit(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """Endless speech is cut off and not executed."""
    running_server.ends_speech_after_ms = 1_000_000
    action = listen(hass, timeout=1)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    assert await action == {"text": None, "timed_out": True}
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert state_of(hass, SATELLITE) == "idle"

    running_server.ends_speech_after_ms = 200
    await running_satellite.mute()
    await speak(running_satellite)
    assert len(light_calls) == 1


@pytest.mark.parametrize(
    ("said", "choice", "slots"),
    [
        ("Yes.", "yes", {}),
        ("sure, of course!", "yes", {}),
        ("yes please", "yes", {}),
        ("Only the “back door”.", "room", {"room": "back door"}),
        ("in the living room, please", "room", {"room": "living room"}),
    ],
)
async def test_question_is_answered(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    said: str,
    choice: str,
    slots: dict[str, str],
) -> None:
    """The matched choice and its slots are returned."""
    running_server.text = said
    events = recorded_events(hass)
    action = ask(hass)
    await answer(running_satellite)
    assert await action == {
        "choice": choice,
        "slots": slots,
        "sentence": said,
        "outcome": "answered",
    }
    assert [event.kind for event in events] == [Kind.QUESTION_ANSWERED]
    assert events[0].exchange.choice == choice
    assert events[0].exchange.text == said


async def test_question_without_choices_takes_anything(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """An open question returns the sentence."""
    running_server.text = "Milk, eggs and 🍞"
    action = ask(hass, choices=[])
    await answer(running_satellite)
    response = await action
    assert response["outcome"] == "answered"
    assert response["sentence"] == "Milk, eggs and 🍞"
    assert response["choice"] is None


async def test_question_is_repeated_once(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """After an answer that matches no choice, the question is repeated."""
    running_server.text = "my hovercraft is full of eels"
    action = ask(hass)
    await answer(running_satellite)
    await running_satellite.wait_turn(TurnPhase.RESPONDING)
    running_server.text = "yes"
    await answer(running_satellite)
    assert (await action)["choice"] == "yes"
    assert (await action)["sentence"] == "yes"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("my hovercraft is full of eels", "not_understood"), ("", "nothing_heard")],
)
async def test_question_without_a_usable_answer(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    said: str,
    outcome: str,
) -> None:
    """The question is repeated at most once, if at all."""
    running_server.text = said
    action = ask(hass)
    await answer(running_satellite)
    await answer(running_satellite)
    response = await action
    assert response["outcome"] == outcome
    assert response["choice"] is None

    action = ask(hass, repeat=False)
    await answer(running_satellite)
    assert (await action)["outcome"] == outcome


async def test_question_has_a_time_limit(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The action fails if the satellite does not open its microphone."""
    action = ask(hass, timeout=1)
    await running_satellite.wait_for("audio-stop")
    response = await action
    assert response["outcome"] == "timed_out"
    assert state_of(hass, SATELLITE) == "idle"


async def test_satellite_goes_in_the_middle(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The action fails if the satellite disconnects while listening."""
    running_server.ends_speech_after_ms = 1_000_000
    action = listen(hass)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    await running_satellite.stop()
    assert await action == {"text": None, "timed_out": False}
    with pytest.raises(ServiceValidationError) as error:
        await listen(hass)
    assert error.value.translation_key == "satellite_unavailable"


async def test_satellite_is_removed_in_the_middle(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The action fails if the satellite is removed while listening."""
    action = ask(hass, repeat=True)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await hass.config_entries.async_remove(satellite_entry.entry_id)
    with pytest.raises(HomeAssistantError):
        await action
    with pytest.raises(ServiceValidationError) as error:
        await listen(hass)
    assert error.value.translation_key == "unknown_satellite"


async def test_house_stops_in_the_middle(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Home Assistant stops while the action is listening."""
    action = listen(hass, timeout=2)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await hass.async_stop(force=True)
    assert action.done()


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("listen", {}),
        ("listen", {"entity_id": ["assist_satellite.a", "assist_satellite.b"]}),
        ("listen", {"entity_id": SATELLITE, "timeout": 0}),
        ("listen", {"entity_id": SATELLITE, "timeout": "soon"}),
        ("listen", {"entity_id": SATELLITE, "message": "x" * 3000}),
        ("ask", {"entity_id": SATELLITE}),
        ("ask", {"entity_id": SATELLITE, "question": ""}),
        ("ask", {"entity_id": SATELLITE, "question": "x" * 3000}),
        ("ask", {"entity_id": SATELLITE, "question": "?", "choices": [{"id": "a"}]}),
        (
            "ask",
            {
                "entity_id": SATELLITE,
                "question": "?",
                "choices": [{"id": "a", "sentences": ["(broken"]}],
            },
        ),
        (
            "ask",
            {
                "entity_id": SATELLITE,
                "question": "?",
                "choices": [{"id": "a", "sentences": ["yes!"]}],
            },
        ),
        (
            "ask",
            {
                "entity_id": SATELLITE,
                "question": "?",
                "choices": [{"id": "a", "sentences": []}],
            },
        ),
    ],
)
async def test_wrong_calls_are_refused(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    action: str,
    data: dict[str, Any],
) -> None:
    """Invalid calls are refused before anything is played."""
    with pytest.raises(vol.Invalid):
        await call(hass, action, **data)


@pytest.mark.parametrize(
    "entity_id", ["assist_satellite.unknown", "light.kitchen", "stt.speech"]
)
async def test_unknown_satellites(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, entity_id: str
) -> None:
    """The error names entities that are not satellites."""
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "listen", entity_id=entity_id)
    assert error.value.translation_key == "unknown_satellite"
    assert entity_id in str(error.value)


async def test_user_without_permission(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    hass_read_only_user: MockUser,
) -> None:
    """A user without permission cannot open the microphone."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            "hearken",
            "listen",
            {"entity_id": SATELLITE},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )
