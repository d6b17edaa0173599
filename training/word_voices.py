"""Voices of several languages for one word, as people say it in each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, override

from hearken_speech.wake.making.voice import Voices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hearken_speech.wake.making.sound import Sound
    from hearken_speech.wake.making.voice import Voice

VOICES_OF_OTHERS: Final = 24
_NAMES: Final = {"de": "de+", "zh": "cmn+"}
"""How the names of espeak-ng's voices of a language begin."""


class VoicesOfLanguages(Voices):
    """The voices of English, and some of others that say an English word, too."""

    def __init__(
        self, kokoro: Path | None, text: str, spellings: Mapping[str, str]
    ) -> None:
        """Set how the text is spelled in other languages, to be said right."""
        super().__init__(kokoro)
        self._text = text
        self._spellings = spellings

    @override
    def draw(self, language: str, count: int, seed: int) -> Iterator[Voice]:
        """Yield voices of all languages."""
        yield from super().draw(language, count, seed)
        for number, other in enumerate(self._spellings, 1):
            drawn = super().draw(other, VOICES_OF_OTHERS, seed + number)
            yield from islice(drawn, VOICES_OF_OTHERS)

    @override
    def say(self, text: str, voice: Voice) -> Sound:
        """Return the spoken text; the word is spelled as in the voice's language."""
        for language, spelling in self._spellings.items():
            if voice.name.startswith(_NAMES[language]):
                text = text.replace(self._text, spelling)
        return super().say(text, voice)
