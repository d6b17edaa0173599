"""Test language tags of clients."""

import pytest

from hearken_speech.errors import LanguageError
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.languages import LanguageTag, resolve, whisper_language

LARGE = frozenset({"de", "en", "he", "id", "nn", "no", "pt", "sr", "tl", "yue", "zh"})
BASE = LARGE - {"yue"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_in", "en"),
        ("de_AT", "de"),
        ("de-CH", "de"),
        ("de_DE.UTF-8", "de"),
        ("gsw", "de"),
        ("pt-BR", "pt"),
        ("nb", "no"),
        ("no", "no"),
        ("nn", "nn"),
        ("nn-NO", "nn"),
        ("iw", "he"),
        ("in", "id"),
        ("fil-PH", "tl"),
        ("sr-Latn", "sr"),
        ("sr-Latn-RS", "sr"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh"),
        ("zh-Hans-CN", "zh"),
        ("cmn-Hant-TW", "zh"),
    ],
)
def test_tag_has_a_code(asked: str, code: str) -> None:
    """Regions, scripts and other codes of a language do not matter to a model."""
    assert whisper_language(asked, LARGE) == code
    assert whisper_language(asked, BASE) == code


@pytest.mark.parametrize("asked", ["yue", "yue-HK", "zh-HK", "zh-Hant-HK", "zh-MO"])
def test_cantonese(asked: str) -> None:
    """Only the newest models know it; the others listen for Chinese."""
    assert whisper_language(asked, LARGE) == "yue"
    assert whisper_language(asked, BASE) == "zh"


def test_nynorsk_is_norwegian_to_a_model_without_it() -> None:
    """The nearest language that the model knows is used."""
    assert whisper_language("nn", {"en", "no"}) == "no"


def test_home_assistants_languages_are_understood(toy: WhisperEngine) -> None:
    """A multilingual model knows what Home Assistant asks for."""
    languages = toy.model.languages
    assert whisper_language("zh-HK", languages) == "zh"
    assert whisper_language("nb", languages) == "no"


@pytest.mark.parametrize("language", ["de", "tlh", "", "startoftranscript"])
def test_unknown_language_is_refused(engine: WhisperEngine, language: str) -> None:
    """A model without the language raises an error, which says what it knows."""
    with pytest.raises(LanguageError, match="; it knows English only"):
        whisper_language(language, engine.model.languages)
    with pytest.raises(LanguageError, match="does not know"):
        whisper_language("tlh", BASE)


@pytest.mark.parametrize("tag", [None, "", "auto", "AUTO", "und"])
def test_language_to_detect(tag: str | None) -> None:
    """Wyoming's clients say "auto", or nothing."""
    assert resolve(tag, BASE) is None


def test_language_that_is_given() -> None:
    """It is resolved, or refused."""
    assert resolve("zh-HK", BASE) == "zh"
    with pytest.raises(LanguageError):
        resolve("de", {"en"})


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("zh-Hant-HK", ("zh", "Hant", "HK")),
        ("zh_tw", ("zh", "", "TW")),
        ("es-419", ("es", "", "419")),
        ("sr-latn", ("sr", "Latn", "")),
        ("de-DE@euro", ("de", "", "DE")),
        ("ca-ES-valencia", ("ca", "", "ES")),
        ("", ("", "", "")),
    ],
)
def test_parts_of_a_tag(tag: str, parts: tuple[str, str, str]) -> None:
    """Language, script and region are told apart by their length."""
    parsed = LanguageTag.parse(tag)
    assert (parsed.language, parsed.script, parsed.region) == parts
