"""The neural voices, from packages with known sums; they are not in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.common import weights

if TYPE_CHECKING:
    from pathlib import Path


def kokoro_folder() -> Path:
    """Return the folder of Kokoro, downloaded the first time."""
    return weights.fetch("kokoro")


def piper_folder() -> Path:
    """Return the folder of Piper's voice, downloaded the first time."""
    return weights.fetch("piper")


def whisper_folder() -> Path:
    """Return the folder of the published model that ours comes from."""
    return weights.fetch("tiny.en")
