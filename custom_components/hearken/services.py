"""Registration of the actions that the folder ``actions`` implements."""

from functools import partial
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    SupportsResponse,
    callback,
)
from homeassistant.helpers.service import async_register_admin_service

from .actions.aliases import (
    ADD_ALIAS_SCHEMA,
    GUESS_SCHEMA,
    async_add_alias,
    async_guess_name,
)
from .actions.hearing import ASK_SCHEMA, LISTEN_SCHEMA, async_ask, async_listen
from .actions.making import (
    IMPROVE_SCHEMA,
    MAKE_SCHEMA,
    RENAME_SCHEMA,
    WORD_SCHEMA,
    async_accept_wake_word,
    async_delete_wake_word,
    async_improve_wake_word,
    async_make_wake_word,
    async_rename_wake_word,
    async_undo_wake_word,
)
from .actions.saying import SAY_SCHEMA, async_say
from .actions.statistics import RESET_SCHEMA, async_reset_statistics
from .actions.transcription import TRANSCRIBE_SCHEMA, async_transcribe
from .actions.wake_words import SET_WAKE_WORD_SCHEMA, async_set_wake_word
from .const import DOMAIN

# The type checker does not know that Home Assistant makes voluptuous an alias of
# probatio, whose schemas it expects: hence Any.
_ACTIONS: Final[dict[str, tuple[Any, Any, SupportsResponse]]] = {
    "accept_wake_word": (
        async_accept_wake_word,
        WORD_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "add_alias": (async_add_alias, ADD_ALIAS_SCHEMA, SupportsResponse.OPTIONAL),
    "ask": (async_ask, ASK_SCHEMA, SupportsResponse.ONLY),
    "delete_wake_word": (
        async_delete_wake_word,
        WORD_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "guess_name": (async_guess_name, GUESS_SCHEMA, SupportsResponse.ONLY),
    "improve_wake_word": (
        async_improve_wake_word,
        IMPROVE_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "listen": (async_listen, LISTEN_SCHEMA, SupportsResponse.OPTIONAL),
    "make_wake_word": (
        async_make_wake_word,
        MAKE_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "rename_wake_word": (
        async_rename_wake_word,
        RENAME_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "reset_statistics": (
        async_reset_statistics,
        RESET_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "say": (async_say, SAY_SCHEMA, SupportsResponse.OPTIONAL),
    "set_wake_word": (
        async_set_wake_word,
        SET_WAKE_WORD_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "transcribe": (async_transcribe, TRANSCRIBE_SCHEMA, SupportsResponse.ONLY),
    "undo_wake_word": (
        async_undo_wake_word,
        WORD_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
}
_FOR_ADMINISTRATORS: Final = frozenset(
    {
        *("add_alias", "reset_statistics"),
        *("accept_wake_word", "delete_wake_word", "improve_wake_word"),
        *("make_wake_word", "rename_wake_word", "undo_wake_word"),
    }
)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions once for all config entries."""
    for name, (action, schema, response) in _ACTIONS.items():
        if name in _FOR_ADMINISTRATORS:
            async_register_admin_service(
                hass,
                DOMAIN,
                name,
                partial(action, hass),
                schema=schema,
                supports_response=response,
            )
        else:
            hass.services.async_register(
                DOMAIN,
                name,
                partial(action, hass),
                schema=schema,
                supports_response=response,
            )
