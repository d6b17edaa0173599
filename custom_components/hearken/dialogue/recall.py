"""What pronouns stand for. Independent of Home Assistant."""

from collections.abc import Callable
from typing import Final

from .memory import Order
from .pools import Found, Nothing, Pool, Target
from .reading import Clause, Reference

_STARTS: Final = frozenset({"on", "open"})
_ENDS: Final = frozenset({"off", "close"})


class Recall:
    """Resolves what leans on the sentences before."""

    def __init__(
        self, pool: Pool, resolve: Callable[[Reference, Clause], Target]
    ) -> None:
        """Resolve what is described otherwise with a function."""
        self._pool = pool
        self._resolve = resolve

    def by_pronoun(self, reference: Reference, clause: Clause) -> Target:
        """Return what a pronoun stands for."""
        areas = self._pool.areas_of(reference)
        if reference.partly or areas is not None or reference.kind:
            return self._described(reference, areas, clause)
        if "many" in reference.traits and reference.pronoun == "them":
            return self.group(reference, clause)
        if reference.is_group:
            return self.group(reference, clause)
        return self.focus(clause, reference)

    def _described(
        self, reference: Reference, areas: frozenset[str] | None, clause: Clause
    ) -> Target:
        """Return the one like the last that fits a description."""
        for record in self._pool.memory.recent()[:1]:
            for order in record.orders:
                found = self._pool.like(order, areas, clause)
                if reference.partly:
                    found = [one for one in found if one.entity_id in reference.partly]
                if reference.kind:
                    found = self._pool.among(reference.kind, found)
                if found:
                    return (
                        self._pool.ask(found) if len(found) > 1 else Found(tuple(found))
                    )
        if reference.kind or reference.partly:
            bare = Reference(
                partly=reference.partly,
                kind=reference.kind,
                traits=reference.traits,
                areas=reference.areas,
                is_here=reference.is_here,
            )
            return self._resolve(bare, clause)
        return Nothing()

    def focus(self, clause: Clause, reference: Reference | None = None) -> Target:
        """Return what was spoken of last and an order fits."""
        many = reference is not None and "many" in reference.traits
        for record in self._pool.memory.recent():
            orders = [self._usable(order, clause) for order in record.orders]
            groups = [group for group in orders if group.devices]
            if not groups and record.question_devices:
                groups = [self._asked_about(record.question_devices, clause)]
            groups = [group for group in groups if group.devices]
            if not groups:
                continue
            groups = _still_meant(groups, clause)
            devices = tuple(dict.fromkeys(one for g in groups for one in g.devices))
            found = tuple(self._pool.home.devices[one] for one in devices)
            is_one_word = len(groups) == 1 and groups[0].is_collective
            if len(found) == 1 or is_one_word or many:
                return Found(found, is_collective=is_one_word)
            if reference is None:
                return self._pool.collective(found)
            return self._pool.ask(found)
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
        device = self._pool.home.devices.get(entity_id)
        return device is not None and self._pool.can(clause, device)

    def group(self, reference: Reference, clause: Clause) -> Target:
        """Return everything that was spoken of together."""
        found: list[str] = []
        for record in self._pool.memory.recent():
            usable = [one for one in record.devices if self._fits(one, clause)]
            found += [one for one in usable if one not in found]
            needed = reference.count or 2
            if len(found) >= needed and not record.extends_last:
                break
        devices = tuple(self._pool.home.devices[one] for one in found)
        if reference.count:
            is_whole = len(devices) == reference.count
            return Found(devices, is_collective=True) if is_whole else Nothing()
        if len(devices) < 2 or (reference.is_both and len(devices) != 2):  # noqa: PLR2004
            one = self.focus(clause, Reference(traits=frozenset({"many"})))
            group = isinstance(one, Found) and (
                one.is_collective or all(map(self._pool.home.is_several, one.devices))
            )
            is_way = isinstance(one, Found) and {"open", "close"} & set(clause.acts)
            if (group or (is_way and reference.is_all)) and not reference.is_both:
                # "全部打开": all the way.
                return one
            return self._both_here(clause) if reference.is_both else Nothing()
        return Found(devices, is_collective=True)

    def _both_here(self, clause: Clause) -> Target:
        """Return the two devices in the room like the last one."""
        for record in self._pool.memory.recent()[:1]:
            for order in record.orders:
                areas = frozenset((self._pool.room,)) if self._pool.room else None
                found = self._pool.like(order, areas, clause)
                if len(found) == 2:  # noqa: PLR2004
                    return self._pool.collective(found)
        return Nothing()

    def other(self, reference: Reference, clause: Clause) -> Target:
        """Return the other one of two."""
        for record in self._pool.memory.recent()[:1]:
            left = [one for one in record.alternatives if self._fits(one, clause)]
            if len(left) == 1:
                return Found((self._pool.home.devices[left[0]],))
        for record in self._pool.memory.recent():
            for order in record.orders:
                areas = self._pool.areas_of(reference) or frozenset(
                    area
                    for one in order.devices
                    if (area := self._pool.home.devices[one].area_id)
                )
                found = [
                    one
                    for one in self._pool.like(order, areas or None, clause)
                    if one.entity_id not in order.devices
                ]
                if reference.kind:
                    found = self._pool.among(reference.kind, found)
                if len(found) == 1 or (found and "many" in reference.traits):
                    return Found(tuple(found))
                if found:
                    return self._pool.ask(found)
        if reference.kind:
            return self._resolve(Reference(kind=reference.kind), clause)
        return Nothing()


def _still_meant(orders: list[Order], clause: Clause) -> list[Order]:
    """Return the orders without those that turned something off beside others.

    Of "it off and the lamp on", only the lamp can be dimmed.
    """
    left = [one for one in orders if not _ENDS & set(one.clause.acts)]
    return orders if not left or _STARTS & set(clause.acts) else left
