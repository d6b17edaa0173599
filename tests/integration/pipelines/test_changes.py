"""Test following changes of entities, engines and the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    async_update_pipeline,
)
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from tests.integration.pipelines.common import names, ours, set_up
from tests.integration.speaker import add_house_speech
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import entity_registry as er

    from tests.simulators.speech_server import SpeechServer


@pytest.mark.parametrize(
    ("entity_id", "renamed", "field"),
    [
        ("stt.speech_speech_to_text", "stt.ear", "stt_engine"),
        ("tts.speech_text_to_speech", "tts.mouth", "tts_engine"),
        ("wake_word.speech_wake_word", "wake_word.bell", "wake_word_entity"),
    ],
)
async def test_rename_is_followed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    entity_registry: er.EntityRegistry,
    entity_id: str,
    renamed: str,
    field: str,
) -> None:
    """The pipeline follows when one of our entities is renamed."""
    before = ours(hass)
    entity_registry.async_update_entity(entity_id, new_entity_id=renamed)
    await hass.async_block_till_done()
    assert ours(hass).to_json() == {**before.to_json(), field: renamed}


async def test_rename_while_unloaded_is_followed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """The pipeline follows when an entity was renamed while the entry was unloaded."""
    assert await hass.config_entries.async_unload(server_entry.entry_id)
    entity_registry.async_update_entity(
        "stt.speech_speech_to_text", new_entity_id="stt.ear"
    )
    await set_up(hass, server_entry)
    assert ours(hass).stt_engine == "stt.ear"


@pytest.mark.parametrize(
    "choice",
    [
        {"name": "My own"},
        {"conversation_engine": "conversation.llm"},
        {"wake_word_id": "alexa"},
        {"tts_engine": None, "tts_language": None},
        {"stt_engine": "conversation.home_assistant"},
        {"language": "de", "conversation_language": "de"},
    ],
    ids=lambda choice: next(iter(choice)),
)
async def test_choices_of_the_owner_stay(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    choice: dict[str, Any],
) -> None:
    """The owner's changes are not reverted."""
    await async_update_pipeline(hass, ours(hass), **choice)
    name = choice.get("name", "Hearken")
    wanted = ours(hass, name)
    assert await hass.config_entries.async_reload(server_entry.entry_id)
    await hass.async_block_till_done()
    assert ours(hass, name) == wanted


async def test_lost_engines_are_replaced(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """References to removed engines are replaced with ours."""
    wanted = ours(hass).to_json()
    await async_update_pipeline(
        hass,
        ours(hass),
        stt_engine="stt.gone",
        tts_engine="tts.gone",
        tts_voice="gone",
        wake_word_entity="wake_word.gone",
    )
    assert await hass.config_entries.async_reload(server_entry.entry_id)
    await hass.async_block_till_done()
    assert ours(hass).to_json() == wanted


async def test_removed_speech_of_the_house_is_replaced(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """When the house's engine is removed, ours is used immediately."""
    await add_house_speech(hass, "en")
    await set_up(hass, server_entry)
    assert ours(hass).tts_engine == "tts.house_speech"

    (entry,) = hass.config_entries.async_entries("house")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert ours(hass).tts_engine == "tts.speech_text_to_speech"
    assert ours(hass).tts_language == "en-US"


async def test_lost_wake_word_is_replaced(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
) -> None:
    """A wake word that the server no longer offers is replaced."""
    before = ours(hass)
    running_server.wake_words = {"alexa": "a"}
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ours(hass).to_json() == {**before.to_json(), "wake_word_id": "alexa"}


async def test_deleted_pipeline_stays_deleted_until_asked_for(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A deleted pipeline is created again only by reconfiguring."""
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    (other,) = [p for p in store.data.values() if p.name == "Home Assistant"]
    store.async_set_preferred_item(other.id)
    await store.async_delete_item(ours(hass).id)
    assert await hass.config_entries.async_reload(server_entry.entry_id)
    await hass.async_block_till_done()
    assert names(hass) == ["Home Assistant"]

    flow = await server_entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"host": HOST, "port": running_server.port}
    )
    await hass.async_block_till_done()
    assert names(hass) == ["Hearken", "Home Assistant"]


async def test_reconfiguring_makes_no_second_pipeline(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """An existing pipeline is kept."""
    flow = await server_entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"host": HOST, "port": running_server.port}
    )
    await hass.async_block_till_done()
    assert names(hass) == ["Hearken", "Home Assistant"]
