"""Test that every voice reads what Home Assistant says in its language."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import home_assistant_intents
import pytest

from hearken_speech.tts.espeak import Espeak
from hearken_speech.tts.figures import readable_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA: Final = Path(home_assistant_intents.__file__).parent / "data"
_TEMPLATE: Final = re.compile(
    r"(?:{{.*?}}|{%.*?%}|{[^}]*}|<[^>]*>)(?:\s*%)?", re.DOTALL
)
"""A value, with its sign: without a number that would be read in English."""
_ENGLISH: Final = "(en)"
_LATIN: Final = re.compile("[A-Za-z]")
_TEXTS: Final = 15


def _phonemes(voice: str, text: str) -> str:
    """Return what a voice says, in espeak-ng's own notation."""
    done = subprocess.run(
        ["espeak-ng", "-q", "-x", "-v", voice, "--stdin"],  # noqa: S607
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in parsed JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _answers(languages: tuple[str, ...]) -> list[str]:
    """Return Home Assistant's answers in the first of these languages that it has."""
    for language in languages:
        path = _DATA / f"{language}.json"
        if path.is_file():
            data = json.loads(path.read_text("utf-8")).get("responses", {})
            texts = {
                " ".join(_TEMPLATE.sub(" ", text).split()) for text in _texts(data)
            }
            letters = {text: sum(map(str.isalpha, text)) for text in texts}
            return sorted(text for text in texts if letters[text] > len("Yes"))
    return []


async def test_every_voice_reads_its_own_script() -> None:
    """No voice says an answer in English, or nothing at all."""
    espeak = await Espeak.find()
    read = 0
    for voice in espeak.voices:
        answers = _answers(voice.languages)
        # In Latin letters, a word of English is English.
        foreign = [text for text in answers if not _LATIN.search(text)]
        text = "\n".join((foreign or answers)[:_TEXTS])
        said = _phonemes(voice.name, readable_figures(text, voice.languages[0]))
        assert said.strip() or not text, voice
        assert not foreign or _ENGLISH not in said, (voice, text, said)
        read += bool(text)
    assert read > 40


@pytest.mark.parametrize("language", ["ja", "he", "th"])
async def test_language_that_no_voice_reads(language: str) -> None:
    """espeak-ng lists voices for these, and they cannot read."""
    espeak = await Espeak.find()
    assert not [v for v in espeak.voices if language in v.languages]


@pytest.mark.parametrize("text", ["打开厨房的灯", "打開廚房的燈"])
async def test_mandarin_is_read_in_both_scripts(text: str) -> None:
    """The tones are sung, not spelled."""
    espeak = await Espeak.find()
    said = _phonemes(espeak.choose(None, "zh-CN").name, text)
    assert _ENGLISH not in said
    assert len(said.split("_|")) == len(text) + 1
