"""Names of pipelines; they are unique because satellites select a pipeline by name."""

from collections.abc import Iterable
from typing import Final

from ..const import PIPELINE_NAME
from ..languages import name_of

INITIAL_NAME: Final = "Home Assistant"
"""Name of the pipeline that Home Assistant creates itself."""


def name_for(language: str, *, is_first: bool) -> str:
    """Return the preferred name of a pipeline for a language."""
    return PIPELINE_NAME if is_first else f"{PIPELINE_NAME} {name_of(language)}"


def unique_name(names: Iterable[str], wanted: str) -> str:
    """Return the wanted name, numbered if another pipeline has it."""
    taken, name, number = set(names), wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name
