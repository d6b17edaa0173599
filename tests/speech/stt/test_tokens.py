"""Test prompts and tokens against Whisper's."""

from pathlib import Path

import pytest
import tokenizers
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from hearken_speech.errors import LanguageError
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.tokens import MAX_PROMPT_TOKENS


def test_suppressed_tokens_are_faster_whispers(
    toy: WhisperEngine, toy_folder: Path
) -> None:
    """Symbols for noise and special tokens are never produced."""
    tokenizer = tokenizers.Tokenizer.from_file(str(toy_folder / "tokenizer.json"))
    reference = Tokenizer(
        tokenizer, multilingual=True, task="transcribe", language="en"
    )
    wanted = set(get_suppressed_tokens(reference, [-1]))
    assert set(toy.model.tokens.suppressed) == wanted


def test_prompt_of_a_multilingual_model(toy: WhisperEngine, toy_folder: Path) -> None:
    """The prompt has language, task and no timestamps, in this order."""
    tokenizer = tokenizers.Tokenizer.from_file(str(toy_folder / "tokenizer.json"))
    names = [tokenizer.id_to_token(token) for token in toy.model.tokens.prompt("de")]
    assert names == [
        "<|startoftranscript|>",
        "<|de|>",
        "<|transcribe|>",
        "<|notimestamps|>",
    ]


def test_prompt_of_the_embedded_model(engine: WhisperEngine) -> None:
    """An English-only model has neither language nor task."""
    assert len(engine.model.tokens.prompt("en")) == 2


def test_names_reach_the_prompt_within_the_budget(toy: WhisperEngine) -> None:
    """As many names as fit are used, first ones first."""
    tokens = toy.model.tokens
    names = [f"Lamp {number}" for number in range(200)]
    bias = tokens.bias(names, 100)
    assert 0 < len(bias) <= 100
    text = tokens.decode(bias)
    assert text.startswith("Lamp 0, Lamp 1, Lamp 2")
    prompt = tokens.prompt("en", bias=bias)
    assert prompt.index(tokens.start) == len(bias) + 1
    assert prompt[1 : len(bias) + 1] == bias


def test_long_name_does_not_take_the_place_of_all_others(toy: WhisperEngine) -> None:
    """A long name leaves room for others."""
    tokens = toy.model.tokens
    bias = tokens.bias(["Zephyr " * 40, "Lamp 1", "Lamp 2"], 100)
    assert tokens.decode(bias) == "Lamp 1, Lamp 2"


def test_prompt_never_takes_more_than_whisper_has(toy: WhisperEngine) -> None:
    """A budget above Whisper's limit is reduced to it."""
    bias = toy.model.tokens.bias(["very long name"] * 500, 10_000)
    assert len(bias) <= MAX_PROMPT_TOKENS


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
    assert toy.model.tokens.language(asked) == code


@pytest.mark.parametrize("language", ["de", "tlh", "", "startoftranscript"])
def test_unknown_language_is_refused(engine: WhisperEngine, language: str) -> None:
    """A model without the language raises an error."""
    with pytest.raises(LanguageError, match="does not know"):
        engine.model.tokens.language(language)


def test_text_survives_tokens(toy: WhisperEngine) -> None:
    """Encoded text is decoded unchanged in any script."""
    for text in ("turn on the light", "Küche größer", "打开客厅的灯"):
        assert toy.model.tokens.decode(toy.model.tokens.encode(text)) == text
