"""Paths and readers of the files under test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "hearken"
APP = ROOT / "addon" / "hearken_speech"
LANGUAGES = ("en", "de", "zh-Hans")


def load(path: Path) -> Any:
    """Return the content of a JSON file; raise an error for duplicate keys."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{path.name} has a key twice: {keys}"
        return dict(pairs)

    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)


def translation(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    texts: dict[str, Any] = load(INTEGRATION / "translations" / f"{language}.json")
    return texts


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the leaves of a tree by their path."""
    leaves: dict[str, str] = {}
    for key, value in tree.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            leaves |= flat(value, path)
        else:
            leaves[path] = value
    return leaves


def source() -> str:
    """Return all source code of the integration."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(INTEGRATION.rglob("*.py"))
    )
