"""Answers questions about states, without effect. Independent of Home Assistant."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from .home import Device
from .memory import Record
from .plan import Planner, Proposal, refusal
from .reading import Clause, Reading, Reference

_MEASURED: Final = {
    "temperature": "temperature",
    "humidity": "humidity",
    "carbon_dioxide": "carbon_dioxide",
}
_ATTRIBUTES: Final = {
    "brightness": ("light", "brightness"),
    "volume": ("media_player", "volume_level"),
    "position": ("cover", "current_position"),
    "setpoint": ("climate", "temperature"),
}


def asked(
    reading: Reading, planner: Planner, before: Record | None = None
) -> Proposal | None:
    """Return the answer to a question, None if we know none."""
    question = reading.question
    references = reading.references or [Reference()]
    if question in _MEASURED:
        return _measured(question, references[0], planner)
    if question in _ATTRIBUTES:
        return _attribute(question, references[0], planner)
    if question == "state":
        return _state(reading, references, planner)
    if question == "which":
        return None
    del before
    return None


def _asked_record(question: str, devices: Iterable[Device]) -> Record:
    """Return what a conversation is about after a question."""
    ids = tuple(one.entity_id for one in devices)
    return Record(question=question, question_devices=ids)


def _measured(question: str, reference: Reference, planner: Planner) -> Proposal | None:
    """Return what a sensor says."""
    home, targets = planner.home, planner.targets
    named = reference.devices | reference.partly
    areas = targets.areas_of(reference)
    pool = [
        one
        for one in home.of_domains(("sensor", "climate"))
        if one.domain == "climate" or one.device_class == question
    ]
    if reference.devices:
        pool = [one for one in pool if one.entity_id in named] or pool
    if areas is None and not reference.devices:
        here = targets.in_room(pool)
        pool = here or (pool if len(pool) == 1 else [])
    elif areas is not None:
        pool = [one for one in pool if one.area_id in areas]
    values = [(one, _value(one, question, planner)) for one in pool]
    known = [(one, value) for one, value in values if value is not None]
    sensors = [(one, value) for one, value in known if one.domain == "sensor"]
    best = (sensors or known)[:1]
    if not best:
        return refusal("unknown_value")
    device, value = best[0]
    climates = [one for one in pool if one.domain == "climate"]
    related = [one for one in climates if one.area_id == device.area_id]
    return Proposal(
        key=f"measured_{question}",
        values={"value": value, "name": device.name},
        names=(device.name,),
        record=_asked_record(question, [*related, device]),
        kind="question",
    )


def _value(device: Device, question: str, planner: Planner) -> str | None:
    """Return a measured value as text."""
    state = planner.home.state(device)
    value: Any = state.state
    if device.domain == "climate":
        if question != "temperature":
            return None
        value = state.attributes.get("current_temperature")
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return None


def _attribute(
    question: str, reference: Reference, planner: Planner
) -> Proposal | None:
    """Return the brightness or the like of one device."""
    domain, attribute = _ATTRIBUTES[question]
    devices = [one for one in _devices(reference, planner) if one.domain == domain]
    if len(devices) != 1:
        return refusal("unknown_value")
    state = planner.home.state(devices[0])
    value = state.attributes.get(attribute)
    if question == "brightness":
        value = round((value or 0) / 2.55) if state.state == "on" else 0
    elif question == "volume" and value is not None:
        value = round(value * 100)
    if value is None:
        return refusal("unknown_value")
    return Proposal(
        key=f"value_{question}",
        values={"value": f"{float(value):g}", "name": devices[0].name},
        names=(devices[0].name,),
        record=_asked_record(question, devices),
        kind="question",
    )


def _devices(reference: Reference, planner: Planner) -> list[Device]:
    """Return the devices that a question is about."""
    home, targets = planner.home, planner.targets
    areas = targets.areas_of(reference)
    if reference.pronoun or reference.is_empty:
        last = next(iter(planner.memory.recent()), None)
        ids = last.devices if last is not None else ()
        return [home.devices[one] for one in ids if one in home.devices]
    if reference.devices or reference.partly:
        ids = tuple(sorted(reference.devices or reference.partly))
        found = [home.devices[one] for one in ids]
    elif reference.kind:
        found = targets.of_kind(reference.kind)
        if areas is None:
            found = targets.in_room(found) or found
    else:
        return []
    return [one for one in found if areas is None or one.area_id in areas]


def _state(
    reading: Reading, references: list[Reference], planner: Planner
) -> Proposal | None:
    """Return the states of devices, not of all of a kind: Home Assistant sums up."""
    if any(one.is_all for one in references) or not any(
        one.devices or one.partly or one.kind or one.pronoun for one in references
    ):
        return None
    devices = [one for ref in references for one in _devices(ref, planner)]
    devices = [one for one in devices if one.domain != "sensor"] or devices
    if not devices or len(devices) > 4:  # noqa: PLR2004 - nobody listens to more
        return refusal("unknown_value")
    return Proposal(
        key="states",
        names=tuple(one.entity_id for one in devices),
        record=_asked_record("state", devices),
        kind="question",
    )


def with_clause(reading: Reading, clause: Clause) -> Reading:
    """Return the reading with one clause."""
    return replace(reading, clauses=[clause])
