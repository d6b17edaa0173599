"""What the engine needs of a loaded Whisper model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hearken_speech.stt.tokens import WhisperTokens


@dataclass(frozen=True, kw_only=True)
class ModelTraits:
    """Properties of a model that its weights do not show."""

    prompts: bool = True
    """Whether names in the prompt help; some models get worse with them."""
    guard: str = "whisper"
    """Profile of thresholds against phantom transcripts."""
    tokens_per_second: float | None = None
    """Upper limit of tokens per second of speech; None for the usual limit."""


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model in memory, ready to decode."""

    name: str
    whisper: Any = field(repr=False)
    """The CTranslate2 model, which is untyped."""
    tokens: WhisperTokens
    mel_bands: int
    traits: ModelTraits

    @property
    def tokens_per_second(self) -> float | None:
        """Return the model's own limit of tokens per second, if it has one."""
        return self.traits.tokens_per_second
