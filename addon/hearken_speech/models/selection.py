"""The speech model that was selected at run time instead of the configured one.

Beside it, the file has the languages of the house, which are served as long as nobody
selects or configures a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hearken_speech import json_file
from hearken_speech.stt.languages import whisper_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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

    def load(self) -> tuple[Selection | None, LanguageSelection | None]:
        """Return the stored selection, if there is one that applies, and the house."""
        stored = json_file.load_or_set_aside(self._path) or {}
        house = stored.get("house")
        selection: Selection | None = None
        if stored.get("instead_of") == self._instead_of:
            name = stored.get("model")
            selection = name if isinstance(name, str) else _read_languages(stored)
        return selection, _read_languages(house) if isinstance(house, dict) else None

    def save(
        self, selection: Selection | None, house: LanguageSelection | None
    ) -> None:
        """Store a selection and the house; raise JsonFileError if that fails."""
        value: dict[str, Any] = {}
        if isinstance(selection, str):
            value = {"model": selection}
        elif selection is not None:
            value = _written(selection)
        if selection is not None:
            value["instead_of"] = self._instead_of
        if house is not None:
            value["house"] = _written(house)
        json_file.save(self._path, value)


def _written(selection: LanguageSelection) -> dict[str, Any]:
    """Return a selection by languages as it is stored."""
    return {
        "languages": list(selection.languages),
        "budget_seconds": selection.budget_seconds,
        "memory_limit_mb": selection.memory_limit_mb,
        "download": selection.download,
    }


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
