"""Home Assistant's own agent: what it understands, and what it did."""

from dataclasses import dataclass
from typing import Final

from hassil.recognize import RecognizeResult
from homeassistant.components.conversation import ConversationInput
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.const import METADATA_CUSTOM_SENTENCE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .commands import RISKY_COVERS

_RISKY_DOMAINS: Final = frozenset({"lock", "alarm_control_panel"})
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


class CoreReader:
    """Asks Home Assistant's agent what it would do, without doing it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Ask in this Home Assistant."""
        self._hass = hass

    async def async_is_owners(self, user_input: ConversationInput) -> bool:
        """Return whether the owner wrote this sentence: a trigger or a custom one."""
        agent = get_agent_manager(self._hass).default_agent
        if agent is None:
            return False
        if await agent.async_recognize_sentence_trigger(user_input) is not None:
            return True
        found = await agent.async_recognize_intent(user_input, strict_intents_only=True)
        metadata = None if found is None else found.intent_metadata
        return bool(metadata and metadata.get(METADATA_CUSTOM_SENTENCE))

    async def async_may_act(self, user_input: ConversationInput) -> bool:
        """Return whether the agent understands a sentence that is not risky."""
        agent = get_agent_manager(self._hass).default_agent
        if agent is None:
            return False
        found = await agent.async_recognize_intent(user_input, strict_intents_only=True)
        if found is None or _is_pronoun_misread(found):
            return False
        return not self._is_risky(found)

    def _is_risky(self, found: RecognizeResult) -> bool:
        """Return whether locks, alarms, garages or the like would be commanded."""
        entities = {name: entity.value for name, entity in found.entities.items()}
        domains = entities.get("domain") or ()
        domains = {domains} if isinstance(domains, str) else set(domains)
        classes = entities.get("device_class") or ()
        classes = {classes} if isinstance(classes, str) else set(classes)
        if domains & _RISKY_DOMAINS or classes & RISKY_COVERS:
            return True
        name = entities.get("name")
        if name is None:
            return False
        constraints = intent.MatchTargetsConstraints(
            name=str(name), assistant="conversation"
        )
        matched = intent.async_match_targets(self._hass, constraints).states
        return any(
            state.domain in _RISKY_DOMAINS
            or state.attributes.get("device_class") in RISKY_COVERS
            for state in matched
        )


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
