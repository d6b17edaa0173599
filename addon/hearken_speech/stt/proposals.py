"""Texts with names of the house that may have been said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearken_speech.protocol import Repair
    from hearken_speech.stt.engine import Decoding, WhisperEngine
    from hearken_speech.stt.names import NameIndex


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A text with a name of the house, and how well it fits the sound."""

    text: str
    repairs: tuple[Repair, ...]
    margin: float
    """Log-probability of the text minus that of the text as heard."""


def propose(
    _engine: WhisperEngine, _decoding: Decoding, _index: NameIndex
) -> tuple[Proposal, ...]:
    """Return the texts with names that fit the sound, the best first."""
    return ()
