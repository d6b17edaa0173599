"""Asks Home Assistant's intent recognizer about a text, without acting on it.

Nothing is remembered here: the recognizer itself caches what it has recognized, by
text, and clears that when intents, names or exposed entities change.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hassil.recognize import RecognizeResult
from homeassistant.components.conversation import (
    HOME_ASSISTANT_AGENT,
    ConversationInput,
)
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.core import Context, HomeAssistant

from ..const import CHOICE_TIMEOUT_SECONDS, LOOK_TIMEOUT_SECONDS
from ..names.gather import NO_NAMES, HouseNames
from ..protocol import Alternative, NameProposal, NameProposals, UtteranceState
from ..satellite.run_context import NO_RUN, RunContext
from .continuations import continuations, ends_open, goes_on, tails
from .numbers import contradict
from .orders import Speaker, async_asks_which, async_is_complete
from .text import without_marks

_LOGGER = logging.getLogger(__name__)

MAX_TEXTS: Final = 5
"""Texts that are considered: as many as the recognizer follows at a time."""
RIVAL_RATIO: Final = 0.95
"""Confidence of an alternative, relative to that of a better one, from which the two
must agree on what to do."""

_THINGS: Final = frozenset({"name", "area", "floor"})
"""What Home Assistant's sentences call devices and places."""
_LEAST_MARGIN: Final = -6.0
"""Log-probability that a sentence may lack of that of the text as heard."""
_LEAST_LEAD: Final = 2.0
"""Log-probability by which it has to be better than any other sentence."""

type Propose = Callable[[Sequence[str]], Awaitable[NameProposals]]
"""Asks the server for the text with names of the house, and judges sentences."""

type NearSentences = Callable[[Sequence[str]], Awaitable[Sequence[str]]]
"""Returns the commands of the house that look most like one of the texts."""

type LookAgain = Callable[[], Awaitable[str]]
"""Asks the server for the text of a longer look at the recording."""


async def _no_proposals(_sentences: Sequence[str]) -> NameProposals:
    """Propose nothing."""
    return NameProposals()


async def _no_sentences(_texts: Sequence[str]) -> Sequence[str]:
    """Know no commands."""
    return ()


async def _no_look() -> str:
    """See nothing else."""
    return ""


@dataclass(frozen=True, slots=True)
class _Understood:
    """Another text, which is understood."""

    text: str
    confidence: float
    """Of the recognizer, or else the margin."""
    matches: Sequence[RecognizeResult]

    @property
    def is_about_the_house(self) -> bool:
        """Return whether it names a device or a place, and has no free words."""
        entities = [one for match in self.matches for one in match.entities_list]
        return any(one.name in _THINGS for one in entities) and not any(
            one.is_wildcard for one in entities
        )

    @property
    def meaning(self) -> frozenset[object]:
        """Return what would be done, however it is written."""
        return frozenset(
            (match.intent.name, entity.name, _plain(entity.value))
            for match in self.matches
            for entity in match.entities_list
        ) | {match.intent.name for match in self.matches}


class Understanding:
    """How Home Assistant understands one speaker, in one language."""

    def __init__(
        self,
        hass: HomeAssistant,
        language: str,
        speaker: RunContext = NO_RUN,
        names: HouseNames = NO_NAMES,
        near_sentences: NearSentences = _no_sentences,
    ) -> None:
        """Recognize on behalf of this speaker, in a house with these names."""
        self._hass = hass
        self._language = language
        self._speaker = speaker
        self._names = names
        self._near_sentences = near_sentences
        self.is_guess = False
        """Whether the text that was chosen is a sentence that nobody wrote."""

    async def state_of(
        self, text: str, alternatives: Sequence[Alternative] = ()
    ) -> UtteranceState:
        """Return whether the text is a complete command or needs a continuation.

        The text is the first that is understood, as in `choose`. A text that could
        continue is not complete: one that ends with a wildcard, or with a name that is
        the beginning of another name.
        """
        words = without_marks(text)
        if not words:
            return UtteranceState.UNKNOWN
        # With punctuation, as it is asked again when it is carried out: Home Assistant
        # keeps the answer.
        if matches := await self._matches(text):
            return await self._state_of_command(words, matches)
        if ends_open(words, self._language):
            return UtteranceState.DANGLING
        if await self._is_follow_up(text) and not tails(words, self._names.folded):
            return UtteranceState.COMPLETE
        understood = await self._understood_among(text, alternatives)
        is_begun = await self._is_begun(words)
        if understood and not _disagree(understood):
            state = await self._state_of_alternative(understood[0], words)
            # "Set the light" is to go on, though "get the light" may be a command.
            is_split = is_begun and state is UtteranceState.COMPLETE
            return UtteranceState.UNKNOWN if is_split else state
        return UtteranceState.DANGLING if is_begun else UtteranceState.UNKNOWN

    async def understands(self, text: str) -> bool:
        """Return whether the text is a command or matches a sentence trigger."""
        return bool(await self._matches(text)) or await self._is_follow_up(text)

    async def _is_follow_up(self, text: str) -> bool:
        """Return whether our agent understands the text, in this conversation."""
        return await async_is_complete(
            self._hass, text, self._language, self._who_speaks()
        )

    async def asks_which(self, text: str) -> bool:
        """Return whether the text is an order that leaves open which device."""
        return await async_asks_which(
            self._hass, text, self._language, self._who_speaks()
        )

    def _who_speaks(self) -> Speaker:
        """Return the speaker as the conversation agent knows them."""
        return Speaker(
            device_id=self._speaker.device_id, satellite_id=self._speaker.satellite_id
        )

    async def choose(
        self,
        text: str,
        alternatives: Sequence[Alternative] = (),
        propose: Propose = _no_proposals,
        look_again: LookAgain = _no_look,
    ) -> str:
        """Return the first of the texts that is understood, else the text itself.

        A wrong command is worse than none: alternatives that disagree leave the text
        as it is. Names and commands of the house are only asked for if no alternative
        is understood, and a longer look only if none of these helps: it takes as long
        as the first.
        """
        if not text:
            return text
        try:
            async with asyncio.timeout(CHOICE_TIMEOUT_SECONDS):
                chosen = await self._choose(text, alternatives, propose)
            if chosen is None:
                async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                    chosen = await self._seen(text, look_again)
        except TimeoutError:
            _LOGGER.debug("No time to choose among %s texts", len(alternatives) + 1)
            return text
        if chosen != text:
            # Without the texts: one of them may be a PIN.
            _LOGGER.debug("Taking another text than the most probable one")
        return chosen

    async def possible(self, doubted: Sequence[Alternative]) -> str:
        """Return the first of the texts that is a command for something in the house.

        Empty if there is none. The server doubts that anybody said them. What a model
        makes up hardly names, word for word, a device or a room of this house.
        """
        if not doubted:
            return ""
        first, *others = doubted
        try:
            async with asyncio.timeout(CHOICE_TIMEOUT_SECONDS):
                if matches := await self._matches(first.text):
                    found = [_Understood(first.text, first.confidence, matches)]
                else:
                    found = await self._understood_among(first.text, others)
        except TimeoutError:
            return ""
        if not found or _disagree(found) or not found[0].is_about_the_house:
            return ""
        return found[0].text

    async def _choose(
        self,
        text: str,
        alternatives: Sequence[Alternative],
        propose: Propose,
    ) -> str | None:
        """Return the text to use, however long that takes; None if none is understood.

        Alternatives that disagree are no reason to look for yet another one.
        """
        if await self.understands(text):
            return text
        if understood := await self._understood_among(text, alternatives):
            return text if _disagree(understood) else understood[0].text
        texts = [text, *(other.text for other in alternatives[: MAX_TEXTS - 1])]
        proposed = await propose(await self._near_sentences(texts))
        for proposal in proposed.proposals:
            if await self.understands(proposal.text):
                return proposal.text
        return await self._fitting(text, proposed.sentences)

    async def _fitting(
        self, text: str, sentences: Sequence[NameProposal]
    ) -> str | None:
        """Return the sentence that fits the sound about as well as the text, if any.

        None if one that means something else fits nearly as well.
        """
        found: list[_Understood] = []
        for one in sentences:
            least = found[0].confidence - _LEAST_LEAD if found else _LEAST_MARGIN
            if one.margin < least:
                break
            matches = await self._matches(one.text)
            if matches and not contradict(text, one.text, self._language):
                found.append(_Understood(one.text, one.margin, matches))
        if not found or _disagree(found):
            return None
        self.is_guess = True
        return found[0].text

    async def _seen(self, text: str, look_again: LookAgain) -> str:
        """Return what a longer look finds if it is understood, else the text."""
        other = await look_again()
        if not other or contradict(text, other, self._language):
            return text
        return other if await self.understands(other) else text

    async def _understood_among(
        self, text: str, alternatives: Sequence[Alternative]
    ) -> list[_Understood]:
        """Return the first alternative that is understood, and those about as probable.

        The numbers of the most probable text count more than those of another one that
        happens to be understood.
        """
        found: list[_Understood] = []
        for other in _others(text, alternatives):
            if found and other.confidence < RIVAL_RATIO * found[0].confidence:
                break
            if contradict(text, other.text, self._language):
                continue
            if matches := await self._matches(other.text):
                found.append(_Understood(other.text, other.confidence, matches))
        return found

    async def _state_of_alternative(
        self, other: _Understood, best: str
    ) -> UtteranceState:
        """Return whether an alternative of the best text is complete."""
        words = without_marks(other.text)
        if _goes_beyond(words, best):
            # The best text is its beginning: the rest was not said yet.
            return UtteranceState.DANGLING
        return await self._state_of_command(words, other.matches)

    async def _state_of_command(
        self, text: str, matches: Sequence[RecognizeResult]
    ) -> UtteranceState:
        """Return whether a text that is understood is complete."""
        goes_on = await self._may_go_on(text, matches)
        return UtteranceState.UNKNOWN if goes_on else UtteranceState.COMPLETE

    async def _may_go_on(self, text: str, matches: Sequence[RecognizeResult]) -> bool:
        """Return whether a text that is understood may be the beginning of another."""
        lowered = text.casefold()
        last = [
            entity
            for match in matches
            for entity in match.entities_list
            if (spoken := entity.text.strip().casefold()) and lowered.endswith(spoken)
        ]
        if any(entity.is_wildcard for entity in last):
            return True
        for entity in last:
            for more in goes_on(entity.text, self._names.folded):
                if await self._matches(f"{text} {more}"):
                    return True
        return False

    async def _is_begun(self, text: str) -> bool:
        """Return whether some continuation turns the text into a command."""
        for more in (
            *tails(text, self._names.folded),
            *continuations(self._language, self._names.examples),
        ):
            if await self._matches(f"{text} {more}"):
                return True
        return False

    async def _matches(self, text: str) -> list[RecognizeResult]:
        """Return the sentences that the text matches exactly."""
        agent = get_agent_manager(self._hass).default_agent
        if agent is None:
            return []
        asked = self._input(text)
        match = await agent.async_recognize_intent(asked, strict_intents_only=True)
        if match is not None:
            return [match]
        sentence = await agent.async_recognize_sentence_trigger(asked)
        return [] if sentence is None else list(sentence.matched_triggers.values())

    def _input(self, text: str) -> ConversationInput:
        """Return the text as input from this speaker."""
        return ConversationInput(
            text=text,
            context=Context(),
            conversation_id=None,
            device_id=self._speaker.device_id,
            satellite_id=self._speaker.satellite_id,
            language=self._language,
            agent_id=HOME_ASSISTANT_AGENT,
        )


def _disagree(understood: Sequence[_Understood]) -> bool:
    """Return whether texts that are about as probable would do different things."""
    return len({one.meaning for one in understood}) > 1


def _plain(value: object) -> str:
    """Return a value as it is, whether digits or words, with or without hyphens."""
    if isinstance(value, int | float):
        return str(float(value))
    return " ".join(re.findall(r"\w+", str(value).casefold()))


def _others(text: str, alternatives: Sequence[Alternative]) -> list[Alternative]:
    """Return the alternatives to consider, the best first.

    Those that differ in case or final punctuation alone are recognized alike: one of
    them is enough.
    """
    known = {without_marks(text).casefold()}
    others = []
    for other in alternatives:
        key = without_marks(other.text).casefold()
        if key not in known:
            known.add(key)
            others.append(other)
    return others[: MAX_TEXTS - 1]


def _goes_beyond(text: str, beginning: str) -> bool:
    """Return whether the text begins with these words and has more."""
    return text.casefold().startswith(f"{beginning.casefold()} ")
