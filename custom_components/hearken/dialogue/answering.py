"""Interprets the answer to a question of ours. Independent of Home Assistant."""

from collections.abc import Sequence
from dataclasses import replace

from .home import Device
from .memory import Pending
from .plan import Planner, Proposal, asked_again
from .reading import Reading, Reference

_NEGATIVE = frozenset({"no", "cancel", "dont", "not"})


def answer_to(
    pending: Pending, reading: Reading, planner: Planner, room: str | None
) -> Proposal | None:
    """Return what an answer leads to, None if the sentence is no answer."""
    if "undo" in reading.flags and not (reading.orders or reading.references):
        # Nothing was done yet: what was done before is not meant.
        return Proposal(key="cancelled", kind="polite")
    if pending.kind in {"confirm", "pin", "suggest", "said"}:
        return _confirmation(pending, reading, planner)
    if pending.kind == "where":
        return _place(pending, reading, planner, room)
    return _choice(pending, reading, planner)


def _cancelled(reading: Reading) -> bool:
    """Return whether nothing is wanted any more."""
    if reading.orders:
        only_stop = all(clause.acts == ("stop",) for clause in reading.orders)
        return only_stop and not reading.references
    return bool(reading.flags & _NEGATIVE) and not reading.references


def _confirmation(
    pending: Pending, reading: Reading, planner: Planner
) -> Proposal | None:
    """Return what was asked about, if the answer is a clear yes."""
    flags = reading.flags
    if reading.question or "undo" in flags:
        return None
    names_others = any(
        one.pronoun not in {"it", "one"} and not _is_asked(one, pending)
        for one in reading.references
    )
    # Another name alone is neither a yes nor an order, whoever would take it for one.
    is_bare = not reading.orders and not flags - {"yes"}
    if names_others and not is_bare:
        return None
    if names_others or flags & _NEGATIVE or _cancelled(reading):
        return Proposal(key="cancelled", kind="polite")
    if reading.orders and not _repeats(reading, pending):
        return None
    names_it = pending.kind == "suggest" and bool(reading.references)
    if "yes" in flags or reading.orders or names_it:
        # A yes alone is no PIN.
        is_pin = pending.kind == "pin"
        return asked_again(pending) if is_pin else planner.confirmed(pending)
    return None


def _is_asked(reference: Reference, pending: Pending) -> bool:
    """Return whether a reference may be to what was asked about."""
    devices = {command.entity_id for command in pending.commands}
    if reference.devices or reference.partly:
        return bool((reference.devices | reference.partly) & devices)
    return bool(reference.kind) and not reference.areas


def _repeats(reading: Reading, pending: Pending) -> bool:
    """Return whether an answer says again what was asked about: "yes, open it"."""
    acts = {act for order in pending.orders for act in order.clause.acts}
    related = {"on": "open", "open": "on", "unlock": "open", "off": "close"}
    acts |= {related[act] for act in acts if act in related}
    acts |= {one.service.partition("_")[0] for one in pending.commands}
    acts |= {"unlock"} if "open" in acts else set()
    return all(
        bool(set(clause.acts) & acts) and not clause.has_value
        for clause in reading.orders
    )


def _place(
    pending: Pending, reading: Reading, planner: Planner, room: str | None
) -> Proposal | None:
    """Return everything in the place that was named."""
    if _cancelled(reading):
        return Proposal(key="cancelled", kind="polite")
    if reading.orders or reading.question:
        return None
    places = [one for one in reading.references if one.is_place_only]
    if len(places) != 1 or (places[0].is_here and room is None):
        return None
    place = places[0]
    clause = pending.reading.clauses[pending.clause]
    references = list(clause.references)
    references[pending.reference] = replace(
        references[pending.reference],
        areas=place.areas,
        is_here=place.is_here,
        is_everywhere=place.is_everywhere,
    )
    clauses = list(pending.reading.clauses)
    clauses[pending.clause] = replace(clause, references=references)
    return planner.plan(replace(pending.reading, clauses=clauses))


def _choice(pending: Pending, reading: Reading, planner: Planner) -> Proposal | None:
    """Return the order for the device that was chosen."""
    if _cancelled(reading):
        return Proposal(key="cancelled", kind="polite")
    devices = planner.home.devices
    candidates = [devices[one] for one in pending.candidates if one in devices]
    chosen = _chosen(reading, candidates, planner)
    if reading.question or (reading.orders and not chosen):
        return None
    if reading.orders and not _same_order(reading, pending):
        return None
    if not chosen:
        return None
    counts = {2 if one.is_both else one.count for one in reading.references} - {0}
    is_counted = not counts or len(chosen) in counts
    return choice(
        pending, chosen, planner, is_clear=is_counted and _wants_several(reading)
    )


def _which(pending: Pending, devices: Sequence[Device]) -> Proposal:
    """Return the question which of some devices is meant."""
    return Proposal(
        key="which",
        names=tuple(one.name for one in devices),
        pending=replace(pending, candidates=tuple(one.entity_id for one in devices)),
        is_question=True,
    )


def choice(
    pending: Pending,
    chosen: Sequence[Device],
    planner: Planner,
    *,
    is_clear: bool = False,
) -> Proposal:
    """Return the order that was asked about, for what was chosen, or ask again."""
    if len(chosen) > 1 and not is_clear:
        return _which(pending, chosen)
    position = (pending.clause, pending.reference)
    ids = tuple(one.entity_id for one in chosen)
    proposal = planner.plan(pending.reading, {**pending.chosen, position: ids})
    if proposal.record is not None:
        proposal.record.alternatives = tuple(
            one for one in pending.candidates if one not in ids
        )
    return proposal


def _same_order(reading: Reading, pending: Pending) -> bool:
    """Return whether an answer repeats the order: "turn on the one on the left"."""
    if any(clause.excepted for clause in reading.clauses):
        # "Turn off all lights but the lamp" is an order of its own.
        return False
    acts = set(pending.reading.clauses[pending.clause].acts)
    return all(
        not clause.acts or bool(set(clause.acts) & acts) for clause in reading.orders
    ) and not any(
        clause.has_value or clause.change is not None for clause in reading.orders
    )


def _wants_several(reading: Reading) -> bool:
    """Return whether the answer takes several candidates."""
    return len(reading.references) > 1 or any(
        one.is_group or one.is_everything or one.pronoun == "them"
        for one in reading.references
    )


def _chosen(
    reading: Reading, candidates: Sequence[Device], planner: Planner
) -> list[Device]:
    """Return the candidates that an answer names."""
    found: list[Device] = []
    references = reading.references
    for reference in references:
        matching = _matching(reference, candidates, planner)
        if not matching:
            return []
        found += [one for one in matching if one not in found]
    if reading.negated:
        denied = [
            device
            for reference in reading.negated
            for device in _matching(reference, candidates, planner)
        ]
        return [one for one in (found or candidates) if one not in denied]
    return found


def _matching(
    reference: Reference, candidates: Sequence[Device], planner: Planner
) -> list[Device]:
    """Return the candidates that one reference names."""
    if reference.ordinal:
        position = reference.ordinal - (1 if reference.ordinal > 0 else 0)
        inside = -len(candidates) <= position < len(candidates)
        return [candidates[position]] if inside else []
    if reference.devices or reference.partly:
        ids = reference.devices or reference.partly
        found = [one for one in candidates if one.entity_id in ids]
        if not found and reference.partly:
            found = [one for one in candidates if one.entity_id in reference.partly]
    else:
        found = list(candidates)
    areas = planner.targets.areas_of(reference)
    if areas is not None:
        found = [one for one in found if one.area_id in areas]
    if reference.kind and not (reference.devices or reference.partly):
        of_kind = {one.entity_id for one in planner.targets.of_kind(reference.kind)}
        found = [one for one in found if one.entity_id in of_kind]
    if reference.pronoun == "other" or reference.is_empty:
        return []
    is_bare = (
        not (reference.devices or reference.partly or areas is not None)
        and not reference.kind
    )
    if is_bare and not (
        reference.is_group or reference.is_everything or reference.pronoun == "them"
    ):
        return []
    return found
