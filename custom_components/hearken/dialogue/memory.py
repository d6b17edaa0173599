"""What a conversation is about. Independent of Home Assistant."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from .commands import Command
from .home import DeviceState
from .reading import Clause, Reading

MEMORY_SECONDS: Final = 120.0
"""Time for which a conversation goes on after the last sentence."""
_MAX_ORDERS: Final = 12
MAX_QUESTIONS: Final = 2
"""Questions in a row: whoever has not answered two does not want to."""


@dataclass(frozen=True, slots=True)
class Order:
    """One clause and the devices that it is for."""

    clause: Clause
    devices: tuple[str, ...]
    is_collective: bool = False
    """Whether a single word stands for all devices: "the lights"."""
    excepted: tuple[str, ...] = ()
    """What was left out: "all but the candles"."""


@dataclass(slots=True)
class Record:
    """What was done or asked in one turn."""

    orders: tuple[Order, ...] = ()
    before: Mapping[str, DeviceState] = field(default_factory=dict)
    """The states before it, of what was touched."""
    question: str = ""
    question_devices: tuple[str, ...] = ()
    question_reading: Reading | None = None
    alternatives: tuple[str, ...] = ()
    """What else could have been meant when it was asked for: "the other one"."""
    extends_last: bool = False
    """Whether it did the same to something else: both together are "they"."""
    is_undone: bool = False
    is_failed: bool = False
    """Whether nothing was done, because nothing of it answers."""
    is_planned: bool = False
    """Whether it is for later."""
    text: str = ""
    """The order in the words of the speaker."""
    heard: str = ""
    """The same as the recognizer heard it."""
    at: float = float("-inf")
    """When it was done."""

    @property
    def devices(self) -> tuple[str, ...]:
        """Return everything that it was about."""
        found = [one for order in self.orders for one in order.devices]
        return tuple(dict.fromkeys((*found, *self.question_devices)))

    def says_same(self, other: Self) -> bool:
        """Return whether another order repeats this one, which changes nothing."""
        pairs = zip(self.orders, other.orders, strict=False)
        return (
            len(self.orders) == len(other.orders)
            and self.before.keys() == other.before.keys()
            and all(
                first.devices == second.devices
                and _plain(first.clause.acts) == _plain(second.clause.acts)
                and first.clause.change is None
                and second.clause.change is None
                and not (first.clause.has_value or second.clause.has_value)
                and "toggle" not in second.clause.acts
                for first, second in pairs
            )
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that was asked and not answered yet."""

    kind: str
    """`choose` one of the candidates, `confirm` the commands, agree to those that
    `suggest` a name, say `where`, or whether the text was `said`."""
    reading: Reading
    candidates: tuple[str, ...] = ()
    clause: int = 0
    reference: int = 0
    chosen: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    commands: Sequence[Command] = ()
    orders: tuple[Order, ...] = ()
    is_undo: bool = False
    undo: Record | None = None
    """What the commands take back besides: it was not meant."""
    text: str = ""
    """The order in the words of the speaker."""
    heard: str = ""


@dataclass(slots=True)
class Memory:
    """The memory of one conversation at one satellite."""

    conversation_id: str | None = None
    touched_at: float = float("-inf")
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=_MAX_ORDERS))
    pending: Pending | None = None
    questions: int = 0
    """Questions asked in a row."""

    def is_fresh(self, now: float) -> bool:
        """Return whether the conversation still goes on."""
        return now - self.touched_at <= MEMORY_SECONDS

    def forget(self) -> None:
        """Begin a new conversation."""
        self.records.clear()
        self.pending = None
        self.questions = 0

    @property
    def last_order(self) -> Record | None:
        """Return the last order that was not undone."""
        return next(
            (one for one in reversed(self.records) if one.before and not one.is_undone),
            None,
        )

    def recent(self) -> list[Record]:
        """Return what the conversation was about, the latest first."""
        return [one for one in reversed(self.records) if not one.is_undone]


def _plain(acts: tuple[str, ...]) -> list[str]:
    """Return what is to be done: a dryer is started, or turned on."""
    return ["on" if act == "start" else act for act in acts]
