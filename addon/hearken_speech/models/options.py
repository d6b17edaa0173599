"""Options of the speech model, and what clients see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.models.choice import Limits
from hearken_speech.models.manager import ManagerOptions

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model in use, as clients see it."""

    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which model is wanted, and what it may take."""

    model: str
    """Name, folder, or ``auto``."""
    folder: Path
    """Folder for downloaded models."""
    language: str | None = None
    """Language to choose the model for if it is ``auto``."""
    limits: Limits = field(default_factory=Limits)
    """Limits of a model that is chosen."""
    download: bool = True
    """Whether a model may be downloaded that nobody named."""
    manager: ManagerOptions = field(default_factory=ManagerOptions)
