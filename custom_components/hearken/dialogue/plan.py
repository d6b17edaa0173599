"""What a reading leads to: commands, a question, or an answer.

Independent of Home Assistant, and without effect: the conversation is only read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .commands import Command, command_for
from .excepting import excepted_of
from .home import DeviceState, Home
from .memory import Memory, Order, Pending, Record
from .pools import Ambiguous, Found, NoPlace, Nothing, Target
from .reading import Change, Clause, Reading, Reference
from .restore import restore
from .risk import Risk
from .targets import Targets


@dataclass(slots=True)
class Proposal:
    """What should happen after a sentence."""

    key: str = ""
    """Which answer to give; the answer to commands follows from them."""
    values: Mapping[str, str] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    unavailable: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    """Names of what was left out, because it is not for the voice."""
    pin: str = ""
    """The digits that were said; `pending` is what they are for."""
    record: Record | None = None
    undone: tuple[Record, ...] = ()
    pending: Pending | None = None
    is_question: bool = False
    names: tuple[str, ...] = ()
    kind: str = "order"
    """How it relates to what was before: `follow_up`, `correction`, `undo`, …"""
    drops_question: bool = False
    """Whether a question of ours was open, and this is no answer to it."""
    is_planned: bool = False
    """Whether it is for when the last order is for, which is not now."""
    is_answer: bool = False
    """Whether it answers a question of ours."""

    @property
    def is_refusal(self) -> bool:
        """Return whether nothing certain was understood."""
        return self.kind == "refusal"


def refusal(reason: str) -> Proposal:
    """Return that nothing is done, and why."""
    return Proposal(key=reason, kind="refusal")


def never(names: Sequence[str]) -> Proposal:
    """Return that something is not for the voice."""
    return Proposal(key="never", names=tuple(dict.fromkeys(names)), kind="refusal")


def asked_again(pending: Pending) -> Proposal:
    """Return the question whether to do what is risky."""
    return Proposal(key=pending.kind, pending=pending, is_question=True)


type Chosen = Mapping[tuple[int, int], tuple[str, ...]]


class Planner:
    """Makes a proposal of clauses."""

    def __init__(self, home: Home, memory: Memory, room: str | None) -> None:
        """Plan for a speaker in a room."""
        self.home = home
        self.memory = memory
        self.targets = Targets(home, memory, room)

    def plan(
        self,
        reading: Reading,
        chosen: Chosen | None = None,
        *,
        undo: Record | None = None,
        extends_last: bool = False,
    ) -> Proposal:
        """Return what the orders of a reading lead to: all of them, or nothing."""
        chosen = chosen or {}
        orders: list[Order] = []
        for position, clause in enumerate(reading.clauses):
            found = self._devices(position, self._meant(clause), chosen)
            if not isinstance(found, Order):
                return self._unresolved(found, reading, position, chosen)
            orders.append(found)
        return self.carry_out(orders, undo=undo, extends_last=extends_last)

    def carry_out(
        self,
        orders: Sequence[Order],
        *,
        undo: Record | None = None,
        extends_last: bool = False,
    ) -> Proposal:
        """Return the commands of orders whose devices are known."""
        commands: list[Command] = []
        unavailable: list[str] = []
        forbidden: list[str] = []
        for order in orders:
            for entity_id in order.devices:
                device = self.home.devices[entity_id]
                state = self.home.state(device)
                if not self.home.is_available(device):
                    unavailable.append(device.name)
                    continue
                command = command_for(order.clause, device, state)
                if command is None:
                    return refusal("cannot")
                if self.home.risk(device, command.service) is Risk.NEVER:
                    if not order.is_collective:
                        return never([device.name])
                    forbidden.append(device.name)
                    continue
                commands.append(command)
        if forbidden and not commands:
            return never(forbidden)
        undoing = self.undo_commands(undo) if undo is not None else []
        touched = {command.entity_id for command in commands}
        undoing = [one for one in undoing if one.entity_id not in touched]
        commands = [*undoing, *commands]
        if not commands:
            names = tuple(dict.fromkeys(unavailable))
            failed = Record(orders=tuple(orders), is_failed=True)
            return Proposal(
                key="unavailable", names=names, kind="refusal", record=failed
            )
        if gate := self._gate(commands, orders, undo=undo):
            return gate
        before = self._states(commands[len(undoing) :])
        record = Record(orders=tuple(orders), before=before, extends_last=extends_last)
        return Proposal(
            commands=commands,
            unavailable=tuple(dict.fromkeys(unavailable)),
            forbidden=tuple(dict.fromkeys(forbidden)),
            record=self._as_one(record),
            undone=(undo,) if undo is not None else (),
        )

    def _as_one(self, record: Record) -> Record:
        """Return an order; said twice, it is undone to the state before the first."""
        last = self.memory.last_order
        if last is not None and last.says_same(record):
            record.before = last.before
        return record

    def _gate(
        self,
        commands: Sequence[Command],
        orders: Sequence[Order],
        *,
        undo: Record | None = None,
        is_undo: bool = False,
    ) -> Proposal | None:
        """Return what stands before risky commands: a question, or a refusal."""
        devices = self.home.devices
        risks = [
            (self.home.risk(device, one.service), device.name)
            for one in commands
            if (device := devices.get(one.entity_id)) is not None
        ]
        risk = max((risk for risk, _ in risks), default=Risk.NONE)
        if risk is Risk.NONE:
            return None
        if risk is Risk.NEVER:
            return never([name for one, name in risks if one is risk])
        pending = Pending(
            kind="pin" if risk is Risk.PIN else "confirm",
            reading=Reading(),
            commands=tuple(commands),
            orders=tuple(orders),
            undo=undo,
            is_undo=is_undo,
        )
        return asked_again(pending)

    def _states(self, commands: Sequence[Command]) -> dict[str, DeviceState]:
        """Return the states of everything that commands touch."""
        return {
            one.entity_id: self.home.state(self.home.devices[one.entity_id])
            for one in commands
        }

    def undo_commands(self, record: Record) -> list[Command]:
        """Return what brings back the states before an order; none if it cannot."""
        commands: list[Command] = []
        for entity_id, before in record.before.items():
            device = self.home.devices.get(entity_id)
            if device is None or not self.home.is_available(device):
                return []
            now = self.home.state(device)
            commands += restore(entity_id, before, now)
        return commands

    # Which devices.

    def _meant(self, clause: Clause) -> Clause:
        """Return the clause with "more" as what was changed last."""
        change = clause.change
        if change is None or change.direction in {"up", "down"}:
            return clause
        is_exact = clause.number is not None and change.direction != "further"
        last = None if is_exact else self._last_change()
        if last is None:
            direction = "down" if change.direction == "less" else "up"
            return replace(
                clause,
                change=Change("any", direction),
                amount=clause.amount or "small",
            )
        direction = last.direction
        if change.direction == "less":
            direction = "down" if direction == "up" else "up"
        return replace(
            clause,
            acts=() if last.quantity != "any" or not clause.acts else clause.acts,
            change=Change(last.quantity, direction),
            amount=clause.amount or ("small" if last.quantity == "position" else ""),
        )

    def _last_change(self) -> Change | None:
        """Return the last relative change; an opened cover goes on opening."""
        recent = self.memory.recent()
        for record in recent:
            if set(record.devices) != set(recent[0].devices):
                return None
            for order in record.orders:
                clause = order.clause
                if clause.change is not None:
                    return clause.change
                if "open" in clause.acts:
                    return Change("position", "up")
                if "close" in clause.acts:
                    return Change("position", "down")
        return None

    def _devices(
        self, position: int, clause: Clause, chosen: Chosen
    ) -> Order | tuple[int, Target]:
        """Return the devices of a clause, or the reference that is not clear."""
        references: Sequence[Reference | None] = clause.references or [None]
        found: list[str] = []
        collective = len(references) == 1
        for index, reference in enumerate(references):
            if (position, index) in chosen:
                found += chosen[position, index]
                collective = collective and len(chosen[position, index]) > 1
                continue
            target = self._target(reference, clause)
            if not isinstance(target, Found):
                return index, target
            found += [one.entity_id for one in target.devices]
            collective = collective and target.is_collective
        excepted = excepted_of(clause, found, self.home, self.targets, self.memory)
        if excepted is None:
            return 0, Nothing("not_there")
        devices = tuple(one for one in dict.fromkeys(found) if one not in excepted)
        if not devices:
            return 0, Nothing("not_there")
        return Order(clause, devices, collective, tuple(sorted(excepted)))

    def _target(self, reference: Reference | None, clause: Clause) -> Target:
        """Return what a reference means, or what is not named at all."""
        if clause.is_there:
            reference = self.targets.there(reference)
        is_here = clause.is_complaint and reference == Reference(is_here=True)
        if reference is not None and not is_here:
            return self.targets.resolve(reference, clause)
        change = clause.change
        if clause.is_complaint and change is not None and change.quantity != "any":
            return self._complained(clause, change)
        target = self.targets.focus(clause)
        if isinstance(target, Found) or change is None or change.quantity == "any":
            return target
        near = self.targets.of_quantity(change.quantity, change.direction)
        usable = [one for one in near if self.targets.can(clause, one)]
        is_sure = len(usable) == 1 and not self.memory.records
        return Found(tuple(usable)) if is_sure else Nothing()

    def _complained(self, clause: Clause, change: Change) -> Target:
        """Return what a complaint is about: what was spoken of, or what is here."""
        near = self.targets.of_quantity(change.quantity, change.direction)
        usable = tuple(one for one in near if self.targets.can(clause, one))
        target = self.targets.focus(clause)
        if isinstance(target, Found):
            kinds = {one.domain for one in target.devices}
            is_lamp = "light" in kinds and change.quantity == "temperature"
            if not is_lamp and any(self.targets.is_active(o) for o in target.devices):
                return target
        if len(usable) <= 1 or change.quantity != "brightness":
            if len(usable) > 1:
                return Ambiguous(usable)
            return Found(usable) if usable else Nothing()
        if any(self.targets.is_active(one) for one in usable):
            return Found(usable, is_collective=True)
        return Ambiguous(usable)

    def _unresolved(
        self,
        found: tuple[int, Target],
        reading: Reading,
        position: int,
        chosen: Chosen,
    ) -> Proposal:
        """Return the question or the refusal for what is not clear."""
        index, target = found
        if isinstance(target, Nothing):
            return refusal(target.reason)
        if isinstance(target, NoPlace):
            pending = Pending(
                kind="where", reading=reading, clause=position, reference=index
            )
            return Proposal(key="where", pending=pending, is_question=True)
        devices = target.candidates if isinstance(target, Ambiguous) else ()
        candidates = tuple(one.entity_id for one in devices)
        return Proposal(
            key="which",
            names=tuple(one.name for one in devices),
            pending=Pending(
                kind="choose",
                reading=reading,
                candidates=candidates,
                clause=position,
                reference=index,
                chosen=chosen,
            ),
            is_question=True,
        )

    def undone(self, record: Record, commands: list[Command]) -> Proposal:
        """Return what undoes an order, after a question if that is risky."""
        if gate := self._gate(commands, record.orders, is_undo=True):
            return gate
        return Proposal(key="undone", commands=commands, undone=(record,), kind="undo")

    def confirmed(self, pending: Pending) -> Proposal:
        """Return the commands that were asked about; risky ones are asked about again.

        To say what was meant is not yet to be sure of it.
        """
        if pending.kind == "said":
            return Proposal(key="said", values={"words": pending.text}, kind="answer")
        commands = list(pending.commands)
        if pending.kind == "suggest" and (gate := self._gate(commands, pending.orders)):
            return gate
        if pending.is_undo:
            last = self.memory.last_order
            return Proposal(
                key="undone",
                commands=commands,
                undone=(last,) if last is not None else (),
                kind="undo",
            )
        meant = {entity_id for order in pending.orders for entity_id in order.devices}
        new = [one for one in commands if one.entity_id in meant]
        record = Record(orders=pending.orders, before=self._states(new))
        undo = pending.undo
        return Proposal(
            commands=commands,
            record=record,
            undone=(undo,) if undo is not None else (),
            kind="answer" if undo is None else "correction",
        )
