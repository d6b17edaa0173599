"""Devices of the first generation: named properties, one method for each setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, override

from tests.simulators.miio.device import INVALID, UNKNOWN_METHOD, MiioDevice, Refusal

ON_OFF = ("on", "off")
type Allowed = Sequence[Any] | range


@dataclass(frozen=True)
class Setting:
    """What a method sets, one property for each parameter."""

    properties: tuple[str, ...]
    allowed: tuple[Allowed, ...]
    turns_on: bool = False

    def values(self, params: Any) -> dict[str, Any]:
        """Return the new values, or raise Refusal if a parameter is not allowed."""
        if not isinstance(params, list) or len(params) != len(self.properties):
            raise Refusal(INVALID, "invalid arg")
        for value, allowed in zip(params, self.allowed, strict=True):
            if isinstance(value, float) or value not in allowed:
                raise Refusal(INVALID, "invalid arg")
        return dict(zip(self.properties, params, strict=True))


def setting(name: str, allowed: Allowed, *, turns_on: bool = False) -> Setting:
    """Return the setting of one property."""
    return Setting((name,), (allowed,), turns_on)


@dataclass(frozen=True)
class Classic:
    """A model of the first generation."""

    state: Mapping[str, Any]
    """What can be asked for, with the value after unpacking it."""
    settings: Mapping[str, Setting]
    fixed: Mapping[tuple[str, ...], Mapping[str, Any]] = field(default_factory=dict)
    """Requests, as method and parameters, and what they set."""
    reports: Mapping[str, Any] = field(default_factory=dict)
    """Methods that only tell something, and what."""
    power: str = "power"
    """The property that says whether the device is on."""
    power_values: tuple[Any, Any] = ON_OFF


class ClassicDevice(MiioDevice):
    """A device that is asked with ``get_prop``."""

    def __init__(
        self, model: str, kind: Classic, token: bytes, device_id: int = 1
    ) -> None:
        """Set the model and its tables."""
        super().__init__(model, token, device_id)
        self._kind = kind
        self.state = dict(kind.state)

    @property
    @override
    def on(self) -> bool:
        return bool(self.state[self._kind.power] == self._kind.power_values[0])

    @override
    def press(self, *, on: bool) -> None:
        self.state[self._kind.power] = self._kind.power_values[0 if on else 1]

    @override
    def carry_out(self, method: str, params: Any) -> Any:
        if method == "get_prop":
            # What a model does not have is null in the answer.
            return [self.state.get(name) for name in params]
        if method in self._kind.reports:
            return self._kind.reports[method]
        if fixed := self._kind.fixed.get((method, *params)):
            self.state |= fixed
            return ["ok"]
        if method not in self._kind.settings:
            raise Refusal(UNKNOWN_METHOD, "Method not found.")
        found = self._kind.settings[method]
        self.state |= found.values(params)
        if found.turns_on:
            self.state[self._kind.power] = self._kind.power_values[0]
        return ["ok"]
