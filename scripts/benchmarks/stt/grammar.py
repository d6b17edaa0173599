"""What Home Assistant understands: its sentences and its own recognizer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hassil import Intents, recognize_best
from hassil.intents import TextSlotList
from home_assistant_intents import get_intents

if TYPE_CHECKING:
    from collections.abc import Sequence

_DOMAINS: Final = {
    **dict.fromkeys(("blinds", "curtain", "shutter", "window", "door"), "cover"),
    "fan": "fan",
    **dict.fromkeys(("speaker", "radio"), "media_player"),
    **dict.fromkeys(("heater", "outlet"), "switch"),
    "vacuum": "vacuum",
}
"""By the last word of a name; everything else is a light."""
_MARKS: Final = ".?!"


@dataclass(frozen=True)
class Understood:
    """An intent, and the device that it is for."""

    intent: str
    name: str
    """In lower case; empty for none."""


class Grammar:
    """English sentences about the devices of a house."""

    def __init__(self, names: Sequence[str], areas: Sequence[str] = ()) -> None:
        """Set the names of devices and rooms."""
        self._names = [(name, _words(name)) for name in names]
        self._areas = TextSlotList.from_strings(areas or ["nowhere"])

    def understand(self, text: str) -> Understood | None:
        """Return what a text is understood as."""
        # Only names in the text can match; thousands of others would take seconds.
        words = _words(text)
        names = [name for name, spoken in self._names if spoken in words]
        known = [(name, name, {"domain": _domain(name)}) for name in names]
        result = recognize_best(
            text.strip().rstrip(_MARKS),
            _intents(),
            slot_lists={
                "name": TextSlotList.from_tuples(known or [("nothing", "", {})]),
                "area": self._areas,
                "floor": TextSlotList.from_strings(["nowhere"]),
            },
            best_slot_name="name",
            language="en",
        )
        if result is None or result.unmatched_entities:
            return None
        name = result.entities.get("name")
        return Understood(
            result.intent.name, str(name.value).casefold() if name else ""
        )


@lru_cache(maxsize=1)
def _intents() -> Intents:
    """Return the English sentences of Home Assistant."""
    found = get_intents("en")
    assert found is not None
    return Intents.from_dict(found)


def _domain(name: str) -> str:
    """Return the domain of the device with this name."""
    return _DOMAINS.get(name.casefold().split()[-1], "light")


def _words(text: str) -> str:
    """Return the words of a text between spaces, to look for others in them."""
    return " " + " ".join(re.findall(r"[\w']+", text.casefold())) + " "
