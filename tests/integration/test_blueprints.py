"""Test importing and running each blueprint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import models
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import async_mock_service
from wyoming.pipeline import PipelineStage

from custom_components.hearken.exchanges.exchange import Kind
from tests.integration.talking import SATELLITE, answer, put_satellite, speak
from tests.integration.test_trigger import happen
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "hearken"
LAMPS = ("Chandelier", "Aquarium", "Reading lamp", "Bedside light", "Stairwell sconce")
NAMES = sorted(path.stem for path in BLUEPRINTS.glob("*.yaml"))


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


def _import(config_dir: str, name: str) -> None:
    """Copy a blueprint to the folder of imported blueprints."""
    folder = Path(config_dir) / "blueprints" / "automation" / "hearken"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(BLUEPRINTS / f"{name}.yaml", folder)


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Set up an automation from an imported blueprint."""
    await hass.async_add_executor_job(_import, hass.config.config_dir, name)
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Test",
                "use_blueprint": {"path": f"hearken/{name}.yaml", "input": inputs},
            }
        },
    )
    await hass.async_block_till_done()
    state = hass.states.get("automation.test")
    assert state is not None
    assert state.state == "on"


def spoken(server: SpeechServer) -> list[str]:
    """Return the messages spoken so far."""
    return [e.data["text"] for e in server.received if e.type == "synthesize"]


def test_there_are_seven() -> None:
    """All seven blueprints are tested below."""
    assert NAMES == [
        "announce_nearest",
        "doorbell_question",
        "good_night",
        "not_understood",
        "quiet_music",
        "strict_wake_word",
        "timers_everywhere",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_blueprint_can_be_imported(name: str) -> None:
    """Home Assistant accepts the blueprint and its source URL."""
    path = BLUEPRINTS / f"{name}.yaml"
    blueprint = models.Blueprint(
        load_yaml_dict(path),
        path=str(path),
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
    assert blueprint.validate() is None
    data = blueprint.data["blueprint"]
    source = data["source_url"]
    assert source.startswith("https://github.com/hearken-voice/hearken/blob/main/")
    assert source.endswith(f"blueprints/automation/hearken/{name}.yaml")
    assert len(data["description"]) > 40
    assert data["homeassistant"]["min_version"] == "2026.10.0"


def test_blueprints_are_linked() -> None:
    """The documentation has an import link for each blueprint."""
    page = (BLUEPRINTS.parents[2] / "docs" / "automations.md").read_text("utf-8")
    for name in NAMES:
        path = f"blueprints%2Fautomation%2Fhearken%2F{name}.yaml"
        assert "blueprint_import/?blueprint_url=" in page
        assert path in page, name


async def test_good_night(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Lights turn off, and an open door is closed after a yes."""
    off = async_mock_service(hass, "light", "turn_off")
    close = async_mock_service(hass, "cover", "close_cover")
    lock = async_mock_service(hass, "lock", "lock")
    hass.states.async_set("cover.garage", "open", {"friendly_name": "Garage"})
    hass.states.async_set("cover.blind", "closed", {"friendly_name": "Blind"})
    hass.states.async_set("lock.door", "unlocked", {"friendly_name": "Door"})
    await use(
        hass,
        "good_night",
        satellite=SATELLITE,
        lights={"entity_id": "light.kitchen"},
        covers=["cover.garage", "cover.blind"],
        locks=["lock.door"],
    )
    running_server.text = "good night"
    await speak(running_satellite)
    running_server.text = "yes please"
    await answer(running_satellite)
    await until(lambda: bool(lock))
    assert spoken(running_server) == [
        "Good night.",
        "Still open: Garage, Door. Should I close them?",
    ]
    assert off[0].data["entity_id"] == ["light.kitchen"]
    assert close[0].data["entity_id"] == ["cover.garage"]
    assert lock[0].data["entity_id"] == ["lock.door"]


async def test_good_night_leaves_open_after_a_no(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """After a no the door stays open; if all is closed, nothing is asked."""
    close = async_mock_service(hass, "cover", "close_cover")
    hass.states.async_set("cover.garage", "open", {"friendly_name": "Garage"})
    await use(hass, "good_night", satellite=SATELLITE, covers=["cover.garage"])
    running_server.text = "good night"
    await speak(running_satellite)
    running_server.text = "no"
    await answer(running_satellite)
    await until(lambda: _is_idle(hass))
    assert not close
    hass.states.async_set("cover.garage", "closed", {"friendly_name": "Garage"})
    running_server.text = "good night"
    await speak(running_satellite)
    await hass.async_block_till_done()
    assert _is_idle(hass)


def _is(hass: HomeAssistant, entity_id: str, wanted: str) -> bool:
    """Return whether an entity has this state."""
    state = hass.states.get(entity_id)
    return state is not None and state.state == wanted


def _is_idle(hass: HomeAssistant) -> bool:
    """Return whether the automation is not running."""
    state = hass.states.get("automation.test")
    assert state is not None
    return bool(state.attributes["current"] == 0)


async def test_not_understood_learns_a_name(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
) -> None:
    """A misheard name is recorded, asked about, learned, and works."""
    await async_update_pipeline(
        hass, async_get_pipeline(hass), conversation_engine=HOME_ASSISTANT_AGENT
    )
    entry = _hang_lamps(hass)
    notes = async_mock_service(hass, "persistent_notification", "create")
    await use(hass, "not_understood", satellites={"entity_id": SATELLITE})
    running_server.text = "turn on the stare well scones"
    await speak(running_satellite)
    running_server.text = "Yes."
    await answer(running_satellite)
    await until(lambda: len(spoken(running_server)) == 3)
    assert spoken(running_server)[1:] == [
        "I heard stare well scones. Did you mean Stairwell sconce?",
        "Thanks, I will remember that.",
    ]
    assert notes[0].data["message"] == "“turn on the stare well scones”"
    await until(lambda: _is_idle(hass))
    running_server.text = "turn on the stare well scones"
    await speak(running_satellite)
    assert [one.data["entity_id"] for one in light_calls] == [[entry.entity_id]]


async def test_not_understood_does_not_ask_after_the_agent(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """If our agent has asked which name was meant, it is only recorded."""
    _hang_lamps(hass)
    notes = async_mock_service(hass, "persistent_notification", "create")
    await use(hass, "not_understood", satellites={"entity_id": SATELLITE})
    await happen(
        hass,
        Kind.NOT_UNDERSTOOD,
        text="turn on the stare well scones",
        answer="Did you mean Stairwell sconce?",
    )
    await until(lambda: bool(notes) and _is_idle(hass))
    assert spoken(running_server) == []


def _hang_lamps(hass: HomeAssistant) -> er.RegistryEntry:
    """Add several lamps: fuzzy matching is not enough; return the last one."""
    for number, name in enumerate(LAMPS):
        entry = er.async_get(hass).async_get_or_create(
            "light", "test", str(number), original_name=name
        )
        hass.states.async_set(entry.entity_id, "off", {"friendly_name": name})
    return entry


async def test_not_understood_does_not_ask_about_nothing(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A sentence without a similar name is only recorded."""
    notes = async_mock_service(hass, "persistent_notification", "create")
    await use(hass, "not_understood", satellites={"entity_id": SATELLITE})
    running_server.text = "my hovercraft is full of eels"
    await speak(running_satellite)
    await until(lambda: bool(notes) and _is_idle(hass))
    assert len(spoken(running_server)) == 1


async def test_announce_nearest(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The message is played at the selected satellite, or the one last spoken to."""
    hass.states.async_set("switch.washer", "on")
    await use(
        hass,
        "announce_nearest",
        entity="switch.washer",
        fallback={"entity_id": SATELLITE},
        message="Ready",
    )
    calls: list[dict[str, Any]] = []
    hass.bus.async_listen(
        "call_service",
        lambda event: (
            calls.append(dict(event.data["service_data"]))
            if event.data["service"] == "say"
            else None
        ),
    )
    hass.states.async_set("switch.washer", "off")
    await until(lambda: len(calls) == 1)
    await until(lambda: _is_idle(hass))
    assert calls[0] == {"message": "Ready", "entity_id": [SATELLITE]}
    await speak(running_satellite)
    hass.states.async_set("switch.washer", "on")
    hass.states.async_set("switch.washer", "off")
    await until(lambda: len(calls) == 2)
    assert calls[1] == {"message": "Ready", "where": "nearest"}
    await until(lambda: _is_idle(hass))


async def test_quiet_music(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Loud players are lowered at the wake word and restored afterwards."""
    volumes = async_mock_service(hass, "media_player", "volume_set")
    hass.states.async_set("media_player.radio", "playing", {"volume_level": 0.6})
    hass.states.async_set("media_player.tv", "off", {"volume_level": 0.9})
    hass.states.async_set("media_player.soft", "playing", {"volume_level": 0.05})
    players = ["media_player.radio", "media_player.tv", "media_player.soft"]
    await use(hass, "quiet_music", satellite=SATELLITE, players=players)
    await speak(running_satellite, wake_word_name="hey_mycroft")
    await until(lambda: len(volumes) == 2)
    assert volumes[0].data == {
        "entity_id": ["media_player.radio"],
        "volume_level": 0.1,
    }
    assert volumes[1].data == {
        "entity_id": ["media_player.radio"],
        "volume_level": 0.6,
    }
    await until(lambda: _is_idle(hass))


async def test_strict_wake_word(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The threshold follows the TV, and a missing word is skipped."""
    threshold = "number.kitchen_wake_word_threshold"
    hass.states.async_set("media_player.tv", "off")
    await use(
        hass,
        "strict_wake_word",
        players=["media_player.tv"],
        thresholds=[threshold, "number.kitchen_wake_word_2_threshold"],
        strict=0.9,
    )
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    hass.states.async_set("media_player.tv", "playing")
    await until(lambda: _is(hass, threshold, "0.9"))
    detect = await running_server.wait_for("detect")
    words = detect.data["context"]["hearken"]["words"]
    assert words == {"hey_jarvis": {"threshold": 0.9}}
    hass.states.async_set("media_player.tv", "paused")
    await until(lambda: _is(hass, threshold, "0.5"))


@pytest.mark.parametrize(
    ("said", "done"), [("yes", "opened"), ("not now", "refused"), ("", "waited")]
)
async def test_doorbell_question(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    said: str,
    done: str,
) -> None:
    """The answer selects the action at the door."""
    events: list[str] = []
    for name in ("opened", "refused", "waited"):
        hass.bus.async_listen(name, lambda event: events.append(str(event.event_type)))
    hass.states.async_set("event.doorbell", "unavailable")
    await use(
        hass,
        "doorbell_question",
        doorbell="event.doorbell",
        satellite=SATELLITE,
        on_yes=[{"event": "opened"}],
        on_no=[{"event": "refused"}],
        on_silence=[{"event": "waited"}],
    )
    hass.states.async_set("event.doorbell", "2026-01-01T00:00:00.000+00:00")
    await hass.async_block_till_done()
    assert not spoken(running_server)

    hass.states.async_set("event.doorbell", "2026-01-01T00:01:00.000+00:00")
    running_server.text = said
    await answer(running_satellite)
    if not said:
        await answer(running_satellite)
    await until(lambda: bool(events))
    assert events == [done]


async def test_timers_everywhere(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The end of a timer is announced everywhere, with its name if it has one."""
    put_satellite(hass, "kitchen")
    await use(hass, "timers_everywhere", satellites={"entity_id": SATELLITE})
    await happen(hass, Kind.TIMER_FINISHED)
    await happen(hass, Kind.TIMER_FINISHED, timer="“Pizza” 🍕")
    await until(lambda: len(spoken(running_server)) == 2)
    assert spoken(running_server) == [
        "Kitchen: the timer has finished.",
        "Kitchen: the timer “Pizza” has finished.",
    ]
    await until(lambda: _is_idle(hass))
