"""Which devices are left out: "all but the candles". Independent of Home Assistant."""

from collections.abc import Sequence

from .home import Device, Home
from .memory import Memory
from .reading import Clause, Reference
from .targets import Targets


def excepted_of(
    clause: Clause, found: Sequence[str], home: Home, targets: Targets, memory: Memory
) -> set[str] | None:
    """Return what an order leaves out of what was found, None if that is not clear."""
    excepted: set[str] = set()
    pool = [home.devices[one] for one in found]
    for reference in clause.excepted:
        ids = {one.entity_id for one in _matching(reference, pool, targets, memory)}
        if not ids:
            # It may be off, and is not touched then anyway.
            every = list(home.devices.values())
            if not _matching(reference, every, targets, memory):
                return None
        excepted |= ids
    return excepted


def _matching(
    reference: Reference, pool: Sequence[Device], targets: Targets, memory: Memory
) -> Sequence[Device]:
    """Return the devices of a pool that a reference names."""
    if reference.is_empty:
        return []
    if reference.devices:
        return [one for one in pool if one.entity_id in reference.devices]
    areas = targets.areas_of(reference)
    found = [one for one in pool if areas is None or one.area_id in areas]
    if reference.partly:
        found = [one for one in found if one.entity_id in reference.partly]
    if reference.kind:
        of_kind = {one.entity_id for one in targets.of_kind(reference.kind)}
        found = [one for one in found if one.entity_id in of_kind]
    if reference.pronoun:
        last = memory.recent()[:1]
        ids = {one for record in last for one in record.devices}
        found = [one for one in found if one.entity_id in ids]
    return found
