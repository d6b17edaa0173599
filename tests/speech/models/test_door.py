"""Test the public interface of the models package."""

from __future__ import annotations

import re

from hearken_speech import models
from tests.contract.files import APP, ROOT

_INSIDE = (APP / "models", ROOT / "tests" / "speech" / "models")
_REACHED_THROUGH = re.compile(r"hearken_speech\.models\.(?!cli\b)\w+ import")


def test_nobody_reaches_through_the_door() -> None:
    """Server, benchmarks and training import only what the package exports."""
    paths = [
        path
        for folder in (APP, ROOT / "tests", ROOT / "scripts", ROOT / "training")
        for path in folder.rglob("*.py")
        if not any(path.is_relative_to(inside) for inside in _INSIDE)
    ]
    assert len(paths) > 100
    assert [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if _REACHED_THROUGH.search(path.read_text(encoding="utf-8"))
    ] == []


def test_everything_that_is_exported_exists() -> None:
    """Every exported name exists."""
    assert all(hasattr(models, name) for name in models.__all__)
