"""Sets of dialogues, as their files have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = ("en", "de", "zh")


@dataclass(frozen=True)
class Turn:
    """One sentence, and what it must lead to."""

    say: str
    expected: tuple[Any, ...]
    """Alternatives; one of them has to happen."""
    wait_seconds: float = 0
    area: str | None = None
    meanwhile: dict[str, str] = field(default_factory=dict)
    """States that somebody else brought about before it."""


@dataclass(frozen=True)
class Dialogue:
    """A conversation at one satellite."""

    id: str
    language: str
    area: str
    kind: str
    turns: tuple[Turn, ...]
    start: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DialogueSet:
    """A house and the dialogues in it."""

    name: str
    areas: dict[str, list[str]]
    entities: dict[str, dict[str, Any]]
    dialogues: tuple[Dialogue, ...]


def read_sets(path: Path) -> list[DialogueSet]:
    """Read the sets of a file: one YAML document for each house."""
    documents = yaml.safe_load_all(path.read_text("utf-8"))
    return [_set(path.stem, data) for data in documents if data]


def _set(name: str, data: dict[str, Any]) -> DialogueSet:
    """Return one set."""
    return DialogueSet(
        name=name,
        areas=data["home"]["areas"],
        entities=data["home"]["entities"],
        dialogues=tuple(_dialogue(one) for one in data["dialogues"]),
    )


def _dialogue(data: dict[str, Any]) -> Dialogue:
    """Return one dialogue."""
    return Dialogue(
        id=str(data["id"]),
        language=data["lang"],
        area=data["from"],
        kind=data["kind"],
        start=_states(data.get("start", {})),
        turns=tuple(
            Turn(
                say=_text(turn["say"]),
                expected=tuple(turn["expect_any"])
                if "expect_any" in turn
                else (turn["expect"],),
                wait_seconds=turn.get("wait", 0),
                area=turn.get("from"),
                meanwhile=_states(turn.get("meanwhile", {})),
            )
            for turn in data["turns"]
        ),
    )


def _text(value: object) -> str:
    """Return a sentence; YAML takes a bare yes or no for a truth value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _states(data: dict[str, object]) -> dict[str, str]:
    """Return states; YAML takes a bare on or off for a truth value."""
    words = {True: "on", False: "off"}
    return {
        key: words[value] if isinstance(value, bool) else str(value)
        for key, value in data.items()
    }
