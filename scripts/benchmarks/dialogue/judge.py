"""Judge a turn: what was expected, and what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from benchmarks.dialogue.numerals import in_words

_CONDITION: Final = re.compile(r"(\w+)(=|>|<)(.+)")
_TOLERANCE: Final = 1.01
_OFF: Final = frozenset({"off", "idle", "standby"})
_STATES: Final[dict[str, frozenset[str]]] = {
    "turn_off": _OFF,
    "open_cover": frozenset({"open", "opening"}),
    "close_cover": frozenset({"closed", "closing"}),
    "lock": frozenset({"locked"}),
    "unlock": frozenset({"unlocked"}),
    "media_play": frozenset({"playing"}),
    "media_pause": frozenset({"paused"}),
    "media_stop": _OFF,
    "media_stop_or_pause": _OFF | {"paused"},
    "start": frozenset({"cleaning"}),
    "return_to_base": frozenset({"docked", "returning"}),
    "alarm_disarm": frozenset({"disarmed"}),
    "alarm_arm_home": frozenset({"armed_home", "arming"}),
    "alarm_arm_away": frozenset({"armed_away", "arming"}),
}


class Verdict(StrEnum):
    """How what happened compares with what was expected."""

    RIGHT = "right"
    REFUSED = "refused"
    WRONG = "wrong"


@dataclass(frozen=True)
class Snapshot:
    """The state of an entity."""

    state: str
    attributes: dict[str, Any]

    def value(self, name: str) -> Any:
        """Return an attribute, as percentage where Home Assistant shows one."""
        attributes = self.attributes
        if name in {"brightness", "brightness_pct"}:
            if self.state != "on":
                return 0
            return round((attributes.get("brightness") or 0) / 2.55, 2)
        if name == "position":
            return attributes.get("current_position")
        if name in {"state", "hvac_mode"}:
            return self.state
        return attributes.get(name)


type Snapshots = dict[str, Snapshot]


@dataclass(frozen=True)
class Call:
    """A service call for one entity."""

    entity_id: str
    service: str
    data: dict[str, Any]


@dataclass
class Outcome:
    """What a turn led to."""

    before: Snapshots
    after: Snapshots
    calls: list[Call]
    speech: str = ""
    asks: bool = False
    schedule: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    """Timers, alarms, and reminders that exist now, with their time."""
    scheduled_before: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    heard: str = ""
    """What was heard of the sentence, if that is something else."""

    @property
    def changed(self) -> set[str]:
        """Return the entities whose state is another one."""
        return {one for one, state in self.after.items() if state != self.before[one]}

    @property
    def acted(self) -> set[str]:
        """Return the entities that changed or were told to."""
        return self.changed | {call.entity_id for call in self.calls}

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing happened at all."""
        return not self.changed and self.schedule == self.scheduled_before


def after_seconds(entry: str) -> float | None:
    """Return the delay of an entry, None if it has to happen at once."""
    found = re.search(r"\bafter=(\d+)", entry)
    return float(found[1]) if found else None


def judge(alternatives: tuple[Any, ...], outcome: Outcome) -> Verdict:
    """Return the best verdict over what is allowed to happen."""
    verdicts = [_judge(one, outcome) for one in alternatives]
    for verdict in (Verdict.RIGHT, Verdict.REFUSED):
        if verdict in verdicts:
            return verdict
    return Verdict.WRONG


def _judge(expected: Any, outcome: Outcome) -> Verdict:  # noqa: PLR0911 - by kind
    """Judge by one expectation."""
    if isinstance(expected, list):
        return _judge_list([str(one) for one in expected], outcome)
    if isinstance(expected, dict):
        entries = [str(one) for one in expected["ask_or"]]
        if outcome.is_nothing and outcome.asks:
            return Verdict.RIGHT
        options = [[one] for one in entries] + [entries]
        verdicts = [_judge_list(one, outcome) for one in options]
        return Verdict.RIGHT if Verdict.RIGHT in verdicts else min(verdicts)
    text = str(expected)
    if text == "ask":
        if not outcome.is_nothing:
            return Verdict.WRONG
        return Verdict.RIGHT if outcome.asks else Verdict.REFUSED
    if text.startswith("info "):
        if not outcome.is_nothing:
            return Verdict.WRONG
        return _said(text.removeprefix("info "), outcome.speech)
    return _judge_schedule(text, outcome)


def _judge_list(entries: list[str], outcome: Outcome) -> Verdict:
    """Judge by entries that all have to happen, and nothing else."""
    now = [one for one in entries if after_seconds(one) is None]
    named = {one.split()[0] for one in now}
    is_scheduled = outcome.schedule != outcome.scheduled_before
    is_delayed = len(now) < len(entries)
    if outcome.changed - named or (is_scheduled and not is_delayed):
        return Verdict.WRONG
    if all(happened(one, outcome) for one in now):
        return Verdict.RIGHT
    return Verdict.WRONG if outcome.changed else Verdict.REFUSED


def happened(entry: str, outcome: Outcome) -> bool:
    """Return whether the state that an entry names has resulted."""
    entity_id, action, *conditions = entry.split()
    if entity_id not in outcome.acted:
        return False
    before, after = outcome.before[entity_id], outcome.after[entity_id]
    conditions = [one for one in conditions if not one.startswith("after=")]
    if not _did(action, before, after, conditions):
        return False
    calls = [call for call in outcome.calls if call.entity_id == entity_id]
    return all(_holds(one, before, after, calls) for one in conditions)


def _did(action: str, before: Snapshot, after: Snapshot, conditions: list[str]) -> bool:
    """Return whether an action's state has resulted, conditions aside."""
    if action in _STATES:
        return after.state in _STATES[action]
    if action in {"turn_on", "toggle_or_on"}:
        return after.state not in _OFF
    if action == "toggle":
        return (before.state in _OFF) != (after.state in _OFF)
    if action in {"volume_up", "volume_down"} and not conditions:
        change = (after.value("volume_level") or 0) - (
            before.value("volume_level") or 0
        )
        return change > 0 if action == "volume_up" else change < 0
    if action == "volume_mute":
        return before != after
    return True


def _holds(
    condition: str, before: Snapshot, after: Snapshot, calls: list[Call]
) -> bool:
    """Return whether a condition holds."""
    found = _CONDITION.fullmatch(condition)
    assert found, condition
    name, sign, wanted = found.groups()
    value = after.value(name)
    if value is None or (name.startswith("color") and sign == "="):
        value = next((c.data[name] for c in calls if name in c.data), value)
    if wanted == "prev":
        limit = before.value(name)
    else:
        try:
            limit = float(wanted)
        except ValueError:
            return str(value) == wanted
        if name == "volume_level" and limit > 1:
            limit /= 100
    if value is None or limit is None:
        return False
    match sign:
        case ">":
            return bool(value > limit)
        case "<":
            return bool(value < limit)
    tolerance = 0.011 if name == "volume_level" else _TOLERANCE
    return bool(abs(float(value) - float(limit)) < tolerance)


def _said(wanted: str, speech: str) -> Verdict:
    """Return whether an answer has a text, as digits or as words."""
    spoken = speech.casefold()
    forms = {wanted.casefold(), *in_words(wanted)}
    return Verdict.RIGHT if any(form in spoken for form in forms) else Verdict.REFUSED


def _judge_schedule(text: str, outcome: Outcome) -> Verdict:
    """Judge timers, alarms and reminders."""
    if outcome.changed:
        return Verdict.WRONG
    kind, _, rest = text.partition(" ")
    if kind == "timer_cancelled":
        name = rest.casefold()
        had = _named(outcome.scheduled_before, "timer", name)
        has = _named(outcome.schedule, "timer", name)
        others = len(outcome.schedule.get("timer", ())) - len(has)
        others_before = len(outcome.scheduled_before.get("timer", ())) - len(had)
        if had and not has:
            return Verdict.RIGHT if others == others_before else Verdict.WRONG
        return Verdict.REFUSED
    name, value = _parts(kind, rest)
    is_new = outcome.schedule != outcome.scheduled_before
    for known, time in _named(outcome.schedule, kind, name):
        if _is_at(time, value):
            return Verdict.RIGHT if is_new else Verdict.REFUSED
        del known
    return Verdict.WRONG if is_new else Verdict.REFUSED


def _parts(kind: str, rest: str) -> tuple[str, Any]:
    """Return the name and the time of an expectation."""
    if kind == "alarm":
        return "", rest.strip()
    name, _, value = rest.rpartition(" ")
    return name.casefold(), float(value.removeprefix("after="))


def _named(
    schedule: dict[str, list[tuple[str, Any]]], kind: str, name: str
) -> list[tuple[str, Any]]:
    """Return what has such a name."""
    return [one for one in schedule.get(kind, ()) if name in one[0].casefold()]


def _is_at(time: Any, wanted: Any) -> bool:
    """Return whether a time is the wanted one."""
    if isinstance(wanted, str):
        return str(time) == wanted
    return bool(abs(float(time) - wanted) <= 3)
