"""Joins the parts of a sentence into whole orders. Independent of Home Assistant."""

from collections.abc import Sequence
from typing import Final

from .reading import Clause, Reference

_HALF_VERBS: Final = frozenset({"key", "hold", "drive"})
_ENDS: Final = frozenset({"off", "close"})


def merged(clauses: Sequence[Clause], joined: Sequence[bool]) -> list[Clause]:
    """Return the clauses, those without an order joined with one that has it.

    For each clause, it is told whether "and" is before it.
    """
    found: list[Clause] = []
    waiting: Clause | None = None
    for clause, is_joined in zip(*_excepting(clauses, joined), strict=True):
        if set(clause.acts) <= _HALF_VERBS:
            # "Halt" without its particle is no order.
            clause.acts = ()
        if clause.is_empty:
            continue
        if waiting is not None:
            _take_over(clause, waiting)
            waiting = None
        if clause.is_order:
            found.append(clause)
        elif not (found and _add(found[-1], clause, is_joined=is_joined)):
            waiting = clause
    if waiting is not None:
        found.append(waiting)
    for clause in found:
        _place_all(clause)
    return found


def _excepting(
    clauses: Sequence[Clause], joined: Sequence[bool]
) -> tuple[Sequence[Clause], Sequence[bool]]:
    """Return the clauses with what stays on as an exception from what goes off."""
    ends = [one for one in clauses if _ENDS & set(one.acts) and one.references]
    kept = [one for one in clauses if _is_kept(one)]
    if len(ends) != 1 or not kept:
        return clauses, joined
    for clause in kept:
        ends[0].excepted = [*ends[0].excepted, *clause.references]
    left = [
        (one, is_joined)
        for one, is_joined in zip(clauses, joined, strict=True)
        if not any(one is other for other in kept)
    ]
    return [one for one, _ in left], [is_joined for _, is_joined in left]


def _is_kept(clause: Clause) -> bool:
    """Return whether a clause says that something stays on or open."""
    is_other = clause.has_value or clause.change is not None
    acts = set(clause.acts)
    return clause.is_kept and not is_other and acts <= {"on", "open"}


def _take_over(clause: Clause, waiting: Clause) -> None:
    """Give a clause what was said before it: "the lamp and the fan on"."""
    for place in clause.references[:1]:
        for reference in waiting.references:
            if reference.kind and not reference.devices:
                _place(reference, place)
    clause.references = [*waiting.references, *clause.references]
    clause.excepted = [*waiting.excepted, *clause.excepted]
    clause.has_verb |= waiting.has_verb


def _add(before: Clause, clause: Clause, *, is_joined: bool) -> bool:
    """Add devices or a place to the order before; return whether they belong to it."""
    if is_joined:
        before.references += clause.references
        before.excepted += clause.excepted
        return True
    places = clause.references
    if not places or not all(one.is_place_only for one in places):
        return False
    # "Turn the light on in the kitchen."
    for reference in before.references:
        _place(reference, places[0])
    before.excepted += clause.excepted
    return True


def _place_all(clause: Clause) -> None:
    """Read "everything off except the candles in the dining room"."""
    for reference in clause.excepted:
        if reference.devices and (reference.areas or reference.is_here):
            for main in clause.references:
                _place(main, reference)


def _place(reference: Reference, place: Reference) -> None:
    """Say where something is, unless it is said already."""
    if not (reference.areas or reference.is_here or reference.is_everywhere):
        reference.areas = place.areas
        reference.is_here = place.is_here
        reference.is_everywhere = place.is_everywhere
