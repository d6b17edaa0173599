"""The lists and templates of one language."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = Path(__file__).parent / "languages"


@dataclass(frozen=True, kw_only=True)
class IntentTemplate:
    """One of Home Assistant's own sentences."""

    text: str
    domain: str
    """The domain of the entity, empty for any."""
    rules: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Language:
    """Lists, templates and rules of one language."""

    code: str
    own: Mapping[str, Any]
    lists: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    held_out_names: tuple[str, ...]
    held_out_areas: tuple[str, ...]
    intents: tuple[IntentTemplate, ...]
    rules: Mapping[str, str]
    intent_lists: Mapping[str, Any]

    def templates(self, kind: str) -> tuple[str, ...]:
        """Return our own sentences of one kind."""
        return tuple(self.own[kind])

    @property
    def must_know(self) -> tuple[str, ...]:
        """Return sentences that are always part of the training."""
        return tuple(self.own["must_know"])

    @property
    def short(self) -> tuple[str, ...]:
        """Return the short answers, which are always part of the training."""
        return self.lists["short"]

    @property
    def always(self) -> frozenset[str]:
        """Return all sentences that are always part of the training."""
        return frozenset((*self.must_know, *self.short))


def known_languages() -> list[str]:
    """Return the codes of the languages with sentences."""
    return sorted(path.stem for path in LANGUAGES.glob("*.yaml"))


@lru_cache(maxsize=4)
def load(code: str) -> Language:
    """Read a language's file and Home Assistant's sentences."""
    own = yaml.safe_load((LANGUAGES / f"{code}.yaml").read_text(encoding="utf-8"))
    packed = resources.files("home_assistant_intents").joinpath("data", f"{code}.json")
    intents = json.loads(packed.read_text(encoding="utf-8"))
    return Language(
        code=code,
        own=own,
        lists={key: _split(own[key]) for key in own if isinstance(own[key], str)},
        names={key: _split(value) for key, value in own["names"].items()},
        held_out_names=_split(own["held_out"]["names"]),
        held_out_areas=_split(own["held_out"]["areas"]),
        intents=tuple(_intent_templates(intents["intents"])),
        rules=intents["expansion_rules"],
        intent_lists=intents["lists"],
    )


def _split(text: str) -> tuple[str, ...]:
    """Return the entries of a list, words separated by single spaces."""
    parts = text.split(";") if ";" in text else text.split()
    return tuple(part.strip() for part in parts if part.strip())


def _intent_templates(intents: Mapping[str, Any]) -> list[IntentTemplate]:
    """Return all sentences of all intents."""
    found = []
    for intent in intents.values():
        for block in intent["data"]:
            context = block.get("requires_context") or {}
            domain = (block.get("slots") or {}).get("domain") or context.get("domain")
            if isinstance(domain, dict):
                domain = domain.get("value")
            if isinstance(domain, list):
                domain = domain[0] if domain else ""
            found += [
                IntentTemplate(
                    text=text,
                    domain=domain or "",
                    rules=block.get("expansion_rules") or {},
                )
                for text in block["sentences"]
            ]
    return found
