"""Settings of a stream and its wake words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PATIENCE: Final = 25
MAX_REFRACTORY_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WordSettings:
    """When a wake word counts as detected."""

    threshold: float = 0.5
    """Score that has to be reached, above 0 and up to 1."""
    patience: int = 2
    """Consecutive steps that have to reach it."""
    refractory_seconds: float = 2.0
    """Time after a detection in which the word is not detected again."""
    finds_faint: bool = False
    """Whether peaks that are too low for a near miss are found, too."""

    def __post_init__(self) -> None:
        """Validate the settings."""
        if not 0 < self.threshold <= 1:
            msg = "the threshold must be above 0 and at most 1"
            raise ValueError(msg)
        if not 1 <= self.patience <= MAX_PATIENCE:
            msg = f"the patience must be 1 to {MAX_PATIENCE} steps"
            raise ValueError(msg)
        if not 0 <= self.refractory_seconds <= MAX_REFRACTORY_SECONDS:
            msg = f"the refractory time must be 0 to {MAX_REFRACTORY_SECONDS} seconds"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamSettings:
    """What one stream listens for."""

    words: Mapping[str, WordSettings | None] | None = None
    """Words by name, with their own settings or None; no mapping means all words."""
    own: Mapping[str, WordSettings] = field(default_factory=dict)
    """Settings of single words, if the stream listens for all words."""
    default: WordSettings = field(default_factory=WordSettings)
    """Settings of words that have none of their own."""
    can_ask: bool = False
    """Whether somebody can be asked about faint peaks of words that are checked."""
