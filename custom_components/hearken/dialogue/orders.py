"""What the conversation agent offers to the rest of the integration.

A delayed order is planned when it is spoken, because its pronouns mean something
then, and carried out when its time has come.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .memory import Order, Pending


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Who speaks, and from where."""

    device_id: str | None = None
    satellite_id: str | None = None
    conversation_id: str | None = None
    context: Context | None = None
    heard: str = ""
    """What the recognizer heard, empty if nothing was spoken."""

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
    ends: list[dict[str, Any]] | None = None
    """Service calls that end it; None if it cannot be done for a while."""
    question: str | None = None
    """What to ask before it is set: it is ambiguous, or there are risky commands."""
    refusal: str | None = None
    """Why it is not carried out later."""
    orders: tuple[Order, ...] = ()
    """What is remembered of it."""
    pending: Pending | None = None
    """What has to be answered before it is set, None if it is no question."""
    is_planned: bool = False
    """Whether it is for when the last order is for: "the lanterns too"."""
    is_instead: bool = False
    """Whether it takes the place of that order: "no, the lanterns"."""


class OrderReader(Protocol):
    """Reads orders and carries them out."""

    def awaits_pin(self, speaker: Speaker) -> bool:
        """Return whether what is said next may be the PIN."""

    async def async_plan(
        self,
        text: str,
        language: str,
        speaker: Speaker,
        pending: Pending | None = None,
    ) -> Plan | None:
        """Return what a text orders, None if it is no order; do nothing."""

    def note_planned(self, speaker: Speaker, plan: Plan) -> None:
        """Remember what is carried out later."""

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

    async def async_asks_which(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text is an order that only leaves open for which device."""


type IsComplete = Callable[[str, str, Speaker], Awaitable[bool]]

DATA_IS_COMPLETE: Final[HassKey[IsComplete]] = HassKey(f"{DOMAIN}_is_complete")
"""Tells whether a text is complete for anything that the agent asks."""
type DropEnds = Callable[[Collection[str]], None]

DATA_DROP_ENDS: Final[HassKey[DropEnds]] = HassKey(f"{DOMAIN}_drop_ends")
"""Forgets the ends of what some devices were ordered to do for a while."""
DATA_READER: Final[HassKey[OrderReader]] = HassKey(f"{DOMAIN}_order_reader")


async def async_plan(
    hass: HomeAssistant,
    text: str,
    language: str,
    speaker: Speaker,
    pending: Pending | None = None,
) -> Plan | None:
    """Return what a text orders, None if it is no order or there is no agent.

    It may be the answer to what is pending.
    """
    reader = hass.data.get(DATA_READER)
    if reader is None:
        return None
    return await reader.async_plan(text, language, speaker, pending)


@callback
def note_planned(hass: HomeAssistant, speaker: Speaker, plan: Plan) -> None:
    """Remember what is carried out later, for what is said of it next."""
    if (reader := hass.data.get(DATA_READER)) is not None:
        reader.note_planned(speaker, plan)


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


async def async_asks_which(
    hass: HomeAssistant, text: str, language: str, speaker: Speaker
) -> bool:
    """Return whether a text is an order that only leaves open for which device."""
    reader = hass.data.get(DATA_READER)
    return reader is not None and await reader.async_asks_which(text, language, speaker)


@callback
def async_awaits_pin(hass: HomeAssistant, satellite_id: str) -> bool:
    """Return whether what a satellite hears next may be the PIN."""
    reader = hass.data.get(DATA_READER)
    speaker = Speaker(satellite_id=satellite_id)
    return reader is not None and reader.awaits_pin(speaker)


async def async_is_complete(
    hass: HomeAssistant, text: str, language: str, speaker: Speaker
) -> bool:
    """Return whether the agent could carry out a text as it is now."""
    is_complete = hass.data.get(DATA_IS_COMPLETE)
    return is_complete is not None and await is_complete(text, language, speaker)


@callback
def drop_ends(hass: HomeAssistant, entity_ids: Collection[str]) -> None:
    """Forget the ends of what devices do for a while: they got another order."""
    drop = hass.data.get(DATA_DROP_ENDS)
    if drop is not None and entity_ids:
        drop(entity_ids)
