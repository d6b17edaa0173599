"""Asks Home Assistant's intent recognizer about a text, without acting on it.

Nothing is remembered here: the recognizer itself caches what it has recognized, by
text, and clears that when intents, names or exposed entities change.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from hassil.recognize import RecognizeResult
from homeassistant.components.conversation import (
    HOME_ASSISTANT_AGENT,
    ConversationInput,
)
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.core import Context, HomeAssistant

from ..const import CHOICE_TIMEOUT_SECONDS
from ..names.gather import NO_NAMES, HouseNames
from ..protocol import Alternative, TranscriptDetails, UtteranceState
from ..satellite.run_context import NO_RUN, RunContext
from .continuations import continuations, ends_open, goes_on, tails

_LOGGER = logging.getLogger(__name__)

MIN_CONFIDENCE_RATIO: Final = 0.95
"""Least confidence in an alternative, relative to that in the text.

Measured (docs/end-of-speech.md): below this, alternatives that Home Assistant
understands by chance, and would act on, are as frequent as those that were said.
"""
MAX_CHOICES: Final = 5
"""Alternatives that are considered; any further one is never within the ratio."""
_MARKS: Final = ".?!,;:\u3002\uff1f\uff01\uff0c"
"""Punctuation at the end of a sentence, including Chinese punctuation."""


class Understanding:
    """How Home Assistant understands one speaker, in one language."""

    def __init__(
        self,
        hass: HomeAssistant,
        language: str,
        speaker: RunContext = NO_RUN,
        names: HouseNames = NO_NAMES,
    ) -> None:
        """Recognize on behalf of this speaker, in a house with these names."""
        self._hass = hass
        self._language = language
        self._speaker = speaker
        self._names = names

    async def state_of(self, text: str) -> UtteranceState:
        """Return whether the text is a complete command or needs a continuation.

        A text that could continue is not complete: one that ends with a wildcard, or
        with a name that is the beginning of another name.
        """
        words = _without_marks(text)
        if not words:
            return UtteranceState.UNKNOWN
        matches = await self._matches(words)
        if matches:
            goes_on = await self._may_go_on(words, matches)
            return UtteranceState.UNKNOWN if goes_on else UtteranceState.COMPLETE
        if ends_open(words, self._language) or await self._is_begun(words):
            return UtteranceState.DANGLING
        return UtteranceState.UNKNOWN

    async def understands(self, text: str) -> bool:
        """Return whether the text is a command or matches a sentence trigger."""
        return bool(await self._matches(text))

    async def choose(self, text: str, details: TranscriptDetails | None) -> str:
        """Return the text, or a close alternative if only that one is understood."""
        if not text or details is None or details.confidence is None:
            return text
        near = _near(text, details.alternatives, details.confidence)
        if not near:
            return text
        try:
            async with asyncio.timeout(CHOICE_TIMEOUT_SECONDS):
                if await self.understands(text):
                    return text
                for other in near:
                    if await self.understands(other):
                        _LOGGER.debug("Taking %r in place of %r", other, text)
                        return other
        except TimeoutError:
            _LOGGER.debug("No time to choose among %s texts", len(near) + 1)
        return text

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


def _near(
    text: str, alternatives: Sequence[Alternative], confidence: float
) -> list[str]:
    """Return the alternatives that are about as probable as the text.

    Those that differ in case or final punctuation alone are recognized alike: one of
    them is enough.
    """
    floor = confidence * MIN_CONFIDENCE_RATIO
    known = {_without_marks(text).casefold()}
    near = []
    for other in alternatives[:MAX_CHOICES]:
        key = _without_marks(other.text).casefold()
        if other.confidence >= floor and key not in known:
            known.add(key)
            near.append(other.text)
    return near


def _without_marks(text: str) -> str:
    """Return a text without the punctuation at its end."""
    return text.strip().rstrip(_MARKS).strip()
