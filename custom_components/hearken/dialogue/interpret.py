"""Interprets a sentence in a conversation. Independent of Home Assistant.

Without a certain reading there is no action: every word of a sentence has to be known
and to fit.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from . import describing
from .answering import answer_to, choice
from .denials import begins_oddly
from .home import Home
from .lexicon import Lexicon
from .memory import MAX_QUESTIONS, Memory, Record
from .nearest import suggested
from .parse import read
from .pin import spoken_digits
from .plan import Planner, Proposal, refusal
from .pools import Found
from .questions import asked
from .reading import Clause, Reading, Reference
from .spans import spans_of
from .text import tokens_of

_CLEANERS: Final = frozenset({"vacuum", "lawn_mower"})
_CORRECTING: Final = frozenset({"no", "meant", "not", "instead"})
_ASKING: Final = ("?", "？")  # noqa: RUF001 - Chinese punctuation
_POLITE: Final = ("cancel", "thanks", "yes", "no", "dont", "not")


def read_text(text: str, lexicon: Lexicon, home: Home) -> Reading | None:
    """Return what a text says, None if a word is not known or has no place in it."""
    tokens = tokens_of(text)
    spans = spans_of(tokens, lexicon, home)
    if spans is None or begins_oddly(tokens, spans, lexicon):
        return None
    reading = read(spans)
    # "So the fan is 70 %" was "set the fan to 70 %".
    return reading if text.rstrip().endswith(_ASKING) or not reading.claims else None


class Interpreter:
    """Interprets what one speaker says."""

    def __init__(
        self, home: Home, lexicon: Lexicon, memory: Memory, room: str | None
    ) -> None:
        """Interpret for a speaker in a room."""
        self._home = home
        self._lexicon = lexicon
        self._memory = memory
        self._room = room
        self._planner = Planner(home, memory, room)

    def propose(self, text: str) -> Proposal | None:
        """Return what a sentence leads to, None if it is not understood."""
        pending = self._memory.pending
        if (
            pending is not None
            and pending.kind == "pin"
            and (digits := spoken_digits(text, self._lexicon))
        ):
            return Proposal(pin=digits, pending=pending, kind="answer", is_answer=True)
        reading = read_text(text, self._lexicon, self._home)
        if reading is None:
            return self._described(text)
        if pending is not None:
            proposal = answer_to(pending, reading, self._planner, self._room)
            if proposal is not None:
                return self._limited(_as_answer(proposal))
        if proposal := self._described(text):
            return proposal
        proposal = self._interpret(reading)
        if proposal is None:
            return None
        proposal.drops_question = pending is not None
        return self._limited(proposal)

    def _described(self, text: str) -> Proposal | None:
        """Return the order for what words of a name or a place tell from others."""
        pending = self._memory.pending
        chosen = describing.chosen(text, self._home, self._lexicon, self._memory)
        if not chosen:
            return None
        if pending is not None:
            proposal = choice(pending, chosen, self._planner)
            return self._limited(_as_answer(proposal))
        record = self._memory.recent()[0]
        meant = Reference(devices=frozenset(one.entity_id for one in chosen))
        return self._repeat(record, [meant], extends_last=True)

    def suggest(self, text: str) -> Proposal | None:
        """Return what an order may have meant that has an unknown part."""
        proposal = suggested(text, self._lexicon, self._home, self._interpret)
        return None if proposal is None else self._limited(proposal)

    def _limited(self, proposal: Proposal) -> Proposal:
        """Return the proposal, without a question if too many were asked in a row."""
        if proposal.is_question and self._memory.questions >= MAX_QUESTIONS:
            drops = proposal.drops_question
            return replace(refusal("enough_questions"), drops_question=drops)
        return proposal

    def _interpret(self, reading: Reading) -> Proposal | None:  # noqa: PLR0911 - one for each kind
        """Return what a sentence leads to that answers no question of ours."""
        flags = reading.flags
        orders, references = reading.orders, reading.references
        if "incomplete" in flags:
            return None
        if "wonder" in flags and orders:
            return refusal("only_asked")
        if "undo" in flags and not orders and not references:
            return self._undo()
        if reading.question and not _is_order_after_all(reading):
            return asked(reading, self._planner)
        if "dont" in flags and orders:
            return Proposal(key="okay", kind="polite")
        if not orders and not references and not reading.negated:
            return self._nothing_to_do(reading)
        if (proposal := self._in_place_of_last(reading)) is not None:
            return proposal
        if flags & _CORRECTING and self._is_last_done:
            return self._correct(reading)
        return self._ordered(self._with_excepted(reading))

    def _ordered(self, reading: Reading) -> Proposal | None:
        """Return what an order leads to, or the last one for something else."""
        if reading.orders:
            return self._order(reading)
        if reading.flags & {"about", "also", "same"} and reading.references:
            return self._same_for(reading)
        return None

    @property
    def _is_last_done(self) -> bool:
        """Return whether something was done that is not older than what was not."""
        last = self._memory.recent()[:1]
        is_open = any(one.is_failed or one.is_planned for one in last)
        return self._memory.last_order is not None and not is_open

    def _in_place_of_last(self, reading: Reading) -> Proposal | None:
        """Return what replaces an order that was not carried out, or not yet."""
        last = next(iter(self._memory.recent()), None)
        references = reading.references
        if last is None or reading.orders or not references:
            return None
        is_named = all(one.devices for one in references)
        if last.is_failed and (is_named or reading.flags & _CORRECTING):
            return self._repeat(last, references)
        if not reading.flags and is_named and _is_part(references, last):
            return self._repeat(last, references)
        if last.is_planned and reading.flags & _CORRECTING:
            proposal = self._repeat(last, references)
            return proposal and replace(proposal, is_planned=True, kind="correction")
        return None

    def _with_excepted(self, reading: Reading) -> Reading:
        """Return what is said, "those too" as what was excepted."""
        last = next(iter(self._memory.recent()), None)
        ids = {one for order in last.orders for one in order.excepted} if last else ()
        if not ids or "also" not in reading.flags:
            return reading
        meant = Reference(devices=frozenset(ids), is_all=len(ids) > 1)
        clauses = [
            replace(clause, references=[meant])
            if clause.references and all(map(_is_bare_pronoun, clause.references))
            else clause
            for clause in reading.clauses
        ]
        return replace(reading, clauses=clauses)

    def _nothing_to_do(self, reading: Reading) -> Proposal | None:
        """Return the answer to a sentence without an order."""
        flags = reading.flags
        if "again" in flags:
            return self._again()
        if not flags & set(_POLITE):
            return None
        for flag in ("thanks", "cancel"):
            if flag in flags:
                return Proposal(key=flag, kind="polite")
        return Proposal(key="okay", kind="polite")

    def _order(self, reading: Reading) -> Proposal | None:
        """Return what an order leads to, whether it leans on the last or not."""
        bare = [clause for clause in reading.clauses if not clause.references]
        if bare and not self._memory.records and not any(map(_stands_alone, bare)):
            return refusal("nothing_before")
        if self._is_vague(reading):
            return None
        extends = bool(reading.flags & {"also", "about", "same"}) and bool(
            self._memory.records
        )
        proposal = self._planner.plan(self._inherited(reading), extends_last=extends)
        if bare or any(one.pronoun for one in reading.references):
            proposal.kind = "follow_up" if proposal.kind == "order" else proposal.kind
        return proposal

    def _is_vague(self, reading: Reading) -> bool:
        """Return whether it may not be an order at all."""
        for clause in reading.clauses:
            if not clause.is_order and (clause.references or clause.excepted):
                return True
            # "Thirty percent off everything", "we open by nine".
            if clause.has_value and "off" in clause.acts:
                return True
            if clause.is_by and clause.number is not None and clause.change is None:
                return True
            # "Let's start": only what cleans is started without its name.
            if "start" in clause.acts and not clause.references:
                return not self._is_about_cleaner()
        return False

    def _is_about_cleaner(self) -> bool:
        """Return whether something that cleans was spoken of last."""
        last = self._memory.recent()[:1]
        domains = {one.partition(".")[0] for record in last for one in record.devices}
        return bool(domains & _CLEANERS)

    def _inherited(self, reading: Reading) -> Reading:
        """Let clauses without devices mean those of the clause before."""
        clauses: list[Clause] = []
        for clause in reading.clauses:
            refers_back = not clause.references or all(
                one.pronoun in {"it", "them"} and not one.areas and not one.kind
                for one in clause.references
            )
            if clauses and refers_back and clauses[-1].references:
                clause = replace(clause, references=clauses[-1].references)  # noqa: PLW2901
            clauses.append(clause)
        merged: list[Clause] = []
        for clause in clauses:
            if merged and merged[-1].references == clause.references:
                merged[-1] = _combined(merged[-1], clause)
            else:
                merged.append(clause)
        return replace(reading, clauses=merged)

    def _same_for(self, reading: Reading) -> Proposal | None:
        """Return the last order for something else: "and the bedroom"."""
        record = next(iter(self._memory.recent()), None)
        if record is None:
            return None
        if record.question:
            return asked(
                replace(reading, question=record.question), self._planner, record
            )
        proposal = self._repeat(record, reading.references, extends_last=True)
        if proposal is not None:
            proposal.is_planned = record.is_planned
        return proposal

    def _repeat(
        self,
        record: Record,
        references: Sequence[Reference],
        *,
        extends_last: bool = False,
        undo: Record | None = None,
    ) -> Proposal | None:
        """Return the last clause of an order for other devices."""
        if not record.orders:
            return None
        clause = replace(
            record.orders[-1].clause, references=list(references), excepted=[]
        )
        if clause.acts == ("start",):
            # Not everything can be started: "not the purifier, the lamp".
            clause.acts = ("start", "on")
        proposal = self._planner.plan(
            Reading(clauses=[clause]), extends_last=extends_last, undo=undo
        )
        if proposal.kind == "order":
            proposal.kind = "follow_up"
        if undo is not None and proposal.commands:
            proposal.kind = "correction"
        return proposal

    def _again(self) -> Proposal | None:
        """Return the last order once more."""
        record = next(iter(self._memory.recent()), None)
        if record is None or not record.orders or record.is_planned:
            return None
        return self._planner.carry_out(record.orders)

    def _undo(self) -> Proposal | None:
        """Return what undoes the last order, as a whole."""
        if any(one.is_planned for one in self._memory.recent()[:1]):
            return None
        record = self._memory.last_order
        if record is None:
            return refusal("nothing_to_undo")
        commands = self._planner.undo_commands(record)
        if not commands:
            return refusal("cannot_undo")
        return self._planner.undone(record, commands)

    def _correct(self, reading: Reading) -> Proposal | None:
        """Return what should have been done in place of the last order."""
        record = self._memory.last_order
        if record is None:
            return None
        orders, references = reading.orders, reading.references
        if orders and not references:
            return self._correct_value(reading, record)
        if orders:
            return self._correct_order(reading, record)
        if references:
            return self._repeat(record, references, undo=record)
        if reading.negated and self._is_about(reading, record):
            return self._undo()
        return None

    def _correct_value(self, reading: Reading, record: Record) -> Proposal:
        """Return another value or act for the same devices: "no, fifty"."""
        proposal = self._planner.plan(reading)
        new = proposal.record
        if new is not None and set(new.before) == set(record.before):
            # Both together are one order, which is undone as a whole.
            new.before = record.before
            proposal.undone = (record,)
            proposal.kind = "correction"
        return proposal

    def _correct_order(self, reading: Reading, record: Record) -> Proposal:
        """Return a whole order in place of the last one, if that was the same."""
        last = record.orders[-1].clause if record.orders else None
        is_same = last is not None and reading.orders[-1].acts == last.acts
        is_instead = bool(reading.flags & {"no", "instead"}) or bool(reading.negated)
        refers_back = any(one.pronoun == "it" for one in reading.references)
        undo = record if is_same and is_instead and not refers_back else None
        proposal = self._planner.plan(reading, undo=undo)
        if undo is not None and proposal.commands:
            proposal.kind = "correction"
        return proposal

    def _is_about(self, reading: Reading, record: Record) -> bool:
        """Return whether what is not meant is what was done."""
        clause = record.orders[-1].clause if record.orders else Clause()
        for reference in reading.negated:
            target = self._planner.targets.resolve(reference, clause)
            if not isinstance(target, Found):
                return False
            if not {one.entity_id for one in target.devices} & set(record.devices):
                return False
        return True


def _is_order_after_all(reading: Reading) -> bool:
    """Return whether what looks like a question complains or asks for an order."""
    if reading.orders and "request" in reading.flags:
        # "能帮我把灯打开吗"
        return reading.question == "state"
    is_one = all(clause.is_complaint for clause in reading.orders)
    return "statement" in reading.flags and bool(reading.orders) and is_one


def _as_answer(proposal: Proposal) -> Proposal:
    """Return what an answer leads to as such."""
    proposal.is_answer = True
    if proposal.kind in {"order", "polite"}:
        proposal.kind = "answer"
    return proposal


def _is_part(references: Sequence[Reference], last: Record) -> bool:
    """Return whether something is named of what was done, which changes nothing."""
    named = {one for reference in references for one in reference.devices}
    is_stepped = any(order.clause.change is not None for order in last.orders)
    return bool(last.before) and named < set(last.devices) and not is_stepped


def _is_bare_pronoun(reference: Reference) -> bool:
    """Return whether it is a pronoun and nothing else: "that one"."""
    bare = Reference(pronoun=reference.pronoun, traits=reference.traits)
    return reference.pronoun not in {"", "other", "others"} and reference == bare


def _stands_alone(clause: Clause) -> bool:
    """Return whether an order needs no device: "too bright", "louder"."""
    return clause.change is not None and clause.change.quantity != "any"


def _combined(first: Clause, second: Clause) -> Clause:
    """Return two orders for the same devices as one: "on, and to 30 percent"."""
    if second.has_value or second.change is not None:
        return replace(second, acts=second.acts or first.acts, excepted=first.excepted)
    return second
