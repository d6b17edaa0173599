"""What the engine needs of a loaded Whisper model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from hearken_speech.stt.families import family

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_SHORTEST_FRAMES: Final = 2
"""Frames of features that the encoder takes at least."""


@dataclass(frozen=True, kw_only=True)
class ModelTraits:
    """Properties of a model that its weights do not show."""

    guard: str | None = None
    """Family whose weights the guard uses; None for that of Whisper's models."""
    tokens_per_second: float | None = None
    """Upper limit of tokens per second of speech; None for the usual limit."""
    window_seconds: float | None = None
    """Shortest window that the model reads well; None for that of Whisper."""
    judges_names: bool = True
    """Whether its scores tell apart names that it was not trained with."""


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model in memory, ready to decode."""

    name: str
    faster_whisper: WhisperModel = field(repr=False)
    """The model with its tokenizer and feature settings."""
    traits: ModelTraits

    @property
    def whisper(self) -> Any:
        """Return the CTranslate2 model, which is untyped."""
        return self.faster_whisper.model

    @property
    def multilingual(self) -> bool:
        """Return whether the model knows other languages than English."""
        return bool(self.whisper.is_multilingual)

    @cached_property
    def guard_family(self) -> str:
        """Return the family whose weights the guard uses."""
        if self.traits.guard is not None:
            return self.traits.guard
        moment = np.zeros((1, self.mel_bands, _SHORTEST_FRAMES), np.float32)
        encoded = self.whisper.encode(ctranslate2.StorageView.from_array(moment))
        return family(multilingual=self.multilingual, width=encoded.shape[-1])

    @property
    def mel_bands(self) -> int:
        """Return the number of mel bands that the model expects."""
        return int(self.whisper.n_mels)

    @property
    def longest_text(self) -> int:
        """Return the most tokens of a decoder, prompt and text together."""
        return int(self.faster_whisper.max_length)

    @cached_property
    def languages(self) -> frozenset[str]:
        """Return Whisper's codes of the languages that the model knows."""
        codes = self.faster_whisper.supported_languages
        if not self.multilingual:
            return frozenset(codes)
        # Only the newest models know Cantonese.
        has = self.faster_whisper.hf_tokenizer.token_to_id
        return frozenset(code for code in codes if has(f"<|{code}|>") is not None)

    def tokenizer(self, language: str) -> Tokenizer:
        """Return the tokenizer for transcripts in a language, as Whisper's code."""
        return Tokenizer(
            self.faster_whisper.hf_tokenizer,
            self.multilingual,
            task="transcribe",
            language=language,
        )

    @cached_property
    def suppressed(self) -> list[int]:
        """Return the tokens that are never part of speech."""
        return list(get_suppressed_tokens(self.tokenizer("en"), [-1]))
