"""What to say first to a device that was just added."""

from typing import Final

from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineNotFound,
    async_get_pipeline,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..client.abilities import WakeWord
from ..const import CONF_TOKEN
from ..data import HearkenConfigEntry, ServerData, kind_of
from ..languages import base_of, name_of
from ..pipelines.records import ID, IS_FALLBACK, async_store, records_of

_SENTENCES: Final = {
    "cs": "rozsviť světlo v kuchyni",
    "da": "tænd lyset i køkkenet",
    "de": "Schalte das Küchenlicht ein",
    "en": "turn on the kitchen light",
    "es": "enciende la luz de la cocina",
    "fi": "laita keittiön valo päälle",
    "fr": "allume la lumière de la cuisine",
    "hu": "kapcsold fel a konyhai lámpát",
    "it": "accendi la luce della cucina",
    "ja": "キッチンの電気をつけて",
    "ko": "주방 불 켜 줘",
    "nb": "slå på lyset på kjøkkenet",
    "nl": "zet het licht in de keuken aan",
    "pl": "włącz światło w kuchni",
    "pt": "acende a luz da cozinha",
    "ro": "aprinde lumina din bucătărie",
    "ru": "включи свет на кухне",
    "sv": "tänd lampan i köket",
    "tr": "mutfak ışığını aç",  # noqa: RUF001 - Turkish has a dotless i
    "uk": "увімкни світло на кухні",
    "zh": "打开厨房的灯",
}

type FirstSteps = tuple[str, dict[str, str]]
"""The key of a text, and what to put into it."""


async def async_first_steps(
    hass: HomeAssistant, entry: HearkenConfigEntry
) -> FirstSteps:
    """Return the text for the last step of adding a device."""
    if entry.state is not ConfigEntryState.LOADED:
        return f"{kind_of(entry)}_pending", {"name": entry.title}
    data = entry.runtime_data
    if isinstance(data, ServerData):
        words = data.coordinator.abilities.wake_words
        return await _async_server_steps(hass, entry, words)
    available = tuple(data.wake_words.available())
    return _satellite_steps(hass, available, data.wake_words.active())


async def _async_server_steps(
    hass: HomeAssistant, entry: HearkenConfigEntry, words: tuple[WakeWord, ...]
) -> FirstSteps:
    """Return the text about the assistant that was created for a server."""
    store = await async_store(hass)
    for language, record in records_of(entry).items():
        if (pipeline := store.data.get(record[ID])) is None:
            continue
        key = "server_fallback" if record.get(IS_FALLBACK) else "server"
        return key if CONF_TOKEN in entry.data else f"{key}_no_token", {
            "pipeline": pipeline.name,
            "sentence": _sentence(language),
            "language": name_of(language),
            "wanted": name_of(hass.config.language),
            "wake_word": _phrase(words, pipeline.wake_word_id),
        }
    return "server_pending", {"name": entry.title}


@callback
def _satellite_steps(
    hass: HomeAssistant, words: tuple[WakeWord, ...], active: list[str]
) -> FirstSteps:
    """Return the text about a satellite, which uses the preferred assistant."""
    pipeline = _preferred(hass)
    if pipeline is None or pipeline.stt_engine is None:
        return "satellite_no_server", {}
    word = next(iter(active), pipeline.wake_word_id)
    return "satellite", {
        "pipeline": pipeline.name,
        "sentence": _sentence(pipeline.language),
        "wake_word": _phrase(words, word),
    }


def _preferred(hass: HomeAssistant) -> Pipeline | None:
    """Return the preferred assistant."""
    try:
        return async_get_pipeline(hass)
    except PipelineNotFound:
        return None


def _sentence(language: str) -> str:
    """Return a command in a language."""
    base = base_of(language)
    return _SENTENCES.get("nb" if base == "no" else base, "…")


def _phrase(words: tuple[WakeWord, ...], word_id: str | None) -> str:
    """Return a wake word as it is spoken."""
    known = {word.id: word.phrase for word in words}
    return known.get(word_id or "", (word_id or "…").replace("_", " "))
