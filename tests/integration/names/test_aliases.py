"""Test learning names that were misheard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er

from custom_components.hearken.names.likeness import Name, find_similar
from tests.integration.talking import call, speak

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockUser

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture
def lamp(hass: HomeAssistant, running_satellite: SatelliteSimulator) -> str:
    """Add a lamp that supports aliases."""
    entry = er.async_get(hass).async_get_or_create(
        "light", "test", "1", original_name="Chandelier", suggested_object_id="lamp"
    )
    hass.states.async_set(entry.entity_id, "off", {"friendly_name": "Chandelier"})
    async_expose_entity(hass, "conversation", entry.entity_id, should_expose=True)
    return entry.entity_id


async def test_misheard_name_is_guessed_learned_and_understood(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    lamp: str,
) -> None:
    """After the alias is added, the sentence works."""
    running_server.ends_speech_after_ms = 200
    running_server.text = "turn on the shandy leer"
    await speak(running_satellite)
    assert not light_calls

    found = await call(hass, "guess_name", text="turn on the shandeleer")
    assert found["entity_id"] == lamp
    assert found["name"] == "Chandelier"
    assert found["heard"] == "shandeleer"
    assert 0.7 < found["likeness"] < 1

    added = await call(hass, "add_alias", entity_id=lamp, alias=" shandy leer ")
    assert added == {"added": True}
    again = await call(hass, "add_alias", entity_id=lamp, alias="Shandy Leer!")
    assert again == {"added": False}
    await speak(running_satellite)
    assert [one.data["entity_id"] for one in light_calls] == [[lamp]]
    running_server.text = "turn on the chandelier"
    await speak(running_satellite)
    assert len(light_calls) == 2


async def test_nothing_is_like_it(hass: HomeAssistant, lamp: str) -> None:
    """A sentence about something else is not a misheard name."""
    found = await call(hass, "guess_name", text="what a wonderful day 🙂")
    assert found == {"entity_id": None, "name": None, "heard": None, "likeness": None}


@pytest.mark.parametrize(
    ("text", "heard", "name"),
    [
        ("schalte die Stelampe ein", "stelampe", "Stehlampe"),
        ("打开厨方灯", "厨方灯", "厨房灯"),
        ("打开厨方灯。谢谢", "厨方灯", "厨房灯"),
        ("turn on the kitschen light please", "kitschen light", "kitchen light"),
    ],
)
def test_names_in_three_languages(text: str, heard: str, name: str) -> None:
    """Names are found in any language, also in scripts without spaces."""
    names = [Name("light.x", text) for text in ("Stehlampe", "厨房灯", "kitchen light")]
    found = find_similar(text, names)
    assert found is not None
    assert found.name.text == name
    assert found.heard == heard


def test_odd_texts() -> None:
    """Texts without words and very long texts match nothing."""
    names = [Name("light.a", "kitchen light"), Name("light.b", "🙂"), Name("c.d", "")]
    assert find_similar("🙂🙂", names) is None
    assert find_similar("", names) is None
    assert find_similar("x" * 1000, names) is None
    assert find_similar("und " * 500, names) is None


@pytest.mark.parametrize(
    "data",
    [
        {"entity_id": "light.lamp"},
        {"entity_id": "light.lamp", "alias": "  "},
        {"entity_id": "light.lamp", "alias": "x" * 101},
        {"entity_id": "lamp", "alias": "x"},
    ],
)
async def test_wrong_aliases_are_refused(
    hass: HomeAssistant, lamp: str, data: dict[str, Any]
) -> None:
    """Aliases that cannot be spoken are refused."""
    with pytest.raises(vol.Invalid):
        await call(hass, "add_alias", **data)


async def test_unknown_entity(hass: HomeAssistant, lamp: str) -> None:
    """An unknown entity cannot get an alias."""
    hass.states.async_set("light.no_registry", "on")
    for entity_id in ("light.gone", "light.no_registry"):
        with pytest.raises(ServiceValidationError) as error:
            await call(hass, "add_alias", entity_id=entity_id, alias="x")
        assert error.value.translation_key == "unknown_entity"


async def test_only_administrators_add_names(
    hass: HomeAssistant, lamp: str, hass_read_only_user: MockUser
) -> None:
    """Only administrators can add aliases."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            "hearken",
            "add_alias",
            {"entity_id": lamp, "alias": "x"},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
