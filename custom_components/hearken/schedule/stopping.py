"""Stops what rings, or lets it ring again."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from homeassistant.util.ulid import ulid_now

from .book import BookFullError, find
from .items import Item
from .requests import Action, Request
from .turn import ScheduleReply, Turn

SNOOZE_SECONDS: Final = 600


async def async_answer_ringing(turn: Turn, text: str) -> ScheduleReply | None:
    """Answer while something rings; None if it is about something else."""
    ringing = turn.schedule.ringing_at(turn.speaker.satellite_id)
    if not ringing:
        return None
    for request in turn.sentences.requests(text):
        match request.action:
            case Action.STOP:
                return _stop(turn, ringing)
            case Action.SNOOZE:
                return await async_snooze(turn, request)
            case Action.ADD if request.target.is_open:
                return await async_snooze(turn, request)
            case Action.CANCEL if _is_meant(request, ringing):
                return _stop(turn, ringing)
    return None


def stop_named(turn: Turn, request: Request) -> ScheduleReply | None:
    """Stop what rings, wherever it does, if it is named."""
    if request.target.is_pronoun:
        return None
    ringing = find(turn.schedule.ringing, request.target, turn.now, None)
    return _stop(turn, ringing) if ringing else None


async def async_snooze(turn: Turn, request: Request) -> ScheduleReply | None:
    """Let what rings, or has just rung, ring again later."""
    ringing = turn.schedule.ringing_at(turn.speaker.satellite_id)
    items = ringing or ([turn.session.rang] if turn.session.rang else [])
    if not items:
        return None
    seconds = request.seconds or SNOOZE_SECONDS
    if request.when is not None and request.when.delay_seconds is not None:
        seconds = request.when.delay_seconds
    turn.schedule.async_stop(ringing)
    again = [_again(turn, item, seconds) for item in items]
    try:
        for item in again:
            await turn.schedule.async_put(item)
    except BookFullError:
        return turn.say("too_many")
    turn.session.rang = None
    turn.focus(again)
    return turn.say("snoozed", length=turn.phrases.length(seconds, "units_in"))


def _again(turn: Turn, item: Item, seconds: float) -> Item:
    """Return an item that rings once more, beside one that repeats."""
    due = turn.now + timedelta(seconds=seconds)
    return replace(item, id=ulid_now(), due=due, weekdays=(), clock=None)


def _is_meant(request: Request, ringing: list[Item]) -> bool:
    """Return whether what rings is meant, and not another one that is set."""
    target = request.target
    return target.is_open and (
        target.kind is None or any(item.kind is target.kind for item in ringing)
    )


def _stop(turn: Turn, ringing: list[Item]) -> ScheduleReply:
    """Stop the ringing."""
    turn.schedule.async_stop(ringing)
    turn.session.rang = ringing[0]
    turn.focus([])
    return turn.say("stopped")
