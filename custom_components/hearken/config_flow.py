"""Adds speech servers and satellites."""

import logging
from collections.abc import Mapping
from typing import Any, override

import probatio
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .client.connection import Address, probe
from .const import (
    CONF_END_OF_SPEECH,
    CONF_KEY,
    CONF_KIND,
    CONF_PIPELINE,
    DEFAULT_SATELLITE_PORT,
    DEFAULT_SERVER_PORT,
    DOMAIN,
    END_BY_HEARKEN,
    END_BY_HOME_ASSISTANT,
)
from .data import kind_of
from .errors import HearkenError, InvalidKeyError
from .pairing import parse_key
from .pipeline import is_pipeline_deleted
from .protocol import PeerKind, Welcome

_LOGGER = logging.getLogger(__name__)

_PORT = probatio.All(
    NumberSelector(
        NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
    ),
    probatio.Coerce(int),
)
_KEY = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_SERVER_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_SERVER_PORT): _PORT,
    }
)
_SATELLITE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_SATELLITE_PORT): _PORT,
        probatio.Required(CONF_KEY): _KEY,
    }
)
_OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_END_OF_SPEECH, default=END_BY_HEARKEN): SelectSelector(
            SelectSelectorConfig(
                options=[END_BY_HEARKEN, END_BY_HOME_ASSISTANT],
                translation_key=CONF_END_OF_SPEECH,
            )
        )
    }
)
_REAUTH_SCHEMA = probatio.Schema({probatio.Required(CONF_KEY): _KEY})


class HearkenConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for an address, and saves it once the right one answers there."""

    VERSION = 1

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Return whether there is anything to choose."""
        return kind_of(config_entry) is PeerKind.SERVER

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return what asks the owner of a speech server."""
        return HearkenOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be added."""
        return self.async_show_menu(
            step_id="user", menu_options=["server", "satellite"]
        )

    async def async_step_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a speech server."""
        return await self._async_ask(
            "server", _SERVER_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a satellite."""
        return await self._async_ask(
            "satellite", _SATELLITE_SCHEMA, PeerKind.SATELLITE, user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Move a speech server or a satellite to another address."""
        if kind_of(self._get_reconfigure_entry()) is PeerKind.SERVER:
            return await self.async_step_reconfigure_server()
        return await self.async_step_reconfigure_satellite()

    async def async_step_reconfigure_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the speech server's new address."""
        return await self._async_ask(
            "reconfigure_server", _SERVER_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_reconfigure_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the satellite's new address."""
        return await self._async_ask(
            "reconfigure_satellite", _SATELLITE_SCHEMA, PeerKind.SATELLITE, user_input
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin again with a satellite whose key has changed."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the satellite's new key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**entry.data, **user_input}
            welcome, errors = await _async_meet(PeerKind.SATELLITE, data)
            if welcome is not None:
                return await self._async_keep(entry, welcome, data)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_REAUTH_SCHEMA,
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def _async_ask(
        self,
        step_id: str,
        schema: probatio.Schema,
        kind: PeerKind,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Ask for an address and save it once the right one answers there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**user_input, CONF_HOST: _host(user_input[CONF_HOST])}
            welcome, errors = await _async_meet(kind, data)
            if welcome is not None:
                return await self._async_save(welcome, data)
        suggested = user_input
        placeholders: dict[str, str] = {}
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            placeholders["name"] = entry.title
            suggested = user_input or {
                key: entry.data[key] for key in (CONF_HOST, CONF_PORT)
            }
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _async_save(
        self, welcome: Welcome, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Save what was found at the address."""
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_keep(self._get_reconfigure_entry(), welcome, data)
        await self.async_set_unique_id(
            welcome.id, raise_on_progress=self.source != SOURCE_USER
        )
        self._abort_if_unique_id_configured(updates=data)
        return self.async_create_entry(
            title=welcome.name, data={CONF_KIND: welcome.kind.value, **data}
        )

    async def _async_keep(
        self, entry: ConfigEntry, welcome: Welcome, data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Save the new address of one that is known already."""
        await self.async_set_unique_id(welcome.id)
        self._abort_if_unique_id_mismatch(reason="wrong_device")
        kept = dict(entry.data)
        if is_pipeline_deleted(self.hass, entry):
            # The owner deleted it; to reconfigure is the way to get it back.
            kept.pop(CONF_PIPELINE)
        return self.async_update_reload_and_abort(entry, data={**kept, **data})


class HearkenOptionsFlow(OptionsFlowWithReload):
    """Asks how the speech server is to be used."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who finds the end of speech."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _OPTIONS_SCHEMA, self.config_entry.options
            ),
        )


async def _async_meet(
    kind: PeerKind, data: Mapping[str, Any]
) -> tuple[Welcome | None, dict[str, str]]:
    """Return who is at the address, or the form's errors."""
    key = data.get(CONF_KEY)
    if key is not None:
        try:
            parse_key(key)
        except ValueError:
            return None, {CONF_KEY: "invalid_key"}
    address = Address(host=data[CONF_HOST], port=data[CONF_PORT], key=key)
    try:
        peer = await probe(address, kind)
    except HearkenError as err:
        _LOGGER.debug("Cannot add %s: %s", address, err)
        field = CONF_KEY if isinstance(err, InvalidKeyError) else "base"
        return None, {field: err.translation_key}
    return peer.welcome, {}


def _host(text: str) -> str:
    """Return the host that was meant."""
    return text.strip().removeprefix("[").removesuffix("]")
