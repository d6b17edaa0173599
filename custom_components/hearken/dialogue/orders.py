"""What the conversation agent offers to the rest of the integration.

A delayed order is planned when it is spoken, because its pronouns mean something
then, and carried out when its time has come.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Who speaks, and from where."""

    device_id: str | None = None
    satellite_id: str | None = None
    conversation_id: str | None = None
    context: Context | None = None

    @property
    def key(self) -> str:
        """Return what the conversations of different satellites differ in."""
        return self.satellite_id or self.device_id or self.conversation_id or ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """An order whose targets are known, to be carried out later."""

    text: str
    """The order in the words of the speaker."""
    commands: list[dict[str, Any]] = field(default_factory=list)
    """Service calls that can be stored as JSON; empty if core has to carry it out."""
    question: str | None = None
    """What to ask before anything is planned: the order is ambiguous or risky."""


class OrderReader(Protocol):
    """Reads orders and carries them out."""

    async def async_plan(
        self, text: str, language: str, speaker: Speaker
    ) -> Plan | None:
        """Return what a text orders, None if it is no order; do nothing."""

    async def async_execute(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        commands: list[dict[str, Any]] | None = None,
    ) -> str:
        """Carry out an order; return what to say about it."""

    async def async_understands(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text is a complete command in the current conversation."""


type IsComplete = Callable[[str, str, Speaker], Awaitable[bool]]

DATA_IS_COMPLETE: Final[HassKey[IsComplete]] = HassKey(f"{DOMAIN}_is_complete")
"""Tells whether a text is complete for anything that the agent asks."""
DATA_READER: Final[HassKey[OrderReader]] = HassKey(f"{DOMAIN}_order_reader")


type DropQuestion = Callable[[str, Speaker], str | None]

DATA_DROP_QUESTION: Final[HassKey[list[DropQuestion]]] = HassKey(
    f"{DOMAIN}_drop_question"
)
"""Take back what each agent has asked a speaker."""


async def async_plan(
    hass: HomeAssistant, text: str, language: str, speaker: Speaker
) -> Plan | None:
    """Return what a text orders, None if it is no order or there is no agent."""
    reader = hass.data.get(DATA_READER)
    return None if reader is None else await reader.async_plan(text, language, speaker)


async def async_execute(
    hass: HomeAssistant,
    text: str,
    language: str,
    speaker: Speaker,
    commands: list[dict[str, Any]] | None = None,
) -> str:
    """Carry out a planned order, or else one in words; return what to say."""
    reader = hass.data.get(DATA_READER)
    if reader is None:
        return ""
    return await reader.async_execute(text, language, speaker, commands)


async def async_understands(
    hass: HomeAssistant, text: str, language: str, speaker: Speaker
) -> bool:
    """Return whether a text is a complete command in the current conversation."""
    reader = hass.data.get(DATA_READER)
    return reader is not None and await reader.async_understands(
        text, language, speaker
    )


async def async_is_complete(
    hass: HomeAssistant, text: str, language: str, speaker: Speaker
) -> bool:
    """Return whether the agent could carry out a text as it is now."""
    is_complete = hass.data.get(DATA_IS_COMPLETE)
    return is_complete is not None and await is_complete(text, language, speaker)


@callback
def async_drop_question(
    hass: HomeAssistant, speaker: Speaker, language: str
) -> str | None:
    """Take back what a speaker was asked; return what to say, None if nothing was."""
    drops = hass.data.get(DATA_DROP_QUESTION, ())
    texts = [drop(language, speaker) for drop in drops]
    return next((text for text in texts if text), None)
