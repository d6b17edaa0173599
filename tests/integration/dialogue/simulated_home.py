"""A home without Home Assistant: devices that only have states."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from custom_components.hearken.dialogue.home import Device, DeviceState, Home, Place
from custom_components.hearken.dialogue.interpret import Interpreter
from custom_components.hearken.dialogue.lexicon import Lexicon, lexicon
from custom_components.hearken.dialogue.memory import Memory
from custom_components.hearken.dialogue.numbers import numbers_of
from custom_components.hearken.dialogue.spellings import Spellings

if TYPE_CHECKING:
    from custom_components.hearken.dialogue.commands import Command
    from custom_components.hearken.dialogue.plan import Proposal

LANGUAGES = Path("custom_components/hearken/dialogue/languages")
FLAT = Path("scripts/benchmarks/dialogue/sets/flat.yaml")
LAKESIDE = FLAT.parent / "apart" / "lakeside.yaml"
_FIRST: dict[str, tuple[str, dict[str, Any]]] = {
    "light": ("off", {"color_mode": "color_temp", "color_temp_kelvin": 3500}),
    "cover": ("closed", {"current_position": 0}),
    "lock": ("locked", {}),
    "climate": ("heat", {"temperature": 20.0, "min_temp": 7, "max_temp": 35}),
    "media_player": ("off", {"volume_level": 0.4, "is_volume_muted": False}),
    "fan": ("off", {"percentage": 0}),
    "vacuum": ("docked", {}),
    "sensor": ("20", {}),
}


@cache
def words(language: str) -> Lexicon:
    """Return the words of a language."""
    data = yaml.safe_load((LANGUAGES / language / "words.yaml").read_text("utf-8"))
    return lexicon(language, data, numbers_of(language))


class SimulatedHome:
    """A house of the dialogues, and a conversation in one of its rooms."""

    def __init__(self, language: str, room: str = "living", house: Path = FLAT) -> None:
        """Start with everything off."""
        data = next(yaml.safe_load_all(house.read_text("utf-8")))["home"]
        self.states: dict[str, DeviceState] = {}
        devices = []
        for entity_id, one in data["entities"].items():
            domain = entity_id.partition(".")[0]
            state, attributes = _FIRST.get(domain, ("off", {}))
            self.states[entity_id] = DeviceState(state, dict(attributes))
            devices.append(Device(entity_id, (one[language],), one.get("area")))
        position = ["en", "de", "zh"].index(language)
        places = [
            Place(frozenset((key,)), (names[position],))
            for key, names in data["areas"].items()
        ]
        self.names = [one[language] for one in data["entities"].values()]
        self.names += [names[position] for names in data["areas"].values()]
        self.memory = Memory()
        self.home = Home(devices, places, Spellings(words(language)), self.states.get)
        self.interpreter = Interpreter(self.home, words(language), self.memory, room)

    def say(self, text: str) -> Proposal | None:
        """Say something, and do what it leads to."""
        proposal = self.interpreter.propose(text)
        if proposal is None and self.memory.pending is None:
            proposal = self.interpreter.suggest(text)
        if proposal is None:
            self.memory.pending = None
            return None
        for command in proposal.commands:
            self._do(command)
        self.memory.pending = proposal.pending
        self.memory.questions = self.memory.questions + 1 if proposal.is_question else 0
        for record in proposal.undone:
            record.is_undone = True
        if proposal.record is not None:
            self.memory.records.append(proposal.record)
        return proposal

    def _do(self, command: Command) -> None:
        """Change the state of a device as its service would."""
        assert command.entity_id in self.states, "not exposed"
        old = self.states[command.entity_id]
        attributes, data = dict(old.attributes), dict(command.data)
        if "brightness_pct" in data:
            data["brightness"] = round(data.pop("brightness_pct") * 2.55)
        if "position" in data:
            data["current_position"] = data.pop("position")
        if command.service in _POSITIONS:
            data["current_position"] = _POSITIONS[command.service]
        step = {"volume_up": 0.1, "volume_down": -0.1}.get(command.service, 0)
        if step:
            data["volume_level"] = round(attributes["volume_level"] + step, 2)
        attributes.update(data)
        state = _STATES.get(command.service, old.state)
        if "current_position" in data:
            state = "open" if data["current_position"] else "closed"
        if command.service == "set_percentage":
            state = "on" if data["percentage"] else "off"
        if command.domain == "fan" and command.service == "turn_off":
            attributes["percentage"] = 0
        if command.domain == "climate" and command.service == "turn_on":
            state = "heat"
        if command.service == "set_hvac_mode":
            state = data["hvac_mode"]
            del attributes["hvac_mode"]
        self.states[command.entity_id] = DeviceState(state, attributes)


_POSITIONS = {"open_cover": 100, "close_cover": 0}
_STATES = {
    "turn_on": "on",
    "turn_off": "off",
    "lock": "locked",
    "unlock": "unlocked",
    "media_play": "playing",
    "media_pause": "paused",
    "media_stop": "idle",
    "start": "cleaning",
    "return_to_base": "docked",
    "pause": "paused",
    "stop": "idle",
}
