"""Test one Assist pipeline for each language of the house."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    async_get_pipeline,
)
from homeassistant.components.stt import async_get_speech_to_text_entity
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.hearken.const import CONF_LANGUAGES, CONF_PIPELINES
from tests.integration.pipelines.common import choose_languages, names, ours, set_up

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.speech_server import SpeechServer


@pytest.mark.parametrize(
    ("house", "known", "language", "stt_language"),
    [
        ("de", ["en", "de"], "de", "de"),
        ("de-CH", ["en", "de"], "de-CH", "de-CH"),
        ("en-GB", ["en-US", "en-GB"], "en-GB", "en-GB"),
        ("zh-Hans", ["en", "zh"], "zh-Hans", "zh-Hans"),
        ("zh-TW", ["en", "zh"], "zh-TW", "zh-TW"),
        ("zh-Hant", ["en", "zh"], "zh-Hant", "zh-Hant"),
        ("nn", ["en", "no"], "nn", "nn"),
        ("de", ["en"], "en", "en"),
        ("de", ["fr"], "fr", "fr"),
    ],
)
async def test_language_is_matched(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    house: str,
    known: list[str],
    language: str,
    stt_language: str,
) -> None:
    """The pipeline uses the house's language, or one that the model supports."""
    hass.config.language = house
    server.languages = known
    await set_up(hass, server_entry)
    assert ours(hass).language == language
    assert ours(hass).stt_language == stt_language


async def test_one_pipeline_for_each_language(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Each selected language has a pipeline with a name of its own."""
    server.languages = ["de", "en", "zh"]
    server.voice_languages = ["en", "de"]
    await set_up(hass, server_entry)
    await choose_languages(hass, server_entry, "en", "de", "zh-CN")
    wanted = ["Hearken", "Hearken Deutsch", "Hearken 中文 (简体)"]
    assert names(hass) == [*wanted, "Home Assistant"]
    german, chinese = ours(hass, wanted[1]), ours(hass, wanted[2])
    assert german.stt_engine == chinese.stt_engine == "stt.speech_speech_to_text"
    assert (german.language, german.stt_language, german.tts_language) == ("de",) * 3
    assert (chinese.language, chinese.stt_language) == ("zh-CN", "zh-CN")
    assert german.conversation_language == "de"
    assert chinese.conversation_language == "zh-CN"
    assert chinese.tts_engine is None
    assert async_get_pipeline(hass).name == "Hearken"

    await choose_languages(hass, server_entry, "de")
    assert names(hass) == ["Hearken Deutsch", "Home Assistant"]
    assert ours(hass, "Hearken Deutsch") == german
    assert CONF_PIPELINES in server_entry.data
    assert list(server_entry.data[CONF_PIPELINES]) == ["de"]


async def test_form_shows_and_checks_the_languages(
    hass: HomeAssistant, running_server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """The current languages are preselected; an empty selection is refused."""
    form = await hass.config_entries.options.async_init(server_entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    (field,) = [key for key in schema.schema if key == CONF_LANGUAGES]
    assert field.default() == ["en"]
    options = schema.schema[field].config["options"]
    assert {"value": "de", "label": "Deutsch"} in options
    assert await choose_languages(hass, server_entry) == {CONF_LANGUAGES: "no_language"}
    with pytest.raises(InvalidData):
        await choose_languages(hass, server_entry, "klingon")


async def test_pipelines_of_the_owner_are_never_touched(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A pipeline with the same name and language as ours is not changed."""
    server.languages = ["de", "en"]
    await set_up(hass, server_entry)
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    fields = {**ours(hass).to_json(), "name": "Hearken Deutsch", "language": "de"}
    fields.pop("id")
    fields["conversation_engine"] = "conversation.gone"
    mine = await store.async_create_item(fields)
    await choose_languages(hass, server_entry, "en", "de")
    assert names(hass) == [
        "Hearken",
        "Hearken Deutsch",
        "Hearken Deutsch 2",
        "Home Assistant",
    ]
    await choose_languages(hass, server_entry, "en")
    assert store.data[mine.id] == mine
    assert names(hass) == ["Hearken", "Hearken Deutsch", "Home Assistant"]
    assert await hass.config_entries.async_remove(server_entry.entry_id)
    await hass.async_block_till_done()
    assert store.data[mine.id] == mine


async def test_deleted_pipeline_of_a_language(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A deleted pipeline stays deleted until its language is selected again."""
    server.languages = ["de", "en"]
    await set_up(hass, server_entry)
    await choose_languages(hass, server_entry, "en", "de")
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    await store.async_delete_item(ours(hass, "Hearken Deutsch").id)
    assert await hass.config_entries.async_reload(server_entry.entry_id)
    await hass.async_block_till_done()
    assert names(hass) == ["Hearken", "Home Assistant"]
    await choose_languages(hass, server_entry, "en")
    await choose_languages(hass, server_entry, "en", "de")
    assert names(hass) == ["Hearken", "Hearken Deutsch", "Home Assistant"]


async def test_language_that_the_model_does_not_know_yet(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A fallback is used until the model supports the house's own language."""
    hass.config.language = "de"
    await set_up(hass, server_entry)
    assert ours(hass).language == "en"
    assert async_get_pipeline(hass).name == "Hearken"
    issue = ir.async_get(hass).async_get_issue(
        "hearken", f"language_missing_{server_entry.entry_id}"
    )
    assert issue is not None
    assert issue.translation_placeholders == {"name": "Speech", "languages": "Deutsch"}

    server.languages = ["de", "en"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(hass) == ["Hearken", "Hearken Deutsch", "Home Assistant"]
    assert async_get_pipeline(hass).name == "Hearken Deutsch"
    assert not ir.async_get(hass).issues


async def test_fallback_stays_while_no_selected_language_is_known(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """It is neither deleted nor created again, and goes when it is not needed."""
    hass.config_entries.async_update_entry(
        server_entry, options={CONF_LANGUAGES: ["nb", "pt-BR"]}
    )
    await set_up(hass, server_entry)
    fallback = ours(hass)
    assert fallback.language == "en"
    assert ours(hass).id == fallback.id
    server.languages = ["en", "no"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    assert fallback.id not in store.data
    assert async_get_pipeline(hass).language == "nb"


async def test_language_is_kept_while_the_model_forgets_it(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Changing the model does not change the language of a German pipeline."""
    server.languages = ["de", "en"]
    await set_up(hass, server_entry)
    await choose_languages(hass, server_entry, "en", "de")
    before = ours(hass, "Hearken Deutsch")
    server.languages = ["en"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ours(hass, "Hearken Deutsch") == before
    assert ir.async_get(hass).issues


async def test_language_tag_gets_its_script_back(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A pipeline made with the bare code is changed; other choices are left alone."""
    hass.config.language = "zh-TW"
    server.languages = ["en", "zh"]
    await set_up(hass, server_entry)
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    for chosen, kept in (("zh", "zh-TW"), ("zh-CN", "zh-CN"), ("zh-TW", "zh-TW")):
        fields = {**ours(hass).to_json(), "stt_language": chosen}
        await store.async_update_item(fields.pop("id"), fields)
        assert await hass.config_entries.async_reload(server_entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert ours(hass).stt_language == kept


async def test_pipeline_works_in_every_variant_of_a_language(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Home Assistant compares language tags literally."""
    server.languages = ["en", "de", "zh", "no"]
    await set_up(hass, server_entry)
    engine = async_get_speech_to_text_entity(hass, "stt.speech_speech_to_text")
    assert engine is not None
    known = engine.supported_languages
    assert known[:4] == server.languages
    assert {"en-GB", "en-US", "de-CH", "de-DE", "zh-CN", "zh-Hans", "nb"} <= set(known)
    assert not any(tag.startswith("fr") for tag in known)
    assert len(known) == len(set(known))
