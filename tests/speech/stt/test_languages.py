"""Test language tags of clients."""

import pytest

from hearken_speech.errors import LanguageError
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.languages import whisper_language


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("de_AT", "de"),
        ("zh-CN", "zh"),
        ("zh-HK", "zh"),
        ("nb", "no"),
        ("pt-BR", "pt"),
    ],
)
def test_home_assistants_languages_are_understood(
    toy: WhisperEngine, asked: str, code: str
) -> None:
    """Home Assistant's language codes are mapped to Whisper's."""
    assert whisper_language(asked, toy.model.languages) == code


@pytest.mark.parametrize("language", ["de", "tlh", "", "startoftranscript"])
def test_unknown_language_is_refused(engine: WhisperEngine, language: str) -> None:
    """A model without the language raises an error."""
    with pytest.raises(LanguageError, match="does not know"):
        whisper_language(language, engine.model.languages)
