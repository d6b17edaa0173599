"""Devices of the second generation (MIoT): numbered services and properties."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from tests.simulators.miio.classic import Allowed
from tests.simulators.miio.device import UNKNOWN_METHOD, MiioDevice, Refusal

MOST_PROPERTIES: Final = 15
_DONE: Final = 0
_READ_ONLY: Final = -4002
_NO_SUCH_PROPERTY: Final = -4003
_BAD_VALUE: Final = -4005
_TOO_LONG: Final = -9999

type Place = tuple[int, int]
"""Service (siid) and property (piid)."""


@dataclass(frozen=True)
class Property:
    """A property of a model, with the value after unpacking it."""

    value: Any
    allowed: Allowed = ()
    """What may be set; nothing if it can only be read."""
    housekeeping: bool = False
    """Clients set it while they poll: no command of anybody."""


BOOLEAN: Final = (False, True)


@dataclass(frozen=True)
class Miot:
    """A model of the second generation."""

    properties: Mapping[Place, Property]
    power: Place


class MiotDevice(MiioDevice):
    """A device that is asked with ``get_properties``."""

    def __init__(
        self, model: str, kind: Miot, token: bytes, device_id: int = 1
    ) -> None:
        """Set the model and its table."""
        super().__init__(model, token, device_id)
        self._kind = kind
        self.state = {place: item.value for place, item in kind.properties.items()}

    @property
    @override
    def on(self) -> bool:
        return bool(self.state[self._kind.power])

    @override
    def press(self, *, on: bool) -> None:
        self.state[self._kind.power] = on

    @override
    def changes(self, method: str) -> bool:
        return method == "set_properties" and not self._kept_house

    @override
    def carry_out(self, method: str, params: Any) -> Any:
        if len(params) > MOST_PROPERTIES:
            raise Refusal(_TOO_LONG, "user ack timeout")
        if method == "get_properties":
            return [self._read(item) for item in params]
        if method != "set_properties":
            raise Refusal(UNKNOWN_METHOD, "Method not found.")
        self._kept_house = True
        return [self._write(item) for item in params]

    def _read(self, item: dict[str, Any]) -> dict[str, Any]:
        place = item["siid"], item["piid"]
        if place not in self.state:
            return {**_named(item), "code": _NO_SUCH_PROPERTY}
        return {**_named(item), "code": _DONE, "value": self.state[place]}

    def _write(self, item: dict[str, Any]) -> dict[str, Any]:
        place = item["siid"], item["piid"]
        known = self._kind.properties.get(place)
        value = item.get("value")
        if known is None:
            code = _NO_SUCH_PROPERTY
        elif not known.allowed:
            code = _READ_ONLY
        elif value not in known.allowed or type(value) is not type(known.value):
            code = _BAD_VALUE
        else:
            code = _DONE
            self.state[place] = value
        self._kept_house &= known is not None and known.housekeeping
        return {**_named(item), "code": code}


def _named(item: dict[str, Any]) -> dict[str, Any]:
    """Return how an answer names a property: as the question did."""
    return {key: item[key] for key in ("did", "siid", "piid") if key in item}
