"""Delayed orders: commands that are carried out later."""

from dataclasses import replace

from ..dialogue.orders import Plan, async_execute, async_plan, note_planned
from .items import ItemKind
from .requests import DelayedOrder, Reply
from .sessions import Asked, Question, in_focus
from .setting import async_set_at, cannot_set
from .turn import ScheduleReply, Turn


async def async_order(turn: Turn, text: str) -> ScheduleReply | None:
    """Set a delayed order; None if the text is none."""
    order = turn.sentences.order(text)
    if order is None:
        return await _async_same(turn, text)
    plan = await async_plan(turn.hass, order.words, turn.language, turn.speaker)
    if plan is None or (order.is_ending and plan.ends is None and plan.commands):
        return None
    return await _async_planned(turn, order, plan)


async def _async_same(turn: Turn, text: str) -> ScheduleReply | None:
    """Order the same of something else, for the same time: "the lanterns too"."""
    if (order := turn.session.order) is None:
        return None
    plan = await async_plan(turn.hass, text, turn.language, turn.speaker)
    if plan is None or not plan.is_planned:
        return None
    return await _async_planned(turn, order, plan)


async def _async_planned(turn: Turn, order: DelayedOrder, plan: Plan) -> ScheduleReply:
    """Set what is planned, or ask what is not clear."""
    if plan.refusal is not None:
        return ScheduleReply(plan.refusal)
    if plan.question is not None:
        question = Question(asked=Asked.CONFIRM, plan=plan, order=order)
        return turn.ask(plan.question, question)
    return await _async_set(turn, order, plan)


async def async_confirmed(
    turn: Turn, question: Question, text: str, reply: Reply | None
) -> ScheduleReply | None:
    """Take the answer to a question that was asked before an order is set."""
    plan, order = question.plan, question.order
    if plan is None or order is None:
        return None
    if reply in {Reply.NEVER_MIND, Reply.DENY}:
        return turn.say("dropped")
    if reply is Reply.AFFIRM and plan.commands:
        return await _async_set(turn, order, plan, is_confirmed=True)
    if plan.commands:
        return turn.say("unanswered")
    # The answer names what the order left open, or is a whole order itself.
    chosen = await async_plan(
        turn.hass, text, turn.language, turn.speaker, plan.pending
    )
    if (
        chosen is None
        or chosen.question is not None
        or chosen.refusal is not None
        or (order.is_ending and chosen.ends is None)
    ):
        return turn.say("unanswered")
    return await _async_set(turn, order, chosen)


async def _async_set(
    turn: Turn, order: DelayedOrder, plan: Plan, *, is_confirmed: bool = False
) -> ScheduleReply:
    """Set an order that is understood."""
    if order.is_ending:
        return await _async_last(turn, order, plan, is_confirmed=is_confirmed)
    if plan.is_instead:
        replaced = in_focus(turn.session, turn.schedule.items)
        await turn.schedule.async_remove(replaced)
    note_planned(turn.hass, turn.speaker, plan)
    reply = await async_set_at(turn, ItemKind.ORDER, order.when, plan.text, plan)
    turn.session.order = order
    return reply


async def _async_last(
    turn: Turn, order: DelayedOrder, plan: Plan, *, is_confirmed: bool
) -> ScheduleReply:
    """Carry out an order at once, and set its end."""
    seconds = order.when.delay_seconds or 0
    if refusal := cannot_set(turn, seconds):
        return refusal
    # What was asked about is not planned again: it would be asked about again.
    commands = plan.commands if is_confirmed else None
    done = await async_execute(
        turn.hass, plan.text, turn.language, turn.speaker, commands
    )
    name = turn.phrases.say("end_of", words=plan.text)
    await async_set_at(
        turn,
        ItemKind.ORDER,
        order.when,
        name,
        replace(plan, commands=plan.ends or []),
        is_ending=True,
    )
    # To undo it is to undo what was done, not only its end.
    turn.session.before = {}
    return turn.say("lasting", done=done, when=turn.phrases.delay(seconds))
