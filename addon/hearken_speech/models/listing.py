"""All speech models, known or installed, with what is known about them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearken_speech.models import catalogue

if TYPE_CHECKING:
    from hearken_speech.models.catalogue import CatalogueModel
    from hearken_speech.models.choice import Measurements
    from hearken_speech.models.library import InstalledModel, Library


@dataclass(frozen=True, kw_only=True)
class ListedModel:
    """A model that can be downloaded, is installed, or is partly downloaded."""

    name: str
    known: CatalogueModel | None
    """None for a model of the user's own."""
    installed: InstalledModel | None
    unfinished_bytes: int | None
    """Size of an interrupted download or deletion; None if there is none."""
    seconds: float | None
    """Measured time of a 3 s command; None if it was never measured."""
    is_affordable: bool | None = None
    """Whether this machine can run it within the limits; None if nobody asked."""

    @property
    def size_mb(self) -> float | None:
        """Return the size on disk, None if it is unknown."""
        if self.installed:
            return self.installed.size_mb
        return self.known.size_mb if self.known else None

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Return the languages, None if there are many or they are unknown."""
        return (self.known.languages or None) if self.known else None

    @property
    def rank(self) -> int | None:
        """Return the quality of the transcripts, None if it is unknown."""
        return self.known.rank if self.known else None

    @property
    def memory_mb(self) -> int | None:
        """Return the memory that the model needs, None if it is unknown."""
        return self.known.memory_mb if self.known else None

    @property
    def is_own(self) -> bool:
        """Return whether the user installed the model without Hearken."""
        return self.installed is not None and self.installed.own


def list_models(
    library: Library, measurements: Measurements, unfinished: dict[str, int]
) -> list[ListedModel]:
    """Return all models, those of the catalogue first; this reads the disk."""
    known = {model.name: model for model in catalogue.known_models()}
    installed = {model.name: model for model in library.installed()}
    # Deleting a model of the user's own may be interrupted, too.
    return [
        ListedModel(
            name=name,
            known=known.get(name),
            installed=installed.get(name),
            unfinished_bytes=unfinished.get(name),
            seconds=measurements.seconds(name),
        )
        for name in dict.fromkeys((*known, *installed, *sorted(unfinished)))
    ]
