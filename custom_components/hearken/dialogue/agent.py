"""The conversations in the house: reads what is said, acts, and remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.util import dt as dt_util

from ..languages import base_of
from .answers import Answers
from .carrying_out import async_carry_out
from .commands import Command
from .home import DeviceState, Home
from .house import HouseKeeper, async_room_of
from .interpret import Interpreter
from .language import read
from .memory import Memory, Order, Record
from .orders import Plan, Speaker
from .plan import Proposal
from .reading import Clause

_MAX_MEMORIES: Final = 64
_LARGE_HOME: Final = 400
"""Devices from which reading a sentence might hold up the event loop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was done, and what to say about it."""

    speech: str
    proposal: Proposal
    entity_ids: tuple[str, ...] = ()
    is_failure: bool = False


class DialogueAgent:
    """Interprets and carries out what is said at any satellite."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without conversations."""
        self._hass = hass
        self.house = HouseKeeper(hass)
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
    def note_others(self, speaker: Speaker) -> None:
        """Note that somebody else answered: the conversation goes on."""
        memory = self.memory(speaker)
        self._remember(memory, Proposal(), speaker)

    async def async_propose(
        self, text: str, language: str, speaker: Speaker, *, is_read_only: bool = True
    ) -> tuple[Proposal | None, Home, Memory] | None:
        """Return what a sentence leads to, None if we do not speak the language."""
        found = await self.house.async_home(base_of(language))
        if found is None:
            return None
        home, words = found
        memory = self.memory(speaker, is_read_only=is_read_only)
        room = async_room_of(self._hass, speaker.satellite_id, speaker.device_id)
        interpreter = Interpreter(home, words, memory, room)
        if len(home.devices) > _LARGE_HOME:
            propose = interpreter.propose
            proposal = await self._hass.async_add_executor_job(propose, text)
        else:
            proposal = interpreter.propose(text)
        return proposal, home, memory

    async def async_answer(
        self, text: str, language: str, speaker: Speaker
    ) -> Answer | None:
        """Do what is said and remember it; None if it is not understood."""
        found = await self.async_propose(text, language, speaker, is_read_only=False)
        if found is None:
            return None
        proposal, home, memory = found
        had_question = memory.pending is not None
        if proposal is None:
            self._note_silence(memory)
            return None
        is_done = await async_carry_out(self._hass, proposal.commands, speaker.context)
        self._remember(memory, proposal, speaker)
        answers = Answers(read(language, "answers"), home)
        speech = answers.of(proposal if is_done else Proposal(key="failed"))
        if had_question and proposal.is_refusal:
            speech = f"{answers.of(Proposal(key='cancelled'))} {speech}"
        return Answer(
            speech=speech,
            proposal=proposal,
            entity_ids=tuple(dict.fromkeys(one.entity_id for one in proposal.commands)),
            is_failure=not is_done,
        )

    @callback
    def _note_silence(self, memory: Memory) -> None:
        """Take back a question that was answered with something else."""
        memory.pending = None

    @callback
    def _remember(self, memory: Memory, proposal: Proposal, speaker: Speaker) -> None:
        """Remember what was done or asked."""
        if speaker.conversation_id is not None:
            memory.conversation_id = speaker.conversation_id
        memory.touched_at = dt_util.utcnow().timestamp()
        memory.pending = proposal.pending
        memory.questions = memory.questions + 1 if proposal.is_question else 0
        for record in proposal.undone:
            record.is_undone = True
        if proposal.record is not None:
            memory.records.append(proposal.record)

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
    ) -> None:
        """Remember what Home Assistant's own agent did."""
        memory = self.memory(speaker)
        known = {
            one: DeviceState(state.state, state.attributes)
            for one in entity_ids
            if (state := before.get(one)) is not None
        }
        order = Order(Clause(acts=acts), tuple(known), is_collective=True)
        record = Record(orders=(order,) if acts else (), before=known)
        if not acts:
            record.question_devices = tuple(known)
        self._remember(memory, Proposal(record=record), speaker)

    # What others ask of the agent.

    async def async_plan(
        self, text: str, language: str, speaker: Speaker
    ) -> Plan | None:
        """Return what a text orders, None if it is no order; do nothing."""
        found = await self.async_propose(text, language, speaker)
        if found is None:
            return None
        proposal, home, _ = found
        if proposal is None:
            return None
        if proposal.is_question:
            answers = Answers(read(language, "answers"), home)
            return Plan(text=text, question=answers.of(proposal))
        if not proposal.commands:
            return None
        commands = [one.as_dict() for one in proposal.commands]
        return Plan(text=text, commands=commands)

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
        exposed = [one for one in exposed if one.entity_id in home.devices]
        is_done = await async_carry_out(self._hass, exposed, speaker.context)
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
        # What only leads to a question about the device may still go on.
        return proposal.key not in {"which", "where"}
