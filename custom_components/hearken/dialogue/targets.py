"""Which devices are spoken of. Independent of Home Assistant."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .home import Device, Home
from .memory import Memory
from .pools import EVERYTHING, Ambiguous, Found, NoPlace, Nothing, Pool, Target
from .reading import Clause, Reference
from .recall import Recall
from .text import tokens_of
from .values import QUANTITIES

_LIGHTS: Final = ("light",)
_ACTS_OF: Final = {
    "media_player": frozenset({"play", "pause", "next", "previous"}),
    "lock": frozenset({"lock", "unlock"}),
    "alarm_control_panel": frozenset({"arm_away", "arm_home", "disarm"}),
}
"""What can only be done with one domain, so that a place is enough."""


class Targets:
    """Resolves references in the light of the conversation."""

    def __init__(self, home: Home, memory: Memory, room: str | None) -> None:
        """Resolve for a speaker in this room."""
        self._pool = Pool(home, memory, room)
        self._recall = Recall(self._pool, self.resolve)
        self.can = self._pool.can
        self.is_active = self._pool.is_active
        self.areas_of = self._pool.areas_of
        self.in_room = self._pool.in_room
        self.of_kind = self._pool.of_kind
        self.of_quantity = self._pool.of_quantity
        self.focus = self._recall.focus

    def there(self, reference: Reference | None) -> Reference | None:
        """Return what is spoken of, in the place that was spoken of last."""
        devices = self._pool.home.devices
        last = self._pool.memory.recent()[:1]
        areas = {
            devices[one].area_id
            for record in last
            for one in record.devices
            if one in devices
        }
        area = areas.pop() if len(areas) == 1 else None
        reference = reference or Reference()
        has_place = reference.areas or reference.is_here or reference.is_everywhere
        if (
            area is None
            or has_place
            or reference.pronoun
            or len(reference.devices) == 1
        ):
            return None if reference.is_empty else reference
        return replace(reference, areas=frozenset((area,)))

    def resolve(self, reference: Reference, clause: Clause) -> Target:  # noqa: PLR0911
        """Return the devices that a reference means."""
        if reference.devices:
            return self._by_name(reference, clause)
        if reference.pronoun == "other":
            return self._recall.other(reference, clause)
        if reference.pronoun:
            return self._recall.by_pronoun(reference, clause)
        if reference.partly:
            return self._by_part(reference, clause)
        if reference.kind:
            return self._by_kind(reference, clause)
        if reference.is_everything:
            return self._everything(reference, clause)
        if reference.is_place_only:
            return self._by_place(reference, clause)
        if reference.is_group:
            return self._recall.group(reference, clause)
        return Nothing()

    def _by_name(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices of a name."""
        named = [self._pool.home.devices[one] for one in sorted(reference.devices)]
        inside = self._pool.within(named, self._pool.areas_of(reference))
        usable = [one for one in inside if self._pool.can(clause, one)]
        if not usable and reference.kind:
            # The name of one device is a word for others: "the heating is too cold".
            return self._by_kind(_without_name(reference), clause)
        if not usable:
            return Nothing("cannot" if inside else "not_there")
        if twins := self._twins(reference):
            return Found((*usable, *twins), is_collective=True)
        if reference.is_group:
            return Found(tuple(usable), is_collective=True)
        return self._narrowed(usable)

    def _twins(self, reference: Reference) -> list[Device]:
        """Return what else is named by a name's other beginning: "爸爸妈妈的床头灯"."""
        if reference.partly & reference.devices:
            return []
        devices = self._pool.home.devices
        ends = [tokens_of(devices[one].name) for one in reference.devices]
        twins = [devices[one] for one in sorted(reference.partly)]
        first = len(reference.part)
        return [
            one
            for one in twins
            if (words := tokens_of(one.name))[:first] == reference.part
            and any(end[-len(words[first:]) :] == words[first:] for end in ends)
        ]

    def _by_part(self, reference: Reference, clause: Clause) -> Target:
        """Return the devices whose names have a part."""
        named = [self._pool.home.devices[one] for one in sorted(reference.partly)]
        if reference.kind:
            of_kind = self._pool.among(reference.kind, named)
            named = of_kind or named
        inside = self._pool.within(named, self._pool.areas_of(reference))
        usable = [one for one in inside if self._pool.can(clause, one)]
        if not inside and reference.kind:
            # In another room, it is a word for what has another name.
            return self._by_kind(_without_name(reference), clause)
        if not usable:
            return Nothing("cannot")
        if reference.is_several:
            return Found(tuple(usable), is_collective=True)
        return self._narrowed(usable)

    def _narrowed(self, usable: Sequence[Device]) -> Target:
        """Return the one device in the room, or all to choose from."""
        if len(usable) == 1:
            return Found(tuple(usable))
        here = self._pool.in_room(usable)
        if len(here) == 1:
            return Found(tuple(here))
        return Ambiguous(tuple(self._pool.nearest_first(here or usable)))

    def _by_kind(self, reference: Reference, clause: Clause) -> Target:  # noqa: PLR0911 - a cascade
        """Return the devices of a kind, in the room unless a place is named."""
        pool = [
            one
            for one in self._pool.of_kind(reference.kind)
            if self._pool.can(clause, one)
        ]
        areas = self._pool.areas_of(reference)
        inside = self._pool.within(pool, areas)
        if not inside:
            return Nothing("not_there" if pool else "cannot")
        here = self._pool.in_room(inside)
        if reference.is_everywhere:
            return Found(tuple(inside), is_collective=True)
        ends = bool({"off", "close"} & set(clause.acts))
        if areas is None and not (reference.is_all and ends):
            inside = here or inside
        if len(inside) == 1:
            return Found(tuple(inside), is_collective=True)
        if reference.is_both or reference.count:
            return self._counted(inside, reference.count or 2)
        if clause.change is not None:
            active = [one for one in inside if self._pool.is_active(one)]
            inside = active or inside
            if len(inside) == 1:
                return Found(tuple(inside))
        has_place = areas is not None or bool(here)
        if reference.is_several or reference.is_everything:
            is_sure = has_place or reference.is_all or reference.is_everything
            return self._pool.collective(inside) if is_sure else self._pool.ask(inside)
        if "mass" in reference.traits and has_place and not reference.is_single:
            return self._pool.collective(inside)
        return self._singular(inside, clause)

    def _counted(self, devices: Sequence[Device], count: int) -> Target:
        """Return so many devices, unless there are others."""
        if len(devices) == count:
            return self._pool.collective(devices)
        return self._pool.ask(devices)

    def _singular(self, devices: Sequence[Device], clause: Clause) -> Target:
        """Return the one that was spoken of or is on."""
        ids = {one.entity_id for one in devices}
        for record in self._pool.memory.recent()[:1]:
            spoken = [one for one in record.devices if one in ids]
            if len(spoken) == 1:
                return Found((self._pool.home.devices[spoken[0]],))
        if "on" not in clause.acts and "open" not in clause.acts:
            active = [one for one in devices if self._pool.is_active(one)]
            if len(active) == 1:
                return Found(tuple(active))
        return self._pool.ask(devices)

    def _everything(self, reference: Reference, clause: Clause) -> Target:
        """Return everything that is on in a place."""
        if clause.has_value:
            # "Thirty percent off everything" is an offer.
            return Nothing()
        areas = self._pool.areas_of(reference)
        if areas is None and not reference.is_everywhere:
            return NoPlace()
        pool = self._pool.within(self._pool.home.of_domains(EVERYTHING), areas)
        usable = [one for one in pool if self._pool.can(clause, one)]
        if "off" in clause.acts:
            active = [one for one in usable if self._pool.is_active(one)]
            usable = active or usable
        return self._pool.collective(usable) if usable else Nothing("not_there")

    def _by_place(self, reference: Reference, clause: Clause) -> Target:
        """Return the same kind of devices as before in another place."""
        areas = self._pool.areas_of(reference)
        if areas is None and not reference.is_everywhere:
            return Nothing()
        if clause.excepted:
            return self._everything(reference, clause)
        for record in self._pool.memory.recent()[:1]:
            for order in record.orders:
                found = self._pool.like(order, areas, clause)
                if found:
                    return self._pool.as_before(found, order)
        if reference.place_kind and clause.acts:
            bare = Reference(kind=reference.place_kind)
            target = self._by_kind(bare, clause)
            if isinstance(target, Found):
                return target
        domains = _domains_of(clause)
        return self._of_place(areas, domains, clause) if domains else Nothing()

    def _of_place(
        self, areas: frozenset[str] | None, domains: tuple[str, ...], clause: Clause
    ) -> Target:
        """Return all lights of a place, or the one device of another kind."""
        there = self._pool.within(self._pool.home.of_domains(domains), areas)
        usable = [one for one in there if self._pool.can(clause, one)]
        if not usable:
            return Nothing("not_there")
        if domains == _LIGHTS:
            return self._pool.collective(usable)
        usable = [one for one in usable if self._pool.is_active(one)] or usable
        return Found(tuple(usable)) if len(usable) == 1 else self._pool.ask(usable)


def _without_name(reference: Reference) -> Reference:
    """Return what is spoken of by its kind and its place."""
    return Reference(
        kind=reference.kind,
        traits=reference.traits,
        areas=reference.areas,
        is_here=reference.is_here,
    )


def _domains_of(clause: Clause) -> tuple[str, ...]:
    """Return the domains of what an order means that names nothing but a place."""
    change = clause.change
    if change is not None and change.quantity != "any":
        return tuple(
            domain
            for domain, quantity in QUANTITIES.items()
            if quantity == change.quantity
        )
    for domain, acts in _ACTS_OF.items():
        if clause.acts and acts.issuperset(clause.acts):
            return (domain,)
    return _LIGHTS if clause.acts else ()
