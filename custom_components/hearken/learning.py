"""Notices names that are misheard again and again, and proposes to learn them."""

import asyncio
from hashlib import sha256
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .aliases import async_guess_meant, can_learn
from .const import DOMAIN
from .filters import plain
from .happenings import Happening, Kind
from .home import async_get_home
from .issues import LEARN_MORE
from .mishearing import Misheard, Mishearings

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
    def on_happening(happening: Happening) -> None:
        text = happening.exchange.text
        if happening.kind is Kind.NOT_UNDERSTOOD and text:
            hass.async_create_background_task(consider(text), f"{DOMAIN} names")

    async_get_home(hass).dispatcher.listen(on_happening)


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
