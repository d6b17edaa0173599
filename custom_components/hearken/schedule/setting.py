"""Sets what is due some time."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from homeassistant.util.ulid import ulid_now

from ..dialogue.orders import Plan
from .book import BookFullError
from .items import MAX_TEXT, Item, ItemKind
from .moments import clock_of, resolve
from .requests import Action, Request, Target
from .sessions import Asked, Question
from .times import When
from .turn import ScheduleReply, Turn

MAX_TIMER_SECONDS: Final = 7 * 24 * 3600
MAX_AHEAD: Final = timedelta(days=366)


async def async_set(turn: Turn, request: Request) -> ScheduleReply:
    """Set a timer, an alarm or a reminder, or ask for what is missing."""
    if request.target.kind is ItemKind.TIMER:
        return await _async_set_timer(turn, request)
    kind = request.target.kind or ItemKind.REMINDER
    when = request.when
    if when is None and request.seconds is not None:
        when = When(delay_seconds=request.seconds)
    if when is None or not (when.is_complete or clock_of(when, kind.purpose)):
        question = Question(asked=Asked.TIME, request=request)
        return turn.ask(turn.phrases.say("what_time"), question)
    if kind is ItemKind.REMINDER and request.name is None:
        question = Question(asked=Asked.TEXT, request=replace(request, when=when))
        return turn.ask(turn.phrases.say("what_about"), question)
    return await async_set_at(turn, kind, when, request.name)


async def _async_set_timer(turn: Turn, request: Request) -> ScheduleReply:
    """Set a timer."""
    seconds = request.seconds
    if seconds is None and request.when is not None:
        moment = resolve(request.when, turn.now, ItemKind.TIMER.purpose)
        seconds = (moment - turn.now).total_seconds() if moment else None
    if seconds is None:
        question = Question(asked=Asked.LENGTH, request=request)
        return turn.ask(turn.phrases.say("how_long"), question)
    if seconds > MAX_TIMER_SECONDS:
        return turn.say("too_long")
    item = replace(
        _item(turn, ItemKind.TIMER, request.name),
        due=turn.now + timedelta(seconds=seconds),
        seconds=seconds,
    )
    return await _async_put(turn, item)


def cannot_set(turn: Turn, seconds: float) -> ScheduleReply | None:
    """Return why nothing can be set that is due in some seconds, None if it can."""
    if timedelta(seconds=seconds) > MAX_AHEAD:
        return turn.say("too_long")
    return turn.say("too_many") if turn.schedule.is_full else None


async def async_set_at(  # noqa: PLR0913 - what, when, and what for
    turn: Turn,
    kind: ItemKind,
    when: When,
    name: str | None,
    plan: Plan | None = None,
    *,
    is_ending: bool = False,
) -> ScheduleReply:
    """Set an alarm, a reminder or an order."""
    due = resolve(when, turn.now, kind.purpose)
    if due is None:
        request = Request(action=Action.SET, target=Target(kind=kind), name=name)
        question = Question(asked=Asked.TIME, request=request)
        return turn.ask(turn.phrases.say("over"), question)
    if due - turn.now > MAX_AHEAD:
        return turn.say("too_long")
    item = replace(_item(turn, kind, name), due=due, weekdays=when.weekdays)
    if when.weekdays:
        item = replace(item, clock=due.astimezone(turn.now.tzinfo).time())
    if plan is not None:
        item = replace(item, commands=tuple(plan.commands), is_ending=is_ending)
    return await _async_put(turn, item, is_delay=when.delay_seconds is not None)


def _item(turn: Turn, kind: ItemKind, name: str | None) -> Item:
    """Return a new item that was set where someone speaks."""
    return Item(
        id=ulid_now(),
        kind=kind,
        due=turn.now,
        created=turn.now,
        language=turn.language,
        name=name[:MAX_TEXT] if name else None,
        satellite_id=turn.speaker.satellite_id,
        device_id=turn.speaker.device_id,
    )


async def _async_put(
    turn: Turn, item: Item, *, is_delay: bool = False
) -> ScheduleReply:
    """Keep a new item, and say so."""
    try:
        await turn.schedule.async_put(item)
    except BookFullError:
        return turn.say("too_many")
    turn.session.before = {item.id: None}
    return turn.about("set", item, is_delay=is_delay)
