"""The speech model that the owner chose instead of the configured one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hearken_speech import store

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Languages:
    """A wish for the best model that knows some languages."""

    languages: tuple[str, ...]
    """The most important one first."""
    budget_seconds: float
    memory_limit_mb: int | None
    download: bool = True
    """Whether a model may be fetched for it."""


class WantedFile:
    """Remembers what was chosen, for as long as the configured model is the same."""

    def __init__(self, path: Path, configured: str) -> None:
        """Take the file, which need not exist yet, and the configured model."""
        self._path = path
        self._configured = configured

    def read(self) -> str | Languages | None:
        """Return the name of a model, a wish, or None where nothing was chosen."""
        try:
            stored = store.load(self._path)
        except store.StoreError as err:
            _LOGGER.warning("%s", err)
            return None
        if stored.get("instead_of") != self._configured:
            return None
        name = stored.get("model")
        return name if isinstance(name, str) else _read_languages(stored)

    def keep(self, wanted: str | Languages) -> None:
        """Remember a choice; raise StoreError where that cannot be."""
        value: dict[str, Any] = {"instead_of": self._configured}
        if isinstance(wanted, str):
            value["model"] = wanted
        else:
            value["languages"] = list(wanted.languages)
            value["budget_seconds"] = wanted.budget_seconds
            value["memory_limit_mb"] = wanted.memory_limit_mb
            value["download"] = wanted.download
        store.save(self._path, value)

    def forget(self, name: str) -> None:
        """Forget the choice of this model; raise StoreError where that cannot be."""
        if self.read() == name:
            store.save(self._path, {})


def _read_languages(stored: dict[str, Any]) -> Languages | None:
    """Return the stored wish, None where it makes no sense."""
    languages, budget = stored.get("languages"), stored.get("budget_seconds")
    limit = stored.get("memory_limit_mb")
    if (
        not isinstance(languages, list)
        or not languages
        or not all(isinstance(language, str) for language in languages)
        or not isinstance(budget, int | float)
        or not isinstance(limit, int | None)
    ):
        return None
    return Languages(
        languages=tuple(languages),
        budget_seconds=budget,
        memory_limit_mb=limit,
        download=stored.get("download") is not False,
    )
