"""Timers, alarms, reminders and delayed orders that are set by voice."""

from .answering import (
    async_answer,
    async_drop_question,
    async_expects_answer,
    split_order,
    understands,
)
from .items import Item, ItemKind
from .manager import Schedule, async_get_schedule
from .turn import ScheduleReply

__all__ = [
    "Item",
    "ItemKind",
    "Schedule",
    "ScheduleReply",
    "async_answer",
    "async_drop_question",
    "async_expects_answer",
    "async_get_schedule",
    "split_order",
    "understands",
]
