"""Home Assistant's own agent: what it understands, and what it did."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from hassil.recognize import RecognizeResult
from homeassistant.components.conversation import DOMAIN as ASSISTANT
from homeassistant.components.conversation import ConversationInput
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.const import METADATA_CUSTOM_SENTENCE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import intent

from .risk import Risk

_QUESTIONS: Final = frozenset({"HassGetState", "HassClimateGetTemperature"})
"""What only tells something."""
_ACTS: Final = {
    "HassTurnOn": ("on", "open"),
    "HassTurnOff": ("off", "close"),
    "HassLightSet": ("on",),
}


@dataclass(frozen=True, slots=True)
class CoreTargets:
    """What Home Assistant's agent acted on."""

    entity_ids: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()


class CoreReading:
    """What Home Assistant's agent would do with a sentence, None if it knows none."""

    def __init__(
        self,
        found: RecognizeResult | None = None,
        risk_of: Callable[[RecognizeResult], Risk] | None = None,
        *,
        is_trigger: bool = False,
    ) -> None:
        """Keep what was recognized; how risky it is takes a moment to find out."""
        self._found = found
        self._risk_of = risk_of
        self._is_trigger = is_trigger

    @property
    def is_owners(self) -> bool:
        """Return whether the owner wrote this sentence: a trigger or a custom one."""
        metadata = None if self._found is None else self._found.intent_metadata
        is_custom = bool(metadata and metadata.get(METADATA_CUSTOM_SENTENCE))
        return self._is_trigger or is_custom

    @property
    def has_free_words(self) -> bool:
        """Return whether a part of a sentence may be anything: "add … to the list"."""
        return self._found is not None and any(
            entity.is_wildcard for entity in self._found.entities_list
        )

    @cached_property
    def risk(self) -> Risk | None:
        """Return how risky the sentence is, None if it is not understood."""
        found = self._found
        if found is None or self._risk_of is None or _is_pronoun_misread(found):
            return None
        return self._risk_of(found)


class CoreReader:
    """Asks Home Assistant's agent what it would do, without doing it."""

    def __init__(self, hass: HomeAssistant, risk_of: Callable[[State], Risk]) -> None:
        """Ask in this Home Assistant, where devices are so risky."""
        self._hass = hass
        self._risk_of = risk_of

    async def async_read(self, user_input: ConversationInput) -> CoreReading:
        """Return what the agent would do with a sentence."""
        agent = get_agent_manager(self._hass).default_agent
        if agent is None:
            return CoreReading()
        if await agent.async_recognize_sentence_trigger(user_input) is not None:
            return CoreReading(is_trigger=True)
        found = await agent.async_recognize_intent(user_input, strict_intents_only=True)
        return CoreReading(found, self._risk)

    def _risk(self, found: RecognizeResult) -> Risk:
        """Return how risky the devices are that would be commanded."""
        if found.intent.name in _QUESTIONS:
            return Risk.NONE
        entities = {name: entity.value for name, entity in found.entities.items()}
        constraints = intent.MatchTargetsConstraints(
            name=_text(entities.get("name")),
            area_name=_text(entities.get("area")),
            floor_name=_text(entities.get("floor")),
            domains=_several(entities.get("domain"))
            or self._domains(found.intent.name),
            device_classes=_several(entities.get("device_class")),
            assistant=ASSISTANT,
            allow_duplicate_names=True,
        )
        if not constraints.has_constraints:
            return Risk.NONE
        matched = intent.async_match_targets(self._hass, constraints).states
        return max(map(self._risk_of, matched), default=Risk.NONE)

    def _domains(self, intent_type: str) -> set[str] | None:
        """Return the domains that an intent is for, None if it is for several."""
        for handler in intent.async_get(self._hass):
            if handler.intent_type == intent_type:
                only = getattr(handler, "required_domains", None)
                return only or handler.platforms
        return None


def _text(value: Any) -> str | None:
    """Return a slot as text, None if there is none."""
    return None if value is None else str(value)


def _several(value: Any) -> set[str] | None:
    """Return a slot that may have several values, None if there is none."""
    if value is None:
        return None
    return {value} if isinstance(value, str) else set(value)


def _is_pronoun_misread(found: RecognizeResult) -> bool:
    """Return whether "the kitchen one" was read as one percent."""
    level = found.entities.get("brightness")
    return level is not None and level.value == 1 and level.text.strip().isalpha()


def targets_of(response: intent.IntentResponse) -> CoreTargets:
    """Return the entities that a response names as done."""
    entity_ids = tuple(
        target.id
        for target in response.success_results
        if target.type is intent.IntentResponseTargetType.ENTITY and target.id
    )
    name = "" if response.intent is None else response.intent.intent_type
    return CoreTargets(entity_ids, _ACTS.get(name, ()))
