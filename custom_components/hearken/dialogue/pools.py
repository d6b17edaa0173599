"""Which devices there are to choose from. Independent of Home Assistant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .commands import command_for
from .home import Device, Home
from .memory import Memory, Order
from .nouns import domains_of, is_such
from .reading import Clause, Reference
from .values import QUANTITIES

_RISKY_CLASSES: Final = frozenset({"door", "garage", "gate"})
EVERYTHING: Final = ("light", "switch", "fan", "media_player", "humidifier")
INACTIVE: Final = frozenset(
    {"off", "idle", "standby", "closed", "docked", "unavailable", "unknown"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """The devices that are meant."""

    devices: tuple[Device, ...]
    is_collective: bool = False


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several devices of which one is meant."""

    candidates: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Everything is meant, but not said where."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No device is meant that this could be done with."""

    reason: str = "not_understood"


type Target = Found | Ambiguous | NoPlace | Nothing


class Pool:
    """The devices of the house, as one speaker sees them."""

    def __init__(self, home: Home, memory: Memory, room: str | None) -> None:
        """Look at the house from a room, in the light of a conversation."""
        self.home = home
        self.memory = memory
        self.room = room

    def can(self, clause: Clause, device: Device) -> bool:
        """Return whether an order fits a device."""
        state = self.home.state(device)
        return command_for(clause, device, state) is not None

    def is_active(self, device: Device) -> bool:
        """Return whether a device is on, open or playing."""
        return self.home.state(device).state not in INACTIVE

    def areas_of(self, reference: Reference) -> frozenset[str] | None:
        """Return the areas that are named, None if there are none."""
        if reference.areas:
            return reference.areas
        if reference.is_here and self.room:
            return frozenset((self.room,))
        return None

    def within(
        self, devices: Iterable[Device], areas: frozenset[str] | None
    ) -> list[Device]:
        """Return the devices in these areas, all if there are none."""
        return [one for one in devices if areas is None or one.area_id in areas]

    def in_room(self, devices: Iterable[Device]) -> list[Device]:
        """Return the devices in the room of the speaker."""
        return [one for one in devices if self.room and one.area_id == self.room]

    def nearest_first(self, devices: Sequence[Device]) -> list[Device]:
        """Return the devices, those in the room first."""
        return sorted(devices, key=lambda one: (one.area_id != self.room, one.name))

    def among(self, kind: str, devices: Iterable[Device]) -> list[Device]:
        """Return the devices of a kind."""
        home = self.home
        return [
            one
            for one in devices
            if is_such(
                kind,
                one,
                home.nouns_of(one),
                home.state(one),
                is_active=self.is_active(one),
            )
        ]

    def of_kind(self, kind: str) -> list[Device]:
        """Return all devices of a kind."""
        return self.among(kind, self.home.of_domains(domains_of(kind)))

    def collective(self, devices: Sequence[Device]) -> Target:
        """Return all devices."""
        return Found(tuple(devices), is_collective=True)

    def ask(self, devices: Sequence[Device]) -> Target:
        """Return all devices to choose from."""
        return Ambiguous(tuple(self.nearest_first(devices)))

    def like(
        self, order: Order, areas: frozenset[str] | None, clause: Clause
    ) -> list[Device]:
        """Return the devices of the same kind as those of an order, in places."""
        before = [
            self.home.devices[one] for one in order.devices if one in self.home.devices
        ]
        domains = {one.domain for one in before}
        classes = {one.device_class for one in before if one.domain == "cover"}
        return [
            one
            for one in self.within(self.home.of_domains(sorted(domains)), areas)
            if self.can(clause, one)
            and (
                one.domain != "cover"
                or one.device_class in classes
                or not (_RISKY_CLASSES & {*classes, one.device_class})
            )
        ]

    def as_before(self, found: Sequence[Device], order: Order) -> Target:
        """Return all of them if all were meant before, else the one."""
        if len(found) == 1 or order.is_collective or len(order.devices) > 1:
            return self.collective(found)
        return self.ask(found)

    def of_quantity(self, quantity: str, direction: str) -> list[Device]:
        """Return the devices here whose brightness or the like can be meant."""
        domains = [domain for domain, one in QUANTITIES.items() if one == quantity]
        pool = list(self.home.of_domains(domains))
        here = self.in_room(pool)
        if quantity == "temperature":
            return here or (pool if len(pool) == 1 else [])
        active = [one for one in here if self.is_active(one)]
        if not active and quantity == "brightness" and direction == "up":
            return here
        return active
