"""Run the examples of the automation docs as printed."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers import area_registry as ar
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.exchanges.exchange import Kind, TurnKind, TurnRecord
from custom_components.hearken.trigger import FILTERS
from tests.contract.files import INTEGRATION, load, translation
from tests.integration.talking import answer, put_satellite, speak
from tests.integration.test_trigger import happen
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

PAGE = (Path(__file__).parents[2] / "docs" / "automations.md").read_text("utf-8")
EXAMPLES: dict[str, dict[str, Any]] = {
    example["alias"]: example
    for example in map(parse_yaml, re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    if isinstance(example, dict)
}


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200


async def use(hass: HomeAssistant, alias: str) -> None:
    """Set up an example."""
    assert await async_setup_component(
        hass, "automation", {"automation": {**EXAMPLES[alias], "id": "example"}}
    )
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on"


def test_every_example_is_run() -> None:
    """Every example is run below."""
    tests = Path(__file__).read_text("utf-8")
    assert len(EXAMPLES) == PAGE.count("```yaml")
    for alias in EXAMPLES:
        assert f'use(hass, "{alias}")' in tests, alias


def test_page_is_complete() -> None:
    """Triggers with their options, conditions and actions are documented."""
    for kind, filters in FILTERS.items():
        (row,) = re.findall(rf"^\| `hearken\.{kind.value}` .*$", PAGE, re.MULTILINE)
        options = re.findall(r"`(\w+)`", row.rsplit("|", 2)[1])
        assert options == [item.value for item in filters], kind
    english = translation("en")
    for key in english["conditions"]:
        assert f"| `hearken.{key}` |" in PAGE
    for key, texts in english["services"].items():
        assert f"`hearken.{key}`" in PAGE
        section = PAGE.split("`hearken." + key + "`")[1].split("\n## ")[0]
        for field in texts["fields"]:
            assert f"`{field}`" in section or field == "entity_id", (key, field)


async def test_notification(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A sentence that is not understood creates a notification."""
    notes = async_mock_service(hass, "persistent_notification", "create")
    await use(hass, "Tell me what was not understood")
    running_server.text = "my hovercraft is full of eels"
    await speak(running_satellite)
    await until(lambda: bool(notes))
    assert notes[0].data == {
        "title": "Kitchen did not understand",
        "message": "my hovercraft is full of eels",
    }


async def test_list_of_mistakes(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """What is taken back at once is noted; an order or a late thought is not."""
    items = async_mock_service(hass, "todo", "add_item")
    await use(hass, "Keep a list of mistakes")
    for kind, seconds in ((TurnKind.ORDER, None), (TurnKind.UNDO, 30.0)):
        turn = TurnRecord(kind=kind, corrected_after_seconds=seconds)
        await happen(hass, Kind.COMMAND_DONE, text="undo", turn=turn)
    await happen(hass, Kind.COMMAND_DONE, text="undo")
    assert not items
    turn = TurnRecord(
        kind=TurnKind.UNDO, corrected="lamp on", corrected_after_seconds=4.0
    )
    await happen(hass, Kind.COMMAND_DONE, text="undo", turn=turn)
    assert [call.data["item"] for call in items] == ["lamp on: undo"]


async def test_score(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """Only a detection in the bedroom with a high score turns on the light."""
    calls = async_mock_service(hass, "light", "turn_on")
    bedroom = ar.async_get(hass).async_create("Bedroom")
    assert bedroom.id == "bedroom"
    await use(hass, "The bedroom listens only when it is sure")
    await happen(hass, Kind.WAKE_WORD_HEARD, wake_word="hey jarvis", score=0.95)
    assert not calls
    put_satellite(hass, "bedroom")
    await happen(hass, Kind.WAKE_WORD_HEARD, wake_word="hey jarvis", score=0.85)
    assert not calls
    await happen(hass, Kind.WAKE_WORD_HEARD, wake_word="hey jarvis", score=0.95)
    assert len(calls) == 1


async def test_condition(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The light stays on after somebody has spoken in the kitchen."""
    calls = async_mock_service(hass, "light", "turn_off")
    ar.async_get(hass).async_create("Kitchen")
    put_satellite(hass, "kitchen")
    hass.states.async_set("media_player.tv", "idle")
    await use(hass, "Dim the film, unless someone just spoke in the kitchen")
    hass.states.async_set("media_player.tv", "playing")
    await hass.async_block_till_done()
    assert len(calls) == 1
    hass.states.async_set("media_player.tv", "idle")
    await speak(running_satellite)
    hass.states.async_set("media_player.tv", "playing")
    await hass.async_block_till_done()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("said", "rooms", "closed"),
    [
        ("Close the windows, please.", [], 1),
        ("only in the bedroom", ["bedroom"], 0),
        ("no", [], 0),
    ],
)
async def test_question(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    said: str,
    rooms: list[str],
    closed: int,
) -> None:
    """Each answer runs its own actions."""
    calls = async_mock_service(hass, "cover", "close_cover")
    asked: list[str] = []
    hass.bus.async_listen(
        "close_windows", lambda event: asked.append(event.data["room"])
    )
    hass.states.async_set("binary_sensor.rain", "off")
    await use(hass, "Ask about the windows when it begins to rain")
    hass.states.async_set("binary_sensor.rain", "on")
    running_server.text = said
    await answer(running_satellite)
    (automation,) = hass.states.async_all("automation")
    await until(
        lambda: (
            (state := hass.states.get(automation.entity_id)) is not None
            and state.attributes["current"] == 0
        )
    )
    # The listener runs in its own thread.
    await until(lambda: asked == rooms)
    assert len(calls) == closed


async def test_note(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The text spoken after the button press becomes an item of the list."""
    items = async_mock_service(hass, "todo", "add_item")
    hass.states.async_set("input_button.note", "unknown")
    await use(hass, "A button takes a note")
    hass.states.async_set("input_button.note", "2026-01-01T00:00:00+00:00")
    running_server.text = "buy “Brötchen” 🥐"
    await answer(running_satellite)
    await until(lambda: bool(items))
    assert items[0].data["item"] == "buy “Brötchen” 🥐"


async def test_dinner(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The light turns on after the message was played everywhere."""
    calls = async_mock_service(hass, "light", "turn_on")
    hass.states.async_set("input_button.dinner", "unknown")
    await use(hass, "Dinner")
    hass.states.async_set("input_button.dinner", "2026-01-01T00:00:00+00:00")
    await until(lambda: bool(calls))
    assert running_satellite.heard


async def test_voice_mail(
    hass: HomeAssistant, running_server: SpeechServer, tmp_path: Path
) -> None:
    """A recording creates a notification."""
    notes = async_mock_service(hass, "persistent_notification", "create")
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    path = tmp_path / "mail.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setframerate(8000)
        writer.setsampwidth(2)
        writer.setnchannels(1)
        writer.writeframes(bytes(8000))
    await use(hass, "Read the answering machine")
    hass.bus.async_fire("voice_mail", {"file": str(path)})
    await until(lambda: bool(notes))
    assert notes[0].data["message"] == "turn on the kitchen light"


def test_icons_and_texts_are_complete() -> None:
    """Every trigger, condition and action has a name, a description and an icon."""
    icons, english = load(INTEGRATION / "icons.json"), translation("en")
    for group, icon in (
        ("triggers", "trigger"),
        ("conditions", "condition"),
        ("services", "service"),
    ):
        described = parse_yaml((INTEGRATION / f"{group}.yaml").read_text("utf-8"))
        assert isinstance(described, dict)
        keys = {key for key in described if not key.startswith(".")}
        assert keys == set(icons[group]) == set(english[group]), group
        for key in keys:
            assert icons[group][key][icon].startswith("mdi:")
            fields = set((described[key] or {}).get("fields", {}))
            assert fields == set(english[group][key].get("fields", {})), key
            assert english[group][key]["name"]
            assert english[group][key]["description"]
    assert set(english["triggers"]) == {kind.value for kind in Kind}


async def test_set_wake_word(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """The word is selected, and the response lists it."""
    words: list[Any] = []
    hass.bus.async_listen(
        "wake_words_chosen", lambda event: words.append(event.data["words"])
    )
    await use(hass, "Alexa is a guest")
    hass.states.async_set("binary_sensor.alexa_visits", "on")
    await until(lambda: words == [["hey_jarvis"]])
