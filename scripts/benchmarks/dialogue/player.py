"""Play dialogues: say their sentences, and judge what each leads to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import conversation
from homeassistant.core import Context

from benchmarks.dialogue.home import TAGS
from benchmarks.dialogue.judge import Outcome, Verdict, after_seconds, happened, judge
from benchmarks.dialogue.scheduled import clear, scheduled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.dialogue.clock import Clock
    from benchmarks.dialogue.home import Home
    from benchmarks.dialogue.judge import Snapshots
    from benchmarks.dialogue.sets import Dialogue, Turn
    from benchmarks.dialogue.spoken import Ear

_TURN_SECONDS: Final = 120
PAUSE_SECONDS: Final = 4
"""Between two sentences of a dialogue."""


@dataclass(frozen=True)
class Played:
    """One turn and what became of it."""

    dialogue: Dialogue
    turn: Turn
    verdict: Verdict
    speech: str
    happened: tuple[str, ...]


@dataclass(frozen=True)
class _Later:
    """What a turn ordered for later."""

    position: int
    entry: str
    due_at: float


class Player:
    """Plays dialogues with one conversation agent."""

    def __init__(
        self, home: Home, clock: Clock, agent_id: str, ear: Ear | None = None
    ) -> None:
        """Play in a house, by a clock; with an ear, sentences are spoken."""
        self._ear = ear
        self._home = home
        self._clock = clock
        self._agent_id = agent_id
        self._conversations = 0

    async def play(self, dialogue: Dialogue) -> AsyncIterator[Played]:
        """Play one dialogue, and yield each of its turns."""
        await self._home.prepare(dialogue)
        await clear(self._home.hass)
        conversation_id: str | None = None
        played: list[Played] = []
        later: list[_Later] = []
        for position, turn in enumerate(dialogue.turns):
            await self._pass(turn.wait_seconds or PAUSE_SECONDS)
            outcome, conversation_id = await self._say(dialogue, turn, conversation_id)
            verdict = judge(turn.expected, outcome)
            played.append(_played(dialogue, turn, verdict, outcome))
            if verdict is Verdict.RIGHT:
                later += self._ordered(position, turn)
        for position, verdict in await self._wait_for(later):
            old = played[position]
            played[position] = Played(
                old.dialogue, old.turn, verdict, old.speech, old.happened
            )
        for one in played:
            yield one

    async def _say(
        self, dialogue: Dialogue, turn: Turn, conversation_id: str | None
    ) -> tuple[Outcome, str | None]:
        """Say one sentence, and return what it led to."""
        home = self._home
        await home.change(turn.meanwhile)
        device_id = home.device(turn.area or dialogue.area)
        before, scheduled_before = home.snapshots(), scheduled(home.hass)
        home.calls.clear()
        tag, said = TAGS[dialogue.language], turn.say
        if self._ear is not None:
            said = await self._ear.hear(home.hass, said, tag, device_id)
        async with asyncio.timeout(_TURN_SECONDS):
            result = await conversation.async_converse(
                home.hass,
                said,
                conversation_id if turn.area is None else None,
                Context(),
                language=tag,
                agent_id=self._agent_id,
                device_id=device_id,
            )
            await home.settle()
        speech = result.response.speech.get("plain", {}).get("speech", "")
        outcome = Outcome(
            before=before,
            after=home.snapshots(),
            calls=list(home.calls),
            speech=speech,
            asks=result.continue_conversation
            and speech.strip().endswith(("?", "\uff1f")),
            schedule=scheduled(home.hass),
            scheduled_before=scheduled_before,
            heard="" if said == turn.say else said,
        )
        new_id = result.conversation_id if turn.area is None else conversation_id
        return outcome, new_id

    def _ordered(self, position: int, turn: Turn) -> list[_Later]:
        """Return what a turn ordered for later, as far as it was expected."""
        now = self._clock.timestamp()
        return [
            _Later(position, str(entry), now + seconds)
            for expected in turn.expected
            if isinstance(expected, list)
            for entry in expected
            if (seconds := after_seconds(str(entry))) is not None
        ]

    async def _wait_for(self, later: list[_Later]) -> list[tuple[int, Verdict]]:
        """Let the time of each delayed order come; return those that failed."""
        failed: list[tuple[int, Verdict]] = []
        for one in sorted(later, key=lambda one: one.due_at):
            early = await self._passed(one.due_at - 2 - self._clock.timestamp())
            if one.entry.split()[0] in early.changed:
                failed.append((one.position, Verdict.WRONG))
                continue
            if not happened(one.entry, await self._passed(4)):
                failed.append((one.position, Verdict.REFUSED))
        return failed

    async def _passed(self, seconds: float) -> Outcome:
        """Let time pass, and return what happened meanwhile."""
        before: Snapshots = self._home.snapshots()
        self._home.calls.clear()
        await self._pass(seconds)
        return Outcome(before, self._home.snapshots(), list(self._home.calls))

    async def _pass(self, seconds: float) -> None:
        """Let time pass."""
        if seconds > 0:
            self._clock.move(seconds)
        for _ in range(3):
            await self._home.settle()


def _played(
    dialogue: Dialogue, turn: Turn, verdict: Verdict, outcome: Outcome
) -> Played:
    """Return a turn with what happened, in words."""
    what: list[Any] = [f"heard {outcome.heard!r}"] if outcome.heard else []
    what += [
        f"{call.entity_id} {call.service} "
        + " ".join(f"{k}={v}" for k, v in call.data.items() if k != "entity_id")
        for call in outcome.calls
    ]
    what += [f"{entity} changed" for entity in sorted(outcome.changed)]
    if outcome.schedule != outcome.scheduled_before:
        what.append(str(outcome.schedule))
    return Played(dialogue, turn, verdict, outcome.speech, tuple(map(str, what)))
