"""Test that both sides agree on which languages are written without spaces."""

import pytest

from custom_components.hearken.languages import is_spaceless
from hearken_speech.stt.phonemes import SPACELESS_LANGUAGES, split_words

_WITHOUT: dict[str, str] = {
    "zh": "打开厨房灯",
    "yue": "開廚房燈",
    "ja": "台所の電気をつけて",
    "th": "เปิดไฟ",
    "lo": "ເປີດໄຟ",
    "my": "မီးဖွင့်",
    "km": "បើកភ្លើង",
    "bo": "གློག་སྒྲོན",
}
_WITH: dict[str, str] = {
    "en": "turn on the light",
    "de": "schalte das Küchenlicht ein",
    "el": "άναψε το φως",
    "ru": "включи свет",
    "ar": "شغل الضوء",
    "hi": "बत्ती जलाओ",
    "ko": "불을 켜 줘",
    "ka": "აანთე შუქი",
    "am": "መብራቱን አብራ",
    "vi": "bật đèn lên",
}


def test_every_language_has_an_example() -> None:
    """Each language in the list has an example here."""
    assert set(_WITHOUT) == SPACELESS_LANGUAGES


@pytest.mark.parametrize(("language", "text"), _WITHOUT.items())
def test_without_spaces(language: str, text: str) -> None:
    """The integration decides by script, the server by language."""
    assert is_spaceless(text)
    assert {len(word.text) for word in split_words(text, language)} == {1}


@pytest.mark.parametrize(("language", "text"), _WITH.items())
def test_with_spaces(language: str, text: str) -> None:
    """Words have more than one character on both sides."""
    assert not is_spaceless(text)
    assert max(len(word.text) for word in split_words(text, language)) > 1
