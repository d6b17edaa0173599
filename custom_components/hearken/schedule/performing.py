"""Does what a request wants."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from homeassistant.const import Platform

from .changing import (
    async_cancel,
    async_change,
    async_restart,
    async_shift,
    async_undo,
    left,
    listed,
    nothing,
    targets,
    which,
)
from .items import Item, ItemKind
from .requests import Action, Request
from .sessions import in_focus
from .setting import async_set
from .stopping import async_snooze, stop_named
from .turn import ScheduleReply, Turn

type _OnNone = Callable[[Turn, Request], Awaitable[ScheduleReply | None]]
type _OnOne = Callable[[Turn, Request, Item], Awaitable[ScheduleReply | None]]

_ON_ONE: Final[Mapping[Action, _OnOne]] = {
    Action.ADD: async_shift,
    Action.SUBTRACT: async_shift,
    Action.CHANGE: async_change,
    Action.RESTART: async_restart,
}


_WITHOUT_TARGET: Final[Mapping[Action, _OnNone]] = {
    Action.SNOOZE: async_snooze,
    Action.UNDO: async_undo,
}


async def async_perform(turn: Turn, request: Request) -> ScheduleReply | None:
    """Do what is wanted; None if the words may mean something else."""
    if request.action is Action.STOP or _may_mean_panel(turn, request):
        return None
    match request.action:
        case Action.SET if request.target.is_pronoun and not _goes_on(turn, request):
            return None
        case Action.SET:
            return await async_set(turn, request)
        case Action.LIST:
            return listed(turn, request)
        case Action.UNDO | Action.SNOOZE:
            return await _WITHOUT_TARGET[request.action](turn, request)
        case _:
            return await _async_perform_on_targets(turn, request)


def _goes_on(turn: Turn, request: Request) -> bool:
    """Return whether such an item was spoken of: "another one for the rice"."""
    focus = in_focus(turn.session, turn.schedule.items)
    return any(item.kind is request.target.kind for item in focus)


async def _async_perform_on_targets(
    turn: Turn, request: Request
) -> ScheduleReply | None:
    """Find what is meant, and do what is wanted to it."""
    if request.action is Action.CANCEL and (reply := stop_named(turn, request)):
        return reply
    items = targets(turn, request)
    if not items:
        return nothing(turn, request)
    return await async_perform_on(turn, request, items)


async def async_perform_on(
    turn: Turn, request: Request, items: Sequence[Item]
) -> ScheduleReply | None:
    """Do what is wanted to these items, or ask which of them is meant."""
    if request.action is Action.LEFT:
        return left(turn, items)
    if request.action is Action.CANCEL and request.target.is_all:
        return await async_cancel(turn, items)
    if len(items) > 1:
        return which(turn, request, items)
    if request.action is Action.CANCEL:
        return await async_cancel(turn, items)
    return await _ON_ONE[request.action](turn, request, items[0])


def _may_mean_panel(turn: Turn, request: Request) -> bool:
    """Return whether "the alarm" may be one against burglars, which is not ours."""
    target = request.target
    return (
        target.kind is ItemKind.ALARM
        and target.is_open
        and request.when is None
        and request.seconds is None
        and request.action in {Action.CANCEL, Action.SET}
        and bool(turn.hass.states.async_entity_ids(Platform.ALARM_CONTROL_PANEL))
    )
