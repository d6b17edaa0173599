"""Names of pipelines: satellites choose by name, so each has its own."""

from collections.abc import Iterable

from ..const import PIPELINE_NAME
from ..languages import name_of


def name_for(language: str, *, is_first: bool) -> str:
    """Return what a pipeline for a language is called, if nobody has that name."""
    return PIPELINE_NAME if is_first else f"{PIPELINE_NAME} {name_of(language)}"


def unique_name(names: Iterable[str], wanted: str) -> str:
    """Return a name that no other pipeline has."""
    taken, name, number = set(names), wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name
