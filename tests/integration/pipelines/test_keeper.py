"""Test creating, repairing and removing the Assist pipeline."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    Pipeline,
    async_get_pipeline,
    async_get_pipelines,
    async_update_pipeline,
)
from homeassistant.components.stt import async_get_speech_to_text_entity
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.hearken.const import CONF_LANGUAGES, CONF_PIPELINES
from tests.integration.speaker import add_house_speech
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import entity_registry as er

    from tests.simulators.speech_server import SpeechServer


def ours(hass: HomeAssistant, name: str = "Hearken") -> Pipeline:
    """Return the pipeline of this name."""
    (pipeline,) = [p for p in async_get_pipelines(hass) if p.name == name]
    return pipeline


def names(hass: HomeAssistant) -> list[str]:
    """Return the names of all pipelines."""
    return sorted(pipeline.name for pipeline in async_get_pipelines(hass))


async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Set the entry up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


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
    assert pipeline.conversation_engine == "conversation.home_assistant"
    assert pipeline.conversation_language == "en"
    assert pipeline.prefer_local_intents
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


@pytest.mark.parametrize(
    ("house", "known", "language", "stt_language"),
    [
        ("de", ["en", "de"], "de", "de"),
        ("de-CH", ["en", "de"], "de-CH", "de"),
        ("en-GB", ["en-US", "en-GB"], "en-GB", "en-GB"),
        ("zh-Hans", ["en", "zh"], "zh-Hans", "zh"),
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


async def test_preference_of_the_owner_stays(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A preferred pipeline that the owner has changed stays preferred."""
    from homeassistant.setup import async_setup_component  # noqa: PLC0415 - only here

    assert await async_setup_component(hass, "assist_pipeline", {})
    await async_update_pipeline(hass, async_get_pipeline(hass), name="Mine")
    await set_up(hass, server_entry)
    assert names(hass) == ["Hearken", "Mine"]
    assert async_get_pipeline(hass).name == "Mine"


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


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (lambda s: setattr(s, "languages", ["en-GB"]), "stt_language", "en-GB"),
        (lambda s: setattr(s, "wake_words", {"alexa": "a"}), "wake_word_id", "alexa"),
    ],
)
async def test_lost_offers_are_replaced(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    change: Callable[[SpeechServer], None],
    field: str,
    value: str,
) -> None:
    """A language or wake word that the server no longer offers is replaced."""
    before = ours(hass)
    change(running_server)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ours(hass).to_json() == {**before.to_json(), field: value}


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


async def choose_languages(
    hass: HomeAssistant, entry: ConfigEntry, *languages: str
) -> dict[str, str]:
    """Choose languages in the options as the owner does; return the form's errors."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        form["flow_id"],
        {CONF_LANGUAGES: list(languages), "end_of_speech": "hearken"},
    )
    await hass.async_block_till_done()
    return dict(result.get("errors") or {})


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
    assert (chinese.language, chinese.stt_language) == ("zh-CN", "zh")
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
