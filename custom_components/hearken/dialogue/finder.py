"""Finds the commands of this house that look like what was heard."""

from collections.abc import Mapping, Sequence

from homeassistant.core import HomeAssistant

from ..names.gather import HouseNames
from ..protocol import MAX_SENTENCES
from .language import read
from .sentences import Sentences


class SentenceFinder:
    """Keeps the commands of the house, by language, while its names stay the same."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without commands."""
        self._hass = hass
        self._kinds: Mapping[str, Sequence[str]] = {}
        self._by_language: dict[str, Sentences] = {}

    async def near(
        self, language: str, names: HouseNames, texts: Sequence[str]
    ) -> list[str]:
        """Return the commands that look most like one of the texts, the best first."""
        if names.kinds != self._kinds:
            self._kinds, self._by_language = names.kinds, {}
        return await self._hass.async_add_executor_job(
            _near, self._by_language, self._kinds, language, texts
        )


def _near(
    known: dict[str, Sentences],
    kinds: Mapping[str, Sequence[str]],
    language: str,
    texts: Sequence[str],
) -> list[str]:
    """Return the commands; write those of a language when it is first needed."""
    sentences = known.get(language)
    if sentences is None:
        sentences = known[language] = Sentences(read(language, "sentences"), kinds)
    return sentences.near(texts, MAX_SENTENCES)
