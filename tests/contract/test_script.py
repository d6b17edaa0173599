"""Test that texts are written as Home Assistant's own sentences are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import home_assistant_intents
import pytest

from hearken_speech.stt.script import Script, script_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(home_assistant_intents.__file__).parent / "data"


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in parsed JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _sentences(language: str) -> list[str]:
    """Return Home Assistant's sentences in Chinese."""
    data = json.loads((_DATA / f"{language}.json").read_text("utf-8"))
    return [text for text in _texts(data) if re.search("[\u4e00-\u9fff]", text)]


def _script(language: str) -> Script:
    """Return the script of a language that has one."""
    script = script_of(language)
    assert script is not None
    return script


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_right_sentences_stay_as_they_are(language: str) -> None:
    """No sentence is changed that is in the right script already."""
    sentences = _sentences(language)
    assert len(sentences) > 500
    assert [_script(language).write(text) for text in sentences] == sentences


def test_sentences_survive_the_other_script() -> None:
    """A model that writes simplified is understood in Taiwan all the same.

    Templates like "(小時|分)[鐘]" tear a word apart, which no spoken text does.
    """
    whole = [text for text in _sentences("zh-TW") if "[鐘]" not in text]
    assert len(whole) > 500
    simplified = [_script("zh-CN").write(text) for text in whole]
    assert simplified != whole
    assert [_script("zh-TW").write(text) for text in simplified] == whole
