"""Notices names that are misheard again and again, and proposes to learn them."""

import asyncio
from hashlib import sha256
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LEARN_MORE
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Kind
from ..exchanges.filters import plain
from ..exchanges.house import async_get_house
from .aliases import async_guess_meant, can_learn
from .mishearings import Misheard, Mishearings

NAME_MISHEARD: Final = "name_misheard"


@callback
def async_watch_names(hass: HomeAssistant) -> None:
    """Watch what satellites hear and nobody understands."""
    mishearings, turn = Mishearings(), asyncio.Lock()

    async def consider(text: str) -> None:
        async with turn:
            found = await async_guess_meant(hass, text)
        if found is None or plain(found.heard) == plain(found.name.text):
            # The name was heard well; something else was not.
            return
        if can_learn(hass, found.name.entity_id) and (
            misheard := mishearings.note(found)
        ):
            _async_propose(hass, misheard)

    @callback
    def on_event(event: HearkenEvent) -> None:
        text = event.exchange.text
        if event.kind is Kind.NOT_UNDERSTOOD and text:
            hass.async_create_background_task(consider(text), f"{DOMAIN} names")

    async_get_house(hass).dispatcher.listen(on_event)


@callback
def _async_propose(hass: HomeAssistant, misheard: Misheard) -> None:
    """Propose another name.

    Home Assistant writes the ids of issues to the disk, but not what they say: what
    was heard is in none of them.
    """
    details = {
        "entity_id": misheard.entity_id,
        "name": misheard.name,
        "alias": misheard.heard,
    }
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{NAME_MISHEARD}_{misheard.entity_id}_{_digest(misheard.heard)}",
        data={"trouble": NAME_MISHEARD, **details},
        is_fixable=True,
        learn_more_url=LEARN_MORE,
        severity=ir.IssueSeverity.WARNING,
        translation_key=NAME_MISHEARD,
        translation_placeholders=details,
    )


def _digest(text: str) -> str:
    """Return what stands for a text, always the same."""
    return sha256(plain(text).encode()).hexdigest()[:16]
