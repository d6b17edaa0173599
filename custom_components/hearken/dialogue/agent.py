"""The conversations in the house: reads what is said, acts, and remembers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ..exchanges.exchange import TurnRecord
from ..languages import base_of
from .answers import Answers, after_cancelling
from .carrying_out import async_carry_out
from .commands import Command
from .home import DeviceState, Home
from .house import HouseKeeper, async_are_in, async_room_of
from .interpret import Interpreter
from .language import read
from .memory import MAX_QUESTIONS, Memory, Order, Pending, Record
from .orders import Plan, Speaker, drop_ends
from .pin import PinGuard, Verdict
from .plan import Planner, Proposal, refusal
from .planning import plan_of
from .reading import Clause, Reading
from .risk import DEFAULT_POLICY, Risk, RiskPolicy
from .risky_words import speaks_of_risk
from .text import tokens_of, without_marks
from .turns import turn_of

_MAX_MEMORIES: Final = 64
_LARGE_HOME: Final = 400
"""Devices from which reading a sentence might hold up the event loop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was done, and what to say about it."""

    speech: str
    proposal: Proposal
    turn: TurnRecord
    entity_ids: tuple[str, ...] = ()
    is_failure: bool = False

    @property
    def said(self) -> str | None:
        """Return the text for other agents that was confirmed, None without one."""
        proposal = self.proposal
        is_said = proposal.key == "said" and not proposal.is_question
        return proposal.values["words"] if is_said else None


class DialogueAgent:
    """Interprets and carries out what is said at any satellite."""

    def __init__(
        self,
        hass: HomeAssistant,
        policy: RiskPolicy = DEFAULT_POLICY,
        pin: str = "",
        *,
        is_brief: bool = False,
    ) -> None:
        """Begin without conversations."""
        self._hass = hass
        self._is_brief = is_brief
        self._guard = PinGuard(pin)
        self.house = HouseKeeper(hass, replace(policy, has_pin=bool(pin)))
        self._memories: dict[str, Memory] = {}

    @callback
    def memory(self, speaker: Speaker, *, is_read_only: bool = False) -> Memory:
        """Return the memory of a conversation, an empty one for a new conversation."""
        now = dt_util.utcnow().timestamp()
        memory = self._memories.pop(speaker.key, None) or Memory()
        is_other = (
            speaker.conversation_id is not None
            and memory.conversation_id is not None
            and memory.conversation_id != speaker.conversation_id
        )
        if is_other or not memory.is_fresh(now):
            if is_read_only:
                self._memories[speaker.key] = memory
                return Memory()
            memory.forget()
        self._memories[speaker.key] = memory
        while len(self._memories) > _MAX_MEMORIES:
            del self._memories[next(iter(self._memories))]
        return memory

    @callback
    def has_question(self, speaker: Speaker) -> bool:
        """Return whether a question was asked and not answered yet."""
        return self.memory(speaker, is_read_only=True).pending is not None

    @callback
    def drop_question(self, speaker: Speaker) -> bool:
        """Take back a question that is not answered; return whether there was one."""
        if not self.has_question(speaker):
            return False
        self.memory(speaker).pending = None
        return True

    @callback
    def awaits_pin(self, speaker: Speaker) -> bool:
        """Return whether what is said next may be the PIN."""
        pending = self.memory(speaker, is_read_only=True).pending
        return pending is not None and pending.kind == "pin"

    @callback
    def note_others(self, speaker: Speaker) -> None:
        """Note that somebody else answered: the conversation goes on."""
        memory = self.memory(speaker)
        self._remember(memory, Proposal(), speaker, "")

    async def async_propose(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        *,
        is_read_only: bool = True,
        pending: Pending | None = None,
    ) -> tuple[Proposal | None, Home, Memory] | None:
        """Return what a sentence leads to, None if we do not speak the language."""
        found = await self._async_interpreter(
            language, speaker, is_read_only=is_read_only, pending=pending
        )
        if found is None:
            return None
        interpreter, home, memory = found
        if len(home.devices) > _LARGE_HOME:
            propose = interpreter.propose
            proposal = await self._hass.async_add_executor_job(propose, text)
        else:
            proposal = interpreter.propose(text)
        return proposal, home, memory

    async def _async_interpreter(
        self,
        language: str,
        speaker: Speaker,
        *,
        is_read_only: bool = False,
        pending: Pending | None = None,
    ) -> tuple[Interpreter, Home, Memory] | None:
        """Return who interprets a speaker, None if we do not speak the language."""
        found = await self.house.async_home(base_of(language))
        if found is None:
            return None
        home, words = found
        memory = self.memory(speaker, is_read_only=is_read_only)
        if pending is not None:
            memory = replace(memory, pending=pending)
        room = async_room_of(self._hass, speaker.satellite_id, speaker.device_id)
        return Interpreter(home, words, memory, room), home, memory

    async def async_may_be_risky(self, text: str, language: str) -> bool:
        """Return whether a text speaks of something risky, and of what to do."""
        found = await self.house.async_home(base_of(language))
        if found is None:
            return False
        home, words = found
        return speaks_of_risk(tokens_of(text), words, home)

    async def async_suggest(
        self, text: str, language: str, speaker: Speaker
    ) -> Answer | None:
        """Ask which name was meant, or say what is not known; do nothing."""
        found = await self._async_interpreter(language, speaker)
        if found is None:
            return None
        interpreter, home, memory = found
        proposal = await self._hass.async_add_executor_job(interpreter.suggest, text)
        if proposal is None:
            return None
        turn = turn_of(proposal, dt_util.utcnow().timestamp())
        if proposal.is_question:
            self._remember(memory, proposal, speaker, text)
        speech = Answers(read(language, "answers"), home).of(proposal)
        return Answer(speech=speech, proposal=proposal, turn=turn)

    async def async_ask_whether_said(
        self, text: str, language: str, speaker: Speaker
    ) -> Answer | None:
        """Ask whether a text was said, None if we do not speak the language."""
        found = await self._async_interpreter(language, speaker)
        if found is None:
            return None
        _, home, memory = found
        said = without_marks(text)
        if memory.questions >= MAX_QUESTIONS:
            proposal = refusal("enough_questions")
        else:
            pending = Pending(kind="said", reading=Reading())
            values = {"words": said}
            proposal = Proposal(
                key="said", values=values, pending=pending, is_question=True
            )
        turn = turn_of(proposal, dt_util.utcnow().timestamp())
        self._remember(memory, proposal, speaker, said)
        speech = Answers(read(language, "answers"), home).of(proposal)
        return Answer(speech=speech, proposal=proposal, turn=turn)

    async def async_answer(
        self, text: str, language: str, speaker: Speaker
    ) -> Answer | None:
        """Do what is said and remember it; None if it is not understood."""
        found = await self.async_propose(text, language, speaker, is_read_only=False)
        if found is None:
            return None
        proposal, home, memory = found
        if proposal is None or proposal.is_planned:
            memory.pending = None
            return None
        proposal = self._guarded(proposal, home, memory)
        is_done = await async_carry_out(self._hass, proposal.commands, speaker.context)
        turn = turn_of(proposal, dt_util.utcnow().timestamp())
        self._remember(memory, proposal, speaker, text)
        ids = tuple(dict.fromkeys(one.entity_id for one in proposal.commands))
        drop_ends(self._hass, ids)
        texts = read(language, "answers")
        told = proposal
        if not is_done:
            told = Proposal(key="failed")
        elif not proposal.unavailable and self.is_enough(ids, speaker):
            told = Proposal(key="okay")
        speech = Answers(texts, home).of(told)
        if proposal.drops_question:
            is_thanks = proposal.kind == "polite"
            speech = after_cancelling(texts, "" if is_thanks else speech)
        return Answer(
            speech=speech,
            proposal=proposal,
            turn=turn,
            entity_ids=ids,
            is_failure=not is_done,
        )

    @callback
    def is_enough(self, entity_ids: Collection[str], speaker: Speaker) -> bool:
        """Return whether "okay" says enough about what was done: it is seen anyway."""
        room = async_room_of(self._hass, speaker.satellite_id, speaker.device_id)
        return self._is_brief and async_are_in(self._hass, entity_ids, room)

    @callback
    def _guarded(self, proposal: Proposal, home: Home, memory: Memory) -> Proposal:
        """Return what a PIN leads to, or that none is accepted at the moment."""
        pending, now = proposal.pending, dt_util.utcnow().timestamp()
        if pending is None or pending.kind != "pin":
            return proposal
        if not proposal.pin:
            return refusal("pin_locked") if self._guard.is_locked(now) else proposal
        verdict = self._guard.check(proposal.pin, now)
        if verdict is Verdict.RIGHT:
            confirmed = Planner(home, memory, None).confirmed(pending)
            return replace(confirmed, is_answer=True)
        return refusal("pin_wrong" if verdict is Verdict.WRONG else "pin_locked")

    @callback
    def _remember(
        self, memory: Memory, proposal: Proposal, speaker: Speaker, text: str
    ) -> None:
        """Remember what was done or asked, and in which words."""
        heard, asked = speaker.heard, memory.pending
        if proposal.is_answer and asked is not None:
            text, heard = asked.text, asked.heard
        if speaker.conversation_id is not None:
            memory.conversation_id = speaker.conversation_id
        memory.touched_at = dt_util.utcnow().timestamp()
        memory.pending = proposal.pending and replace(
            proposal.pending, text=text, heard=heard
        )
        memory.questions = memory.questions + 1 if proposal.is_question else 0
        for undone in proposal.undone:
            undone.is_undone = True
        if (record := proposal.record) is not None:
            record.text, record.heard, record.at = text, heard, memory.touched_at
            memory.records.append(record)

    @callback
    def states(self) -> dict[str, State]:
        """Return the states of everything, before somebody else acts."""
        return {state.entity_id: state for state in self._hass.states.async_all()}

    @callback
    def remember_others(
        self,
        speaker: Speaker,
        entity_ids: tuple[str, ...],
        acts: tuple[str, ...],
        before: Mapping[str, State],
        text: str,
    ) -> None:
        """Remember what Home Assistant's own agent did."""
        memory = self.memory(speaker)
        drop_ends(self._hass, entity_ids)
        known = {
            one: DeviceState(state.state, state.attributes)
            for one in entity_ids
            if (state := before.get(one)) is not None
        }
        order = Order(Clause(acts=acts), tuple(known), is_collective=True)
        record = Record(orders=(order,) if acts else (), before=known)
        if not acts:
            record.question_devices = tuple(known)
        self._remember(memory, Proposal(record=record), speaker, text)

    # What others ask of the agent.

    @callback
    def note_planned(self, speaker: Speaker, plan: Plan) -> None:
        """Remember what is carried out later."""
        record = Record(orders=plan.orders, is_planned=True)
        self._remember(self.memory(speaker), Proposal(record=record), speaker, "")

    async def async_plan(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        pending: Pending | None = None,
    ) -> Plan | None:
        """Return what a text orders, None if it is no order; do nothing."""
        found = await self.async_propose(text, language, speaker, pending=pending)
        if found is None:
            return None
        proposal, home, _ = found
        if proposal is None:
            return None
        return plan_of(text, proposal, home, Answers(read(language, "answers"), home))

    async def async_execute(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        commands: list[dict[str, Any]] | None = None,
    ) -> str:
        """Carry out an order; return what to say about it."""
        if commands is None:
            answer = await self.async_answer(text, language, speaker)
            return "" if answer is None else answer.speech
        found = await self.house.async_home(base_of(language))
        if found is None:
            return ""
        home = found[0]
        exposed = [Command.from_dict(one) for one in commands]
        exposed = [
            one
            for one in exposed
            if (device := home.devices.get(one.entity_id)) is not None
            and home.risk(device, one.service) < Risk.PIN
        ]
        is_done = await async_carry_out(self._hass, exposed, speaker.context)
        drop_ends(self._hass, {one.entity_id for one in exposed})
        answers = Answers(read(language, "answers"), home)
        key = "" if is_done and exposed else "failed"
        return answers.of(Proposal(key=key, commands=exposed))

    async def async_understands(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text is a complete command in the current conversation."""
        found = await self.async_propose(text, language, speaker)
        proposal = None if found is None else found[0]
        if proposal is None or proposal.is_refusal:
            return False
        if proposal.pin:
            return self._guard.may_be_whole(proposal.pin)
        # What only leads to a question about the device may still go on.
        return proposal.key not in {"which", "where"}

    async def async_asks_which(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text is an order that only leaves open for which device.

        Everything else is said: what to do, and a name or a noun of the device.
        """
        found = await self.async_propose(text, language, speaker)
        proposal = None if found is None else found[0]
        if proposal is None or proposal.key != "which" or proposal.pending is None:
            return False
        return proposal.kind == "order" and all(
            clause.acts
            and clause.references
            and all(one.devices or one.partly or one.kind for one in clause.references)
            for clause in proposal.pending.reading.clauses
        )
