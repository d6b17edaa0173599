"""Typed conversations with Hearken's agent in a real Home Assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.conversation import async_converse
from homeassistant.components.conversation.const import DATA_COMPONENT
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.hearken.conversation import HearkenAgent
from custom_components.hearken.schedule.languages import async_load_languages

if TYPE_CHECKING:
    from homeassistant.components.conversation import ConversationResult
    from homeassistant.core import HomeAssistant

HERE, THERE = "Kitchen", "Bedroom"
SATELLITE = "assist_satellite.counter"


class Talk:
    """A conversation at a satellite in the kitchen."""

    def __init__(self, hass: HomeAssistant, language: str, agent_id: str) -> None:
        """Begin a conversation."""
        self._hass = hass
        self._language = language
        self._agent_id = agent_id
        self._conversation_id: str | None = None
        self.calls = [
            async_mock_service(hass, domain, service)
            for domain, service in (
                ("light", "turn_on"),
                ("cover", "open_cover"),
                ("media_player", "turn_on"),
            )
        ]

    async def say(self, text: str) -> ConversationResult:
        """Say something."""
        result = await async_converse(
            self._hass,
            text,
            self._conversation_id,
            Context(),
            language=self._language,
            agent_id=self._agent_id,
            satellite_id=SATELLITE,
        )
        await self._hass.async_block_till_done()
        self._conversation_id = result.conversation_id
        return result

    async def ask(self, text: str) -> str:
        """Say something and return what is answered."""
        return spoken(await self.say(text))

    @property
    def done(self) -> list[str]:
        """Return the entities that were commanded."""
        calls = [call for calls in self.calls for call in calls]
        return [one for call in calls for one in call.data["entity_id"]]


def spoken(result: ConversationResult) -> str:
    """Return what was answered."""
    return str(result.response.speech["plain"]["speech"])


async def begin(
    hass: HomeAssistant, language: str, entities: dict[str, str], **options: Any
) -> Talk:
    """Begin a conversation in a kitchen that has these entities, with their names."""
    for component in ("conversation", "light", "cover"):
        assert await async_setup_component(hass, component, {})
    await async_load_languages(hass)
    registry, areas = er.async_get(hass), ar.async_get(hass)
    for entity_id, name in {SATELLITE: "Counter", **entities}.items():
        domain, object_id = entity_id.split(".")
        room = THERE if object_id.startswith("bed") else HERE
        area = areas.async_get_or_create(room)
        entry = registry.async_get_or_create(
            domain, "test", object_id, object_id_base=object_id, original_name=name
        )
        registry.async_update_entity(entry.entity_id, area_id=area.id)
        kind = {"device_class": "garage"} if domain == "cover" else {}
        state = "closed" if domain == "cover" else "off"
        hass.states.async_set(entity_id, state, {"friendly_name": name, **kind})
    agent = HearkenAgent("test", options=options)
    agent.entity_id = "conversation.hearken"
    await hass.data[DATA_COMPONENT].async_add_entities([agent])
    return Talk(hass, language, agent.entity_id)
