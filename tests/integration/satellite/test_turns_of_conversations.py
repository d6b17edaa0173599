"""Test what automations are told about the turns of a conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from custom_components.hearken.const import DOMAIN
from custom_components.hearken.exchanges.events import HearkenEvent
from custom_components.hearken.exchanges.exchange import (
    Exchange,
    Kind,
    Source,
    TurnKind,
    TurnRecord,
)
from custom_components.hearken.exchanges.house import async_get_house
from hearken_speech.protocol import NameProposal, TranscriptDetails
from tests.integration.conftest import state_of, troubles
from tests.integration.talking import recorded_events, speak
from tests.integration.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

COUNT = "sensor.speech_commands_taken_back"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


@pytest.fixture
def lamps(hass: HomeAssistant) -> dict[str, str]:
    """Add three lamps, and services that switch them."""
    ids = {}
    for name in ("Table lamp", "Cable lamp", "Bright star"):
        entry = er.async_get(hass).async_get_or_create(
            "light", "test", name, original_name=name
        )
        hass.states.async_set(entry.entity_id, "off", {"friendly_name": name})
        async_expose_entity(hass, "conversation", entry.entity_id, should_expose=True)
        ids[name] = entry.entity_id

    def switch(call: ServiceCall) -> None:
        for entity_id in call.data["entity_id"]:
            state = hass.states.get(entity_id)
            assert state is not None
            new = call.service.removeprefix("turn_")
            hass.states.async_set(entity_id, new, state.attributes)

    for service in ("turn_on", "turn_off"):
        hass.services.async_register("light", service, switch)
    return ids


async def turns(
    hass: HomeAssistant,
    server: SpeechServer,
    satellite: SatelliteSimulator,
    texts: Sequence[str],
) -> list[dict[str, object]]:
    """Say these texts one after the other; return what automations learn of each."""
    events = recorded_events(hass)
    for count, text in enumerate(texts, start=1):
        server.text = text
        await speak(satellite)

        def done(count: int = count) -> bool:
            return sum(event.kind is Kind.COMMAND_DONE for event in events) == count

        await until(done)
    fields = ("turn", "corrected")
    return [
        {key: value for key in fields if (value := event.exchange.known().get(key))}
        for event in events
        if event.kind is Kind.COMMAND_DONE
    ]


async def test_wanting_nothing_is_told_apart(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamps: dict[str, str],
) -> None:
    """A wake word that is taken back is a sign that nobody said it."""
    events = recorded_events(hass)
    texts = ("turn on the table lamp", "never mind", "thank you")
    await turns(hass, running_server, running_satellite, texts)
    found = [e.exchange.turn for e in events if e.kind is Kind.COMMAND_DONE]
    assert [turn and turn.is_cancelled for turn in found] == [False, True, False]


async def test_kinds_of_turns(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamps: dict[str, str],
) -> None:
    """Order, follow-up, correction and undo are told apart; mistakes are counted."""
    assert state_of(hass, COUNT) == "0"
    texts = (
        *("turn on the table lamp", "and the bright star"),
        *("no I meant the cable lamp", "undo that", "thank you"),
    )
    assert await turns(hass, running_server, running_satellite, texts) == [
        {"turn": "order"},
        {"turn": "follow_up"},
        {"turn": "correction", "corrected": "and the bright star"},
        {"turn": "undo", "corrected": "no I meant the cable lamp"},
        {"turn": "other"},
    ]
    assert [state_of(hass, one) for one in lamps.values()] == ["on", "off", "off"]
    assert state_of(hass, COUNT) == "2"


async def test_answer_to_a_question(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamps: dict[str, str],
) -> None:
    """A correction after an answer names the order that the answer was for."""
    hass.states.async_set(lamps["Bright star"], "unavailable")
    texts = ("turn on the lamp", "the cable lamp", "no I meant the table lamp")
    assert await turns(hass, running_server, running_satellite, texts) == [
        {"turn": "order"},
        {"turn": "answer"},
        {"turn": "correction", "corrected": "turn on the lamp"},
    ]


async def test_late_correction_is_no_mistake(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamps: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever thinks again after a while was not misheard."""
    now, late = dt_util.utcnow(), timedelta(seconds=11)
    monkeypatch.setattr(dt_util, "utcnow", lambda: now)
    await turns(hass, running_server, running_satellite, ["turn on the table lamp"])
    monkeypatch.setattr(dt_util, "utcnow", lambda: now + late)
    said = await turns(hass, running_server, running_satellite, ["undo"])
    assert said == [{"turn": "undo", "corrected": "turn on the table lamp"}]
    assert state_of(hass, COUNT) == "0"


def corrected(hass: HomeAssistant, heard: str, meant: str, seconds: float = 4) -> None:
    """Publish that an order was corrected."""
    turn = TurnRecord(
        kind=TurnKind.CORRECTION,
        corrected=heard,
        corrected_after_seconds=seconds,
        heard=heard,
        meant=(meant,),
    )
    async_get_house(hass).dispatcher.publish(
        HearkenEvent(
            kind=Kind.COMMAND_DONE,
            source=Source(id="1", name="Kitchen"),
            exchange=Exchange(text="no", turn=turn),
        )
    )


async def test_name_that_is_corrected_three_times(
    hass: HomeAssistant, running_server: SpeechServer, lamps: dict[str, str]
) -> None:
    """What stood for the name that was meant becomes an alias, once confirmed."""
    for _ in range(2):
        corrected(hass, "turn on the gable ramp", lamps["Cable lamp"])
        await hass.async_block_till_done(wait_background_tasks=True)
        assert troubles(hass) == set()
    corrected(hass, "turn on the gable ramp", lamps["Cable lamp"])
    await until(lambda: troubles(hass) == {"name_misheard"})
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.domain == DOMAIN
    assert issue.translation_placeholders == {
        "name": "Cable lamp",
        "alias": "gable ramp",
        "entity_id": lamps["Cable lamp"],
    }


async def test_corrections_that_teach_nothing(
    hass: HomeAssistant, running_server: SpeechServer, lamps: dict[str, str]
) -> None:
    """Whoever said the wrong name, or thought again, was heard well."""
    for _ in range(4):
        corrected(hass, "turn on the table lamp", lamps["Cable lamp"])
        corrected(hass, "turn on the gable ramp", lamps["Cable lamp"], seconds=11)
        corrected(hass, "turn on the cable lamp", lamps["Cable lamp"])
        corrected(hass, "turn on something", lamps["Cable lamp"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert troubles(hass) == set()


async def test_misheard_name_is_learned_from_real_corrections(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamps: dict[str, str],
) -> None:
    """What was heard, another lamp, and a correction, three times, lead to a repair."""
    wrong = NameProposal(text="turn on the table lamp", margin=-1.0)
    details = TranscriptDetails(audio_seconds=2, decode_seconds=0.1, offers_names=True)
    running_server.transcript_context = details.context()
    for _ in range(3):
        assert troubles(hass) == set()
        running_server.proposals = (wrong,)
        text = "turn on the gable lamp"
        await turns(hass, running_server, running_satellite, [text])
        assert state_of(hass, lamps["Table lamp"]) == "on"
        running_server.proposals = ()
        text = "no I meant the cable lamp"
        await turns(hass, running_server, running_satellite, [text])
        assert state_of(hass, lamps["Table lamp"]) == "off"
        assert state_of(hass, lamps["Cable lamp"]) == "on"
    await until(lambda: troubles(hass) == {"name_misheard"})
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders == {
        "name": "Cable lamp",
        "alias": "gable lamp",
        "entity_id": lamps["Cable lamp"],
    }
