"""Takes the answers to questions about the schedule."""

from dataclasses import replace
from typing import Final

from ..dialogue.orders import async_understands
from .book import find
from .ordering import async_confirmed
from .performing import async_perform, async_perform_on
from .requests import Action, Reply
from .sessions import Asked, Question
from .turn import ScheduleReply, Turn

_FIRST_AND_LAST: Final = {Reply.FIRST: 0, Reply.LAST: -1}


async def async_answer_question(turn: Turn, text: str) -> ScheduleReply | None:
    """Take an answer to the open question; None if it is about something else.

    The question is closed, whatever is said: it is never asked twice.
    """
    question, turn.session.question = turn.session.question, None
    requests = turn.sentences.requests(text)
    if question is None or any(request.is_complete for request in requests):
        return None
    reply = turn.sentences.reply(text)
    if question.asked is Asked.CONFIRM:
        return await async_confirmed(turn, question, text, reply)
    if reply in {Reply.NEVER_MIND, Reply.DENY}:
        return turn.say("dropped")
    if (
        reply is None
        and question.asked is not Asked.TEXT
        and await async_understands(turn.hass, text, turn.language, turn.speaker)
    ):
        # A command about something else; what to remind of may sound like one.
        return None
    return await _taken(turn, question, text, reply)


async def _taken(
    turn: Turn, question: Question, text: str, reply: Reply | None
) -> ScheduleReply | None:
    """Take what was asked for."""
    if question.asked is Asked.WHICH:
        return await _chosen(turn, question, text, reply)
    if question.asked is Asked.TEXT:
        return await _named(turn, question, text)
    return await _timed(turn, question, text)


async def _chosen(
    turn: Turn, question: Question, text: str, reply: Reply | None
) -> ScheduleReply | None:
    """Take which of several items is meant."""
    request = question.request
    items = [i for i in turn.schedule.items if i.id in question.candidates]
    if request is None or not items:
        return None
    if reply is Reply.ALL and request.action is Action.CANCEL:
        target = replace(request.target, is_all=True)
        return await async_perform_on(turn, replace(request, target=target), items)
    if reply in _FIRST_AND_LAST:
        return await async_perform_on(turn, request, [items[_FIRST_AND_LAST[reply]]])
    return await _picked(turn, question, text)


async def _picked(turn: Turn, question: Question, text: str) -> ScheduleReply | None:
    """Take the item that an answer names."""
    request, target = question.request, turn.sentences.one(text)
    if request is None or target is None:
        return turn.say("unanswered")
    items = [i for i in turn.schedule.items if i.id in question.candidates]
    kind = request.target.kind or items[0].kind
    found = find(items, replace(target, kind=kind), turn.now, None)
    if len(found) != 1:
        return turn.say("unanswered")
    return await async_perform_on(turn, request, found)


async def _named(turn: Turn, question: Question, text: str) -> ScheduleReply | None:
    """Take the text of a reminder."""
    name = turn.sentences.open(text)
    if question.request is None or name is None:
        return turn.say("unanswered")
    return await async_perform(turn, replace(question.request, name=name))


async def _timed(turn: Turn, question: Question, text: str) -> ScheduleReply | None:
    """Take a duration or a time."""
    request = question.request
    seconds, when = turn.sentences.time(text)
    if request is None or (seconds is None and when is None):
        return turn.say("unanswered")
    if when is not None and request.when is not None:
        when = when.filled_from(request.when)
    request = replace(request, seconds=seconds, when=when or request.when)
    items = [i for i in turn.schedule.items if i.id in question.candidates]
    if items:
        return await async_perform_on(turn, request, items)
    return await async_perform(turn, request)
