"""Speech models: known, installed, and in use.

The rest of the program uses only what is exported here.
"""

from hearken_speech.models.catalogue import (
    EMBEDDED_TRAITS,
    CatalogueModel,
    find_known,
    find_on_hub,
    known_models,
)
from hearken_speech.models.choice import Limits
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.keeper import ModelKeeper
from hearken_speech.models.library import Library
from hearken_speech.models.listing import ListedModel
from hearken_speech.models.loading import (
    EMBEDDED_MODEL,
    LoadOptions,
    load_model,
    workers_for,
)
from hearken_speech.models.manager import AUTO, ManagerOptions
from hearken_speech.models.options import ModelInfo, ModelOptions
from hearken_speech.models.selection import SelectionFile

__all__ = [
    "AUTO",
    "EMBEDDED_MODEL",
    "EMBEDDED_TRAITS",
    "CatalogueModel",
    "Library",
    "Limits",
    "ListedModel",
    "LoadOptions",
    "ManagerOptions",
    "ModelInfo",
    "ModelKeeper",
    "ModelOptions",
    "SelectionFile",
    "UnknownModelError",
    "find_known",
    "find_on_hub",
    "known_models",
    "load_model",
    "workers_for",
]
