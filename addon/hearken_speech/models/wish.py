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
    budget_seconds: float | None = None
    """Longest time for a 3 s command; None for the server's own limit."""
    memory_limit_mb: int | None = None
    """None for the server's own limit."""
    download: bool = True
    """Whether a model may be fetched for it."""


class WantedFile:
    """Remembers what was chosen, for as long as the server's own options stay."""

    def __init__(
        self, path: Path, configured: str, language: str | None = None
    ) -> None:
        """Take the file, which need not exist yet, and what is configured."""
        self._path = path
        self._instead_of = [configured, language]

    def read(self) -> str | Languages | None:
        """Return the name of a model, a wish, or None where nothing was chosen."""
        try:
            stored = store.load(self._path)
        except store.StoreError as err:
            _LOGGER.warning("%s", err)
            return None
        if stored.get("instead_of") != self._instead_of:
            return None
        name = stored.get("model")
        return name if isinstance(name, str) else _read_languages(stored)

    def keep(self, wanted: str | Languages) -> None:
        """Remember a choice; raise StoreError where that cannot be."""
        value: dict[str, Any] = {"instead_of": self._instead_of}
        if isinstance(wanted, str):
            value["model"] = wanted
        else:
            value["languages"] = list(wanted.languages)
            value["budget_seconds"] = wanted.budget_seconds
            value["memory_limit_mb"] = wanted.memory_limit_mb
            value["download"] = wanted.download
        store.save(self._path, value)

    def forget(self) -> None:
        """Forget the choice; raise StoreError where that cannot be."""
        store.save(self._path, {})


def _read_languages(stored: dict[str, Any]) -> Languages | None:
    """Return the stored wish, None where it makes no sense."""
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
    return Languages(
        languages=tuple(languages),
        budget_seconds=budget,
        memory_limit_mb=limit,
        download=stored.get("download") is not False,
    )
