"""Test creating, repairing and removing the Assist pipeline."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.hearken.const import CONF_PIPELINES
from tests.integration.pipelines.common import names, ours, set_up
from tests.integration.speaker import add_house_speech
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.speech_server import SpeechServer


async def test_pipeline_is_made(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A new house gets a complete pipeline, which becomes the preferred one."""
    pipeline = ours(hass)
    assert pipeline.stt_engine == "stt.speech_speech_to_text"
    assert pipeline.stt_language == "en"
    assert pipeline.tts_engine == "tts.speech_text_to_speech"
    assert pipeline.tts_language == "en-US"
    assert pipeline.tts_voice is None
    assert pipeline.wake_word_entity == "wake_word.speech_wake_word"
    assert pipeline.wake_word_id == "hey_jarvis"
    assert pipeline.conversation_engine == "conversation.speech_conversation"
    assert pipeline.conversation_language == "en"
    # Home Assistant would carry out risky commands before the agent asks.
    assert not pipeline.prefer_local_intents
    assert async_get_pipeline(hass) == pipeline


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["alexa", "okay_nabu", "hey_jarvis"], "hey_jarvis"),
        (["alexa", "okay_nabu"], "okay_nabu"),
        (["alexa", "hey_mycroft"], "alexa"),
        ([], None),
    ],
)
async def test_wake_word_is_chosen(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    offered: list[str],
    chosen: str | None,
) -> None:
    """The most common of the offered wake words is selected."""
    server.wake_words = dict.fromkeys(offered, "some words")
    await set_up(hass, server_entry)
    assert ours(hass).wake_word_id == chosen


async def test_speech_of_the_house_wins(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """An existing text-to-speech engine is preferred to ours."""
    await add_house_speech(hass, "de", "en")
    await set_up(hass, server_entry)
    assert ours(hass).tts_engine == "tts.house_speech"
    assert ours(hass).tts_language == "en"


async def test_speech_of_the_house_knows_another_language(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """An engine that does not speak the house's language is not used."""
    await add_house_speech(hass, "fr")
    await set_up(hass, server_entry)
    assert ours(hass).tts_engine == "tts.speech_text_to_speech"


async def test_nobody_speaks(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A pipeline without text-to-speech is still created."""
    server.voice_languages = ["zh"]
    await set_up(hass, server_entry)
    assert ours(hass).tts_engine is None
    assert ours(hass).tts_language is None


async def test_names_are_unique(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Pipelines are selected by name, so a second one gets another."""
    running_server.rename("server-2")
    entry = MockConfigEntry(
        domain="hearken",
        unique_id="server-2",
        data={"kind": "server", "host": HOST, "port": running_server.port},
    )
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    assert names(hass) == ["Hearken", "Hearken 2", "Home Assistant"]
    assert async_get_pipeline(hass).name == "Hearken"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Mine"},
        {"stt_engine": "stt.whisper", "stt_language": "en"},
    ],
    ids=["name", "own Whisper"],
)
async def test_preference_of_the_owner_stays(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    changes: dict[str, Any],
) -> None:
    """A preferred pipeline that the owner has changed in any way stays preferred."""
    assert await async_setup_component(hass, "assist_pipeline", {})
    mine = async_get_pipeline(hass).id
    await async_update_pipeline(hass, async_get_pipeline(hass), **changes)
    await set_up(hass, server_entry)
    assert len(names(hass)) == 2
    assert async_get_pipeline(hass).id == mine


async def test_model_comes_later(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """The pipeline is created as soon as there is a model."""
    server.languages = []
    await set_up(hass, server_entry)
    assert names(hass) == ["Home Assistant"]

    server.languages = ["en"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(hass) == ["Hearken", "Home Assistant"]


async def test_entry_of_an_older_version(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """The single pipeline of older versions is the first of several now."""
    (record,) = server_entry.data[CONF_PIPELINES].values()
    data = {**server_entry.data, "pipeline": record}
    data.pop(CONF_PIPELINES)
    assert await hass.config_entries.async_unload(server_entry.entry_id)
    hass.config_entries.async_update_entry(server_entry, data=data, minor_version=1)
    await set_up(hass, server_entry)
    assert server_entry.data[CONF_PIPELINES] == {"en": record}
    assert "pipeline" not in server_entry.data
    assert names(hass) == ["Hearken", "Home Assistant"]


async def test_entry_of_the_future(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """An entry from a newer version is not changed."""
    hass.config_entries.async_update_entry(server_entry, version=2)
    assert not await hass.config_entries.async_setup(server_entry.entry_id)
    assert server_entry.state is ConfigEntryState.MIGRATION_ERROR


async def test_pipeline_goes_with_the_entry(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Removing the entry removes the pipeline, even if it is the preferred one."""
    assert async_get_pipeline(hass).name == "Hearken"
    await hass.config_entries.async_remove(server_entry.entry_id)
    await hass.async_block_till_done()
    assert names(hass) == ["Home Assistant"]
    assert async_get_pipeline(hass).name == "Home Assistant"


async def test_last_pipeline_leaves_another_behind(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """There must be a pipeline, so an empty one replaces ours."""
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    (other,) = [p for p in store.data.values() if p.name == "Home Assistant"]
    await store.async_delete_item(other.id)
    await hass.config_entries.async_remove(server_entry.entry_id)
    await hass.async_block_till_done()
    assert names(hass) == ["Home Assistant"]
    assert async_get_pipeline(hass).stt_engine is None


async def test_removing_after_the_owner_deleted_it(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A pipeline that is already deleted causes no error."""
    hass.config_entries.async_update_entry(
        server_entry,
        data={**server_entry.data, CONF_PIPELINES: {"en": {"id": "gone"}}},
    )
    await hass.config_entries.async_remove(server_entry.entry_id)
    await hass.async_block_till_done()
    assert "Hearken" in names(hass)
