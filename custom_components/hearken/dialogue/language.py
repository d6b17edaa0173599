"""The data of the languages: one folder of YAML files for each."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ..languages import base_of

LANGUAGES_FOLDER: Final = Path(__file__).parent / "languages"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C is ten times as fast."""


def known_languages() -> frozenset[str]:
    """Return the languages that have data; not for the event loop."""
    return _folders(LANGUAGES_FOLDER)


def read(language: str, name: str) -> Mapping[str, Any]:
    """Return one file of a language, empty if it has none; not for the event loop."""
    return _read(LANGUAGES_FOLDER / base_of(language) / f"{name}.yaml")


@cache
def _folders(parent: Path) -> frozenset[str]:
    """Return the names of the folders in another one."""
    return frozenset(path.name for path in parent.iterdir() if path.is_dir())


@cache
def _read(path: Path) -> Mapping[str, Any]:
    """Return a file, empty if there is none."""
    if not path.is_file():
        return {}
    data: Mapping[str, Any] = yaml.load(path.read_text("utf-8"), _LOADER) or {}  # noqa: S506 - either is safe
    return data
