"""Changes, cancels and tells what was set."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from .book import find
from .items import Item, ItemKind
from .moments import resolve
from .requests import Action, Request
from .sessions import Asked, Question, in_focus
from .times import Clock, Day, When
from .turn import ScheduleReply, Turn

_HARMLESS: Final = frozenset({Action.LEFT, Action.ADD, Action.SUBTRACT})


def targets(turn: Turn, request: Request) -> list[Item]:
    """Return the items that a request may mean."""
    target, items = request.target, turn.schedule.items
    if target.is_pronoun and target.is_open:
        if focus := in_focus(turn.session, items):
            return focus
        if request.action in {Action.CANCEL, Action.CHANGE, Action.RESTART}:
            return []
        target = replace(target, kind=ItemKind.TIMER, is_pronoun=False)
    found = find(items, target, turn.now, turn.speaker.satellite_id)
    if not found and target.kind is None and request.action in _HARMLESS:
        # "How long is left on the lasagna": a part of the name is enough for that.
        target = replace(target, kind=ItemKind.TIMER)
        found = find(items, target, turn.now, turn.speaker.satellite_id)
    return found


def nothing(turn: Turn, request: Request) -> ScheduleReply | None:
    """Return that there is no such item; None if the words may mean something else."""
    kind = request.target.kind
    if kind is None:
        return None
    turn.focus([])
    if request.target.is_open or not _has(turn, kind):
        return ScheduleReply(turn.phrases.none(kind))
    return ScheduleReply(turn.phrases.unknown(kind))


def _has(turn: Turn, kind: ItemKind) -> bool:
    """Return whether there are items of a kind."""
    return any(item.kind is kind for item in turn.schedule.items)


def which(turn: Turn, request: Request, items: Sequence[Item]) -> ScheduleReply:
    """Ask which of some items is meant."""
    candidates = tuple(item.id for item in items)
    question = Question(asked=Asked.WHICH, request=request, candidates=candidates)
    return turn.ask(turn.phrases.which(items), question)


async def async_shift(turn: Turn, request: Request, item: Item) -> ScheduleReply:
    """Add or take away some time."""
    seconds = request.seconds or 0
    if request.action is Action.SUBTRACT:
        seconds = -seconds
    due = item.due + timedelta(seconds=seconds)
    if due <= turn.now:
        turn.focus([item])
        return turn.say("too_short")
    length = None if item.seconds is None else max(1, item.seconds + seconds)
    changed = replace(item, due=due, seconds=length)
    if item.clock is not None:
        changed = replace(changed, clock=due.astimezone(turn.now.tzinfo).time())
    return await _async_replace(turn, changed)


async def async_change(
    turn: Turn, request: Request, item: Item
) -> ScheduleReply | None:
    """Set another time."""
    seconds, when = request.seconds, request.when
    if seconds is None and when is not None:
        seconds = when.delay_seconds
    if seconds is not None:
        due = turn.now + timedelta(seconds=seconds)
        length = None if item.kind is not ItemKind.TIMER else seconds
        return await _async_replace(turn, replace(item, due=due, seconds=length))
    if when is None:
        return None
    whole = _with(when, item, turn)
    moment = resolve(whole, turn.now, item.kind.purpose)
    if moment is None:
        return turn.ask(
            turn.phrases.say("over"),
            Question(asked=Asked.TIME, request=request, candidates=(item.id,)),
        )
    changed = replace(item, due=moment, weekdays=whole.weekdays, clock=None)
    if whole.weekdays:
        changed = replace(changed, clock=moment.astimezone(turn.now.tzinfo).time())
    if item.kind is ItemKind.TIMER:
        changed = replace(changed, seconds=changed.left(turn.now))
    return await _async_replace(turn, changed)


async def async_restart(
    turn: Turn, _request: Request, item: Item
) -> ScheduleReply | None:
    """Start a timer anew."""
    if item.seconds is None:
        return None
    due = turn.now + timedelta(seconds=item.seconds)
    return await _async_replace(turn, replace(item, due=due))


async def async_cancel(turn: Turn, items: Sequence[Item]) -> ScheduleReply:
    """Cancel items."""
    speech = turn.phrases.cancelled(items)
    await turn.schedule.async_remove(items)
    turn.focus([])
    turn.session.before = {item.id: item for item in items}
    return ScheduleReply(speech)


def left(turn: Turn, items: Sequence[Item]) -> ScheduleReply:
    """Tell how long is left."""
    turn.focus(items)
    if len(items) == 1:
        return turn.about("left", items[0])
    return ScheduleReply(turn.phrases.listed(items))


def listed(turn: Turn, request: Request) -> ScheduleReply:
    """Tell what is set."""
    kind = request.target.kind
    items = [i for i in turn.schedule.items if kind is None or i.kind is kind]
    turn.focus(items)
    if not items:
        return ScheduleReply(turn.phrases.none(kind))
    return ScheduleReply(turn.phrases.listed(items))


async def _async_replace(turn: Turn, item: Item) -> ScheduleReply:
    """Keep a changed item, and say so."""
    known = [one for one in turn.schedule.items if one.id == item.id]
    turn.session.before = {one.id: one for one in known}
    await turn.schedule.async_put(item)
    return turn.about("changed", item)


async def async_undo(turn: Turn, _request: Request) -> ScheduleReply | None:
    """Undo what was changed last; None if that was something else."""
    before, turn.session.before = turn.session.before, {}
    if not before:
        return None
    known = {item.id: item for item in turn.schedule.items}
    news = [known[key] for key, old in before.items() if old is None and key in known]
    await turn.schedule.async_remove(news)
    for old in before.values():
        if old is not None and old.due > turn.now:
            await turn.schedule.async_put(old)
    turn.focus([one for one in before.values() if one is not None])
    return turn.say("undone")


def _with(when: When, item: Item, turn: Turn) -> When:
    """Return a new time with what it leaves open taken from the old one."""
    local = item.due.astimezone(turn.now.tzinfo)
    known = When(clock=Clock(hour=local.hour, minute=local.minute, is_exact=True))
    if when.day is None and not when.weekdays:
        known = replace(known, weekdays=item.weekdays)
        if not item.weekdays and item.kind is not ItemKind.TIMER:
            known = replace(known, day=_day(local.date(), turn.now.date()))
    return when.filled_from(known)


def _day(day: date, today: date) -> Day:
    """Return a date as seen from today."""
    return Day(offset=(day - today).days)
