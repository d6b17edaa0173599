"""Which devices are spoken of. Independent of Home Assistant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .commands import command_for
from .home import Device, Home
from .memory import Memory, Order
from .reading import Clause, Reference
from .values import QUANTITIES

_DOOR_CLASSES: Final = frozenset({"door", "garage", "gate"})
_RISKY_CLASSES: Final = _DOOR_CLASSES
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "light": ("light",),
    "switch": ("switch",),
    "fan": ("fan",),
    "blind": ("cover",),
    "awning": ("cover",),
    "garage": ("cover",),
    "gate": ("cover",),
    "lock": ("lock",),
    "door": ("lock", "cover"),
    "window": ("cover",),
    "climate": ("climate",),
    "media": ("media_player",),
    "tv": ("media_player",),
    "vacuum": ("vacuum", "lawn_mower"),
    "alarm": ("alarm_control_panel",),
    "humidifier": ("humidifier",),
    "scene": ("scene",),
    "thing": ("light", "switch", "fan", "media_player"),
}
EVERYTHING: Final = ("light", "switch", "fan", "media_player", "humidifier")
_INACTIVE: Final = frozenset(
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


class Targets:
    """Resolves references in the light of the conversation."""

    def __init__(self, home: Home, memory: Memory, room: str | None) -> None:
        """Resolve for a speaker in this room."""
        self._home = home
        self._memory = memory
        self._room = room

    def can(self, clause: Clause, device: Device) -> bool:
        """Return whether an order fits a device."""
        state = self._home.state(device)
        return command_for(clause, device, state) is not None

    def is_active(self, device: Device) -> bool:
        """Return whether a device is on, open or playing."""
        return self._home.state(device).state not in _INACTIVE

    def resolve(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices that a reference means."""
        if reference.devices:
            return self._by_name(reference, clause)
        if reference.pronoun == "other":
            return self._other(reference, clause)
        if reference.pronoun:
            return self._by_pronoun(reference, clause)
        if reference.partly:
            return self._by_part(reference, clause)
        if reference.kind:
            return self._by_kind(reference, clause)
        if reference.is_everything:
            return self._everything(reference, clause)
        if reference.is_place_only:
            return self._by_place(reference, clause)
        if reference.is_both or reference.is_all:
            return self._focus_group(reference, clause)
        return Nothing()

    # Where.

    def areas_of(self, reference: Reference) -> frozenset[str] | None:
        """Return the areas that are named, None if there are none."""
        if reference.areas:
            return reference.areas
        if reference.is_here and self._room:
            return frozenset((self._room,))
        return None

    def _within(
        self, devices: Iterable[Device], areas: frozenset[str] | None
    ) -> list[Device]:
        """Return the devices in these areas, all if there are none."""
        return [one for one in devices if areas is None or one.area_id in areas]

    def in_room(self, devices: Iterable[Device]) -> list[Device]:
        """Return the devices in the room of the speaker."""
        return [one for one in devices if self._room and one.area_id == self._room]

    # By name.

    def _by_name(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices of a name."""
        named = [self._home.devices[one] for one in sorted(reference.devices)]
        inside = self._within(named, self.areas_of(reference))
        usable = [one for one in inside if self.can(clause, one)]
        if not usable and reference.kind:
            # The name of one device is a word for others: "the heating is too cold".
            other = Reference(
                kind=reference.kind,
                traits=reference.traits,
                areas=reference.areas,
                is_here=reference.is_here,
            )
            return self._by_kind(other, clause)
        if not usable:
            return Nothing("cannot" if inside else "not_there")
        if reference.is_both or reference.is_all:
            return Found(tuple(usable), is_collective=True)
        return self._narrowed(usable)

    def _by_part(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices whose names have a part."""
        named = [self._home.devices[one] for one in sorted(reference.partly)]
        if reference.kind:
            of_kind = self._of_kind(reference.kind, named)
            named = of_kind or named
        inside = self._within(named, self.areas_of(reference))
        usable = [one for one in inside if self.can(clause, one)]
        if not usable:
            return Nothing("cannot")
        if reference.is_several:
            return Found(tuple(usable), is_collective=True)
        return self._narrowed(usable)

    def _narrowed(self, usable: Sequence[Device]) -> Target:
        """Return the one device in the room, or all to choose from."""
        if len(usable) == 1:
            return Found(tuple(usable))
        here = self.in_room(usable)
        if len(here) == 1:
            return Found(tuple(here))
        return Ambiguous(tuple(self._nearest_first(here or usable)))

    def _nearest_first(self, devices: Sequence[Device]) -> list[Device]:
        """Return the devices, those in the room first."""
        return sorted(devices, key=lambda one: (one.area_id != self._room, one.name))

    # By kind.

    def _of_kind(self, kind: str, devices: Iterable[Device]) -> list[Device]:
        """Return the devices of a kind."""
        domains = KINDS.get(kind, ())
        found = [one for one in devices if one.domain in domains]
        covers = [one for one in found if one.domain == "cover"]
        match kind:
            case "blind":
                return [
                    one
                    for one in covers
                    if one.device_class not in {*_RISKY_CLASSES, "awning"}
                ]
            case "awning" | "garage" | "gate" | "window":
                return [one for one in covers if one.device_class == kind]
            case "door":
                return [
                    one
                    for one in found
                    if one.domain == "lock" or one.device_class in _DOOR_CLASSES
                ]
            case "tv":
                return [one for one in found if one.device_class == "tv"] or found
        return found

    def of_kind(self, kind: str) -> list[Device]:
        """Return all devices of a kind."""
        return self._of_kind(kind, self._home.of_domains(KINDS.get(kind, ())))

    def _by_kind(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices of a kind, in the room unless a place is named."""
        pool = [one for one in self.of_kind(reference.kind) if self.can(clause, one)]
        areas = self.areas_of(reference)
        inside = self._within(pool, areas)
        if not inside:
            return Nothing("not_there" if pool else "cannot")
        here = self.in_room(inside)
        if reference.is_everywhere:
            return Found(tuple(inside), is_collective=True)
        if areas is None and not (reference.is_all or reference.is_everything):
            inside = here or inside
        if len(inside) == 1:
            return Found(tuple(inside), is_collective=True)
        if reference.is_both:
            return self._both(inside)
        has_place = areas is not None or bool(here)
        if reference.is_several or reference.is_everything:
            is_sure = has_place or reference.is_all or reference.is_everything
            return self._collective(inside) if is_sure else self._ask(inside)
        if "mass" in reference.traits and has_place and not reference.is_single:
            return self._collective(inside)
        return self._singular(inside, clause)

    def _collective(self, devices: Sequence[Device]) -> Target:
        """Return all devices."""
        return Found(tuple(devices), is_collective=True)

    def _ask(self, devices: Sequence[Device]) -> Target:
        """Return all devices to choose from."""
        return Ambiguous(tuple(self._nearest_first(devices)))

    def _both(self, devices: Sequence[Device]) -> Target:
        """Return two devices, unless there are more."""
        if len(devices) == 2:  # noqa: PLR2004 - that is what both means
            return self._collective(devices)
        return self._ask(devices)

    def _singular(self, devices: Sequence[Device], clause: Clause) -> Target:
        """Return the one that was spoken of or is on."""
        ids = {one.entity_id for one in devices}
        for record in self._memory.recent()[:1]:
            spoken = [one for one in record.devices if one in ids]
            if len(spoken) == 1:
                return Found((self._home.devices[spoken[0]],))
        if "on" not in clause.acts and "open" not in clause.acts:
            active = [one for one in devices if self.is_active(one)]
            if len(active) == 1:
                return Found(tuple(active))
        return self._ask(devices)

    def _everything(self, reference: Reference, clause: Clause) -> Target:
        """Return everything that is on in a place."""
        areas = self.areas_of(reference)
        if areas is None and not reference.is_everywhere:
            return NoPlace()
        pool = self._within(self._home.of_domains(EVERYTHING), areas)
        usable = [one for one in pool if self.can(clause, one)]
        if "off" in clause.acts:
            active = [one for one in usable if self.is_active(one)]
            usable = active or usable
        return self._collective(usable) if usable else Nothing("not_there")

    def _by_place(self, reference: Reference, clause: Clause) -> Target:
        """Return the same kind of devices as before in another place."""
        areas = self.areas_of(reference)
        if areas is None and not reference.is_everywhere:
            return Nothing()
        for record in self._memory.recent()[:1]:
            for order in record.orders:
                found = self._like(order, areas, clause)
                if found:
                    return self._as_before(found, order)
        if reference.place_kind and clause.acts:
            bare = Reference(kind=reference.place_kind)
            target = self._by_kind(bare, clause)
            if isinstance(target, Found):
                return target
        if not clause.acts:
            return Nothing()
        lights = self._within(self._home.of_domains(("light",)), areas)
        usable = [one for one in lights if self.can(clause, one)]
        return self._collective(usable) if usable else Nothing("not_there")

    def _like(
        self, order: Order, areas: frozenset[str] | None, clause: Clause
    ) -> list[Device]:
        """Return the devices of the same kind as those of an order, in places."""
        before = [
            self._home.devices[one]
            for one in order.devices
            if one in self._home.devices
        ]
        domains = {one.domain for one in before}
        classes = {one.device_class for one in before if one.domain == "cover"}
        return [
            one
            for one in self._within(self._home.of_domains(sorted(domains)), areas)
            if self.can(clause, one)
            and (
                one.domain != "cover"
                or one.device_class in classes
                or not (_RISKY_CLASSES & {*classes, one.device_class})
            )
        ]

    def _as_before(self, found: Sequence[Device], order: Order) -> Target:
        """Return all of them if all were meant before, else the one."""
        if len(found) == 1 or order.is_collective or len(order.devices) > 1:
            return self._collective(found)
        return self._ask(found)

    # By what was said before.

    def _by_pronoun(self, reference: Reference, clause: Clause) -> Target:
        """Return what a pronoun stands for."""
        areas = self.areas_of(reference)
        if reference.partly or areas is not None or reference.kind:
            return self._described(reference, areas, clause)
        if "many" in reference.traits and reference.pronoun == "them":
            return self._focus_group(reference, clause)
        if reference.is_both or reference.is_all:
            return self._focus_group(reference, clause)
        return self.focus(clause, reference)

    def _described(
        self, reference: Reference, areas: frozenset[str] | None, clause: Clause
    ) -> Target:
        """Return the one like the last that fits a description."""
        for record in self._memory.recent()[:1]:
            for order in record.orders:
                found = self._like(order, areas, clause)
                if reference.partly:
                    found = [one for one in found if one.entity_id in reference.partly]
                if reference.kind:
                    found = self._of_kind(reference.kind, found)
                if found:
                    return self._ask(found) if len(found) > 1 else Found(tuple(found))
        if reference.kind or reference.partly:
            bare = Reference(
                partly=reference.partly,
                kind=reference.kind,
                traits=reference.traits,
                areas=reference.areas,
                is_here=reference.is_here,
            )
            return self.resolve(bare, clause)
        return Nothing()

    def focus(self, clause: Clause, reference: Reference | None = None) -> Target:
        """Return what was spoken of last and an order fits."""
        many = reference is not None and "many" in reference.traits
        for record in self._memory.recent():
            orders = [self._usable(order, clause) for order in record.orders]
            groups = [group for group in orders if group.devices]
            if not groups and record.question_devices:
                groups = [self._asked_about(record.question_devices, clause)]
            groups = [group for group in groups if group.devices]
            if not groups:
                continue
            devices = tuple(dict.fromkeys(one for g in groups for one in g.devices))
            found = tuple(self._home.devices[one] for one in devices)
            is_one_word = len(groups) == 1 and groups[0].is_collective
            if len(found) == 1 or is_one_word or many:
                return Found(found, is_collective=is_one_word)
            if reference is None:
                return self._collective(found)
            return self._ask(found)
        return Nothing()

    def _usable(self, order: Order, clause: Clause) -> Order:
        """Return the part of an order that another one fits."""
        return Order(
            order.clause,
            tuple(one for one in order.devices if self._fits(one, clause)),
            order.is_collective,
        )

    def _asked_about(self, devices: tuple[str, ...], clause: Clause) -> Order:
        """Return what was asked about as what an order may mean."""
        usable = tuple(one for one in devices if self._fits(one, clause))
        return Order(clause, usable, is_collective=True)

    def _fits(self, entity_id: str, clause: Clause) -> bool:
        """Return whether an order fits a device that is still there."""
        device = self._home.devices.get(entity_id)
        return device is not None and self.can(clause, device)

    def _focus_group(self, reference: Reference, clause: Clause) -> Target:
        """Return everything that was spoken of together."""
        found: list[str] = []
        for record in self._memory.recent():
            usable = [one for one in record.devices if self._fits(one, clause)]
            found += [one for one in usable if one not in found]
            needed = 2
            if len(found) >= needed and not record.extends_last:
                break
        devices = tuple(self._home.devices[one] for one in found)
        if len(devices) < 2 or (reference.is_both and len(devices) != 2):  # noqa: PLR2004
            one = self.focus(clause, Reference(traits=frozenset({"many"})))
            group = isinstance(one, Found) and one.is_collective
            if group and not reference.is_both:
                return one
            return self._both_here(clause) if reference.is_both else Nothing()
        return Found(devices, is_collective=True)

    def _both_here(self, clause: Clause) -> Target:
        """Return the two devices in the room like the last one."""
        for record in self._memory.recent()[:1]:
            for order in record.orders:
                areas = frozenset((self._room,)) if self._room else None
                found = self._like(order, areas, clause)
                if len(found) == 2:  # noqa: PLR2004
                    return self._collective(found)
        return Nothing()

    def _other(self, reference: Reference, clause: Clause) -> Target:
        """Return the other one of two."""
        for record in self._memory.recent()[:1]:
            left = [one for one in record.alternatives if self._fits(one, clause)]
            if len(left) == 1:
                return Found((self._home.devices[left[0]],))
        for record in self._memory.recent():
            for order in record.orders:
                areas = self.areas_of(reference) or frozenset(
                    area
                    for one in order.devices
                    if (area := self._home.devices[one].area_id)
                )
                found = [
                    one
                    for one in self._like(order, areas or None, clause)
                    if one.entity_id not in order.devices
                ]
                if reference.kind:
                    found = self._of_kind(reference.kind, found)
                if len(found) == 1 or (found and "many" in reference.traits):
                    return Found(tuple(found))
                if found:
                    return self._ask(found)
        if reference.kind:
            return self._by_kind(Reference(kind=reference.kind), clause)
        return Nothing()

    # What nobody has to name.

    def of_quantity(self, quantity: str, direction: str) -> list[Device]:
        """Return the devices here whose brightness or the like can be meant."""
        domains = [domain for domain, one in QUANTITIES.items() if one == quantity]
        pool = list(self._home.of_domains(domains))
        here = self.in_room(pool)
        if quantity == "temperature":
            return here or (pool if len(pool) == 1 else [])
        active = [one for one in here if self.is_active(one)]
        if not active and quantity == "brightness" and direction == "up":
            return here
        return active
