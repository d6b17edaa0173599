"""The speech model that was selected at run time instead of the configured one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hearken_speech import json_file
from hearken_speech.stt.languages import whisper_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class LanguageSelection:
    """Select the best model that knows certain languages."""

    languages: tuple[str, ...]
    """The most important one first."""
    budget_seconds: float | None = None
    """Time limit for a 3 s command; None for the server's own limit."""
    memory_limit_mb: int | None = None
    """None for the server's own limit."""
    download: bool = True
    """Whether a model may be downloaded."""


def select_languages(
    languages: Sequence[str],
    budget_seconds: float | None = None,
    memory_limit_mb: int | None = None,
    *,
    download: bool = True,
) -> LanguageSelection:
    """Return a selection by languages, as Whisper's codes."""
    first, *others = dict.fromkeys(whisper_code(one) for one in languages)
    return LanguageSelection(
        languages=(first, *sorted(others)),
        budget_seconds=budget_seconds,
        memory_limit_mb=memory_limit_mb,
        download=download,
    )


type Selection = str | LanguageSelection
"""The name of a model, or the languages it has to know."""


class SelectionFile:
    """Stores the selection; it applies until the configured model changes."""

    def __init__(
        self, path: Path, configured: str, language: str | None = None
    ) -> None:
        """Set the file, which need not exist yet, and what is configured."""
        self._path = path
        self._instead_of = [configured, language]

    def load(self) -> Selection | None:
        """Return the stored selection, None if there is none that applies."""
        try:
            stored = json_file.load(self._path)
        except json_file.JsonFileError as err:
            _LOGGER.warning("%s", err)
            return None
        if stored.get("instead_of") != self._instead_of:
            return None
        name = stored.get("model")
        return name if isinstance(name, str) else _read_languages(stored)

    def save(self, selection: Selection | None) -> None:
        """Store a selection, or none; raise JsonFileError if that fails."""
        if selection is None:
            json_file.save(self._path, {})
            return
        value: dict[str, Any] = {"instead_of": self._instead_of}
        if isinstance(selection, str):
            value["model"] = selection
        else:
            value["languages"] = list(selection.languages)
            value["budget_seconds"] = selection.budget_seconds
            value["memory_limit_mb"] = selection.memory_limit_mb
            value["download"] = selection.download
        json_file.save(self._path, value)


def _read_languages(stored: dict[str, Any]) -> LanguageSelection | None:
    """Return the stored selection by languages, None if it is invalid."""
    languages, budget = stored.get("languages"), stored.get("budget_seconds")
    limit = stored.get("memory_limit_mb")
    if (
        not isinstance(languages, list)
        or not languages
        or not all(isinstance(language, str) for language in languages)
        or not isinstance(budget, int | float | None)
        or not isinstance(limit, int | None)
    ):
        return None
    return LanguageSelection(
        languages=tuple(languages),
        budget_seconds=budget,
        memory_limit_mb=limit,
        download=stored.get("download") is not False,
    )
