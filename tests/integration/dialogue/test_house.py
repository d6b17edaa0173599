"""Test that the house is looked at again when something has changed, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import conversation
from homeassistant.components.conversation.const import DATA_COMPONENT
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er

from custom_components.hearken.conversation import HearkenAgent
from custom_components.hearken.dialogue.home import Home
from custom_components.hearken.dialogue.house import HouseKeeper
from custom_components.hearken.dialogue.language import LANGUAGES_FOLDER, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from custom_components.hearken.dialogue.home import Named

LAMP = "light.lamp"


@pytest.fixture
def keeper(hass: HomeAssistant) -> Iterator[HouseKeeper]:
    """Keep a house with one lamp."""
    registry = er.async_get(hass)
    registry.async_get_or_create("light", "test", "1", suggested_object_id="lamp")
    registry.async_update_entity(LAMP, name="Ship lantern", aliases=[er.COMPUTED_NAME])
    hass.states.async_set(LAMP, "off", {"friendly_name": "Ship lantern"})
    keeper = HouseKeeper(hass)
    unsubscribe = list(keeper.async_listen())
    yield keeper
    for stop in unsubscribe:
        stop()


async def _home(hass: HomeAssistant, keeper: HouseKeeper) -> Home:
    """Return the house after everything has settled."""
    await hass.async_block_till_done()
    found = await keeper.async_home("en")
    assert found is not None
    return found[0]


def _named(home: Home, *words: str) -> Named | None:
    """Return what some words stand for as a whole."""
    return dict(home.at(words, 0)).get(len(words))


async def test_new_names_replace_old_ones(
    hass: HomeAssistant, keeper: HouseKeeper
) -> None:
    """After a change of name, the old one stands for nothing."""
    named = _named(await _home(hass, keeper), "ship", "lantern")
    assert named is not None
    assert named.devices == {LAMP}
    er.async_get(hass).async_update_entity(LAMP, name="Desk lantern")
    home = await _home(hass, keeper)
    assert _named(home, "ship", "lantern") is None
    assert _named(home, "ship") is None
    named, part = _named(home, "desk", "lantern"), _named(home, "lantern")
    assert named is not None
    assert named.devices == {LAMP}
    assert part is not None
    assert part.partly == {LAMP}


async def test_hidden_devices_have_no_name(
    hass: HomeAssistant, keeper: HouseKeeper
) -> None:
    """What is not exposed any more is not there."""
    await _home(hass, keeper)
    async_expose_entity(hass, "conversation", LAMP, should_expose=False)
    home = await _home(hass, keeper)
    assert not home.devices
    assert _named(home, "ship", "lantern") is None


async def test_nothing_is_made_anew_if_nothing_matters(
    hass: HomeAssistant, keeper: HouseKeeper
) -> None:
    """An icon, or an entity that nobody can name, costs no new index."""
    home = await _home(hass, keeper)
    er.async_get(hass).async_update_entity(LAMP, icon="mdi:lamp")
    hass.states.async_set("zone.somewhere", "0")
    assert await _home(hass, keeper) is home
    ar.async_get(hass).async_create("Attic")
    assert await _home(hass, keeper) is not home


async def test_made_ready_before_the_first_turn(
    hass: HomeAssistant, keeper: HouseKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline that still listens has the index made: a turn does not wait for it."""
    made: list[Home] = []

    class CountedHome(Home):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr("custom_components.hearken.dialogue.house.Home", CountedHome)
    agent = HearkenAgent()
    agent.entity_id = "conversation.hearken"
    await hass.data[DATA_COMPONENT].async_add_entities([agent])
    await conversation.async_prepare_agent(hass, agent.entity_id, "en-GB")
    assert len(made) == 1
    await conversation.async_converse(
        hass, "is the ship lantern on", None, Context(), "en", agent.entity_id
    )
    assert len(made) == 1


@pytest.mark.parametrize("language", ["en-GB", "de_AT", "zh-CN"])
def test_regions_share_one_language(language: str) -> None:
    """The files of a language are read once, whatever its region."""
    base = language[:2]
    assert (LANGUAGES_FOLDER / base / "answers.yaml").is_file()
    assert read(language, "answers") is read(base, "answers")
