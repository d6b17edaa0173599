"""Every speech model there is to speak of, with what is known about it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearken_speech.models import catalogue

if TYPE_CHECKING:
    from hearken_speech.models.catalogue import CatalogueModel
    from hearken_speech.models.library import InstalledModel
    from hearken_speech.models.manager import ModelManager


@dataclass(frozen=True, kw_only=True)
class ListedModel:
    """A model that can be downloaded, is installed, or of which something is here."""

    name: str
    known: CatalogueModel | None
    """None for one of the owner's own."""
    installed: InstalledModel | None
    unfinished_bytes: int | None
    """What an interrupted download or deletion left of it; None for nothing."""
    seconds: float | None
    """What a 3 s command took; None where that was not measured."""

    @property
    def size_mb(self) -> float | None:
        """Return how much room it takes, None where that is not known."""
        if self.installed:
            return self.installed.size_mb
        return self.known.size_mb if self.known else None

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Return its languages, None for many or unknown ones."""
        return (self.known.languages or None) if self.known else None


def listed(manager: ModelManager) -> list[ListedModel]:
    """Return all models, those of the catalogue first; it looks at the disk."""
    known = {model.name: model for model in catalogue.catalogue()}
    installed = {model.name: model for model in manager.library.installed()}
    unfinished = manager.unfinished
    # A model of the owner's own, too, may be deleted only in part.
    return [
        ListedModel(
            name=name,
            known=known.get(name),
            installed=installed.get(name),
            unfinished_bytes=unfinished.get(name),
            seconds=manager.measurements.seconds(name),
        )
        for name in dict.fromkeys((*known, *installed, *sorted(unfinished)))
    ]
