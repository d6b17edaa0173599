"""The languages of the schedule, loaded once."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..dialogue.language import known_languages, read
from ..languages import base_of
from .requests import Sentences

_FALLBACK: Final = "en"
_SENTENCES: Final[dict[str, Sentences]] = {}
"""By language; the same for every Home Assistant of this process."""


async def async_load_languages(hass: HomeAssistant) -> None:
    """Load all languages, away from the event loop."""
    await hass.async_add_executor_job(load_languages)


def load_languages() -> None:
    """Load all languages, and what is said in them; not for the event loop."""
    for language in known_languages():
        read(language, "answers")
        if language not in _SENTENCES and (data := read(language, "schedule")):
            _SENTENCES[language] = Sentences(language, data)


@callback
def sentences_of(language: str) -> Sentences | None:
    """Return the sentences of a language, None if there are none."""
    return _SENTENCES.get(base_of(language))


@callback
def async_sentences(hass: HomeAssistant, language: str) -> Sentences:
    """Return the sentences of a language, else those of the house, else English."""
    known = (base_of(tag) for tag in (language, hass.config.language))
    found = (_SENTENCES[tag] for tag in known if tag in _SENTENCES)
    return next(found, _SENTENCES[_FALLBACK])
