"""What is said about a proposal. Independent of Home Assistant."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .commands import Command
from .home import Home
from .plan import Proposal

_MAX_NAMES: Final = 4
_PERCENT: Final = 100


class Answers:
    """Finds the words for a proposal in one language."""

    def __init__(self, data: Mapping[str, Any], home: Home) -> None:
        """Use the texts of a language."""
        self._data = data
        self._home = home

    def of(self, proposal: Proposal) -> str:
        """Return what to say; the names of the first four devices at most."""
        key, data = proposal.key, self._data
        if key in {"confirm", "pin"} and proposal.pending is not None:
            question = self._confirm(proposal.pending.commands)
            return question if key == "confirm" else f"{data['pin']} {question}"
        if key == "states":
            return self._states(proposal.names)
        if key:
            text = str(data.get(key, ""))
            joined = self._joined(
                proposal.names, data["or" if key == "which" else "and"]
            )
            return _filled(text, names=joined, **proposal.values)
        spoken = " ".join(self._done(proposal.commands))
        if proposal.unavailable:
            names = self._joined(proposal.unavailable, data["and"])
            spoken += _filled(data["also_unavailable"], names=names)
        if proposal.forbidden:
            names = self._joined(proposal.forbidden, data["and"])
            spoken += _filled(data["also_never"], names=names)
        return spoken

    def _joined(self, names: Sequence[str], link: str) -> str:
        """Return some names as one phrase."""
        names = list(dict.fromkeys(names))[:_MAX_NAMES]
        if len(names) < 2:  # noqa: PLR2004
            return "".join(names)
        return f"{', '.join(names[:-1])}{link}{names[-1]}"

    def _name(self, entity_id: str) -> str:
        """Return the name of a device."""
        device = self._home.devices.get(entity_id)
        return entity_id if device is None else device.name

    def _confirm(self, commands: Sequence[Command]) -> str:
        """Return the question whether to do something risky."""
        texts = self._data["confirm"]
        text = texts.get(commands[-1].service, texts["other"])
        names = self._joined(
            [self._name(one.entity_id) for one in commands], self._data["and"]
        )
        return _filled(text, names=names)

    def _done(self, commands: Sequence[Command]) -> list[str]:
        """Return a sentence for each different thing that was done."""
        groups: dict[tuple[str, str], list[str]] = {}
        for command in commands:
            name = self._name(command.entity_id)
            groups.setdefault(_kind(command), []).append(name)
        texts = self._data["done"]
        return [
            _filled(
                texts.get(kind, texts["other"]),
                names=self._joined(names, self._data["and"]),
                value=value,
            )
            for (kind, value), names in groups.items()
        ]

    def _states(self, entity_ids: Sequence[str]) -> str:
        """Return the states of devices."""
        words = self._data["states"]
        sentences = []
        for entity_id in entity_ids:
            device = self._home.devices[entity_id]
            state = self._home.state(device).state
            text = _filled(
                self._data["state"], name=device.name, value=words.get(state, state)
            )
            sentences.append(text)
        return " ".join(sentences)


def after_cancelling(data: Mapping[str, Any], speech: str) -> str:
    """Return an answer after the words that a question of ours is taken back."""
    return f"{data['cancelled']} {speech}".strip()


def _kind(command: Command) -> tuple[str, str]:
    """Return which text tells of a command, and the value in it."""
    data = command.data
    if "brightness_pct" in data:
        return "brightness", str(data["brightness_pct"])
    if "color_name" in data or "color_temp_kelvin" in data:
        return "color", ""
    for name in ("position", "temperature", "percentage", "humidity"):
        if name in data:
            return command.service, f"{float(data[name]):g}"
    if "volume_level" in data:
        return command.service, str(round(data["volume_level"] * _PERCENT))
    return command.service, ""


def _filled(text: str, **values: str) -> str:
    """Return a text with its values; a name may contain braces."""
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text[:1].upper() + text[1:]
