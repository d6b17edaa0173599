"""Notices names that are misheard repeatedly, and proposes aliases for them."""

import asyncio
from hashlib import sha256
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LEARN_MORE
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Kind, TurnRecord
from ..exchanges.house import async_get_house
from ..languages import bare_words
from .aliases import async_find_meant, async_find_misheard, can_learn
from .mishearings import Misheard, Mishearings

NAME_MISHEARD: Final = "name_misheard"


@callback
def async_watch_names(hass: HomeAssistant) -> None:
    """Watch for sentences that no agent understands, and for orders taken back."""
    mishearings, queue = Mishearings(), asyncio.Lock()

    async def consider(text: str, turn: TurnRecord | None) -> None:
        async with queue:
            found = await (
                async_find_meant(hass, text)
                if turn is None
                else async_find_misheard(hass, text, turn.meant)
            )
        if found is None or bare_words(found.heard) == bare_words(found.name.text):
            # The name was heard correctly; the rest of the sentence was not.
            return
        if can_learn(hass, found.name.entity_id) and (
            misheard := mishearings.note(found)
        ):
            _async_propose(hass, misheard)

    @callback
    def on_event(event: HearkenEvent) -> None:
        text, turn = event.exchange.text, None
        if event.kind is Kind.COMMAND_DONE:
            turn = event.exchange.turn
            text = turn.heard if turn and turn.is_mistake and turn.meant else None
        elif event.kind is not Kind.NOT_UNDERSTOOD:
            return
        if text:
            hass.async_create_background_task(consider(text, turn), f"{DOMAIN} names")

    async_get_house(hass).dispatcher.listen(on_event)


@callback
def _async_propose(hass: HomeAssistant, misheard: Misheard) -> None:
    """Create a repair issue that proposes an alias.

    Home Assistant stores the ids of issues, but not their contents: ids must not
    reveal what was heard.
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
    """Return a stable id for a text that does not reveal it."""
    return sha256(bare_words(text).encode()).hexdigest()[:16]
