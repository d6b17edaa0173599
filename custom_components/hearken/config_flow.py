"""Adds speech servers and satellites."""

from collections.abc import Mapping
from typing import Any, override

import probatio
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .const import (
    CONF_KEY,
    CONF_KIND,
    CONF_PIPELINES,
    CONF_TOKEN,
    DEFAULT_SATELLITE_PORT,
    DEFAULT_SERVER_PORT,
    DOMAIN,
)
from .data import is_connected, kind_of
from .making.flow import WakeWordFlow
from .options_flow import HearkenOptionsFlow
from .pipelines.records import records_that_exist
from .protocol import PeerKind, Welcome
from .server.probe import async_meet

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
        probatio.Optional(CONF_TOKEN): _KEY,
    }
)
_SATELLITE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_SATELLITE_PORT): _PORT,
        probatio.Required(CONF_KEY): _KEY,
    }
)
_KEY_SCHEMA = probatio.Schema({probatio.Required(CONF_KEY): _KEY})
_TOKEN_SCHEMA = probatio.Schema({probatio.Required(CONF_TOKEN): _KEY})
_OPTIONAL_TOKEN_SCHEMA = probatio.Schema({probatio.Optional(CONF_TOKEN): _KEY})
_DISCOVERED_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): probatio.All(str, probatio.Length(min=1)),
        probatio.Required(CONF_PORT): probatio.All(int, probatio.Range(1, 65535)),
        probatio.Required(CONF_TOKEN): probatio.All(str, probatio.Length(min=1)),
    },
    extra=probatio.REMOVE_EXTRA,
)


class HearkenConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for an address, and saves it once the right device answers."""

    VERSION = 1
    MINOR_VERSION = 2

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return HearkenOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow that makes wake words, for servers whose token is known."""
        if kind_of(config_entry) is PeerKind.SERVER and CONF_TOKEN in config_entry.data:
            return {"wake_word": WakeWordFlow}
        return {}

    def __init__(self) -> None:
        """Start without a discovered device."""
        self._found: dict[str, Any] = {}
        self._found_name = ""

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to add."""
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
        """Ask for the new key or token of a device that refuses the old one."""
        if kind_of(self._get_reauth_entry()) is PeerKind.SERVER:
            return await self.async_step_reauth_token()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the satellite's new key."""
        return await self._async_ask_again("reauth_confirm", _KEY_SCHEMA, user_input)

    async def async_step_reauth_token(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the speech server's new token."""
        return await self._async_ask_again("reauth_token", _TOKEN_SCHEMA, user_input)

    @override
    async def async_step_hassio(
        self, discovery_info: HassioServiceInfo
    ) -> ConfigFlowResult:
        """Handle the discovery of the app, which includes its address and token."""
        try:
            data: dict[str, Any] = _DISCOVERED_SCHEMA(discovery_info.config)
        except probatio.Invalid:
            return self.async_abort(reason="invalid_discovery")
        welcome, _ = await async_meet(self.hass, PeerKind.SERVER, data)
        if welcome is None:
            return self.async_abort(reason="cannot_connect")
        # The app knows more than an announcement in the network.
        entry = await self.async_set_unique_id(welcome.id, raise_on_progress=False)
        _connect_now(entry)
        self._abort_if_unique_id_configured(updates=data)
        self._async_remember(welcome.name, data)
        return await self.async_step_hassio_confirm()

    async def async_step_hassio_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the app."""
        return await self._async_add_found(
            "hassio_confirm", probatio.Schema({}), PeerKind.SERVER, user_input
        )

    @override
    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Handle the announcement of a speech server or a satellite."""
        told = discovery_info.properties
        peer_id, kind = told.get("id"), told.get("kind")
        if not peer_id or kind not in set(PeerKind) or not discovery_info.port:
            return self.async_abort(reason="invalid_discovery")
        data = {CONF_HOST: discovery_info.host, CONF_PORT: discovery_info.port}
        entry = await self.async_set_unique_id(peer_id)
        _connect_now(entry)
        has_moved = entry is not None and await self._async_has_moved(entry, data)
        self._abort_if_unique_id_configured(updates=data if has_moved else None)
        self._async_remember(str(told.get("name") or peer_id), data)
        if kind == PeerKind.SERVER:
            return await self.async_step_zeroconf_server()
        return await self.async_step_zeroconf_satellite()

    async def async_step_zeroconf_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a discovered speech server."""
        return await self._async_add_found(
            "zeroconf_server", _OPTIONAL_TOKEN_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_zeroconf_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the key of a discovered satellite."""
        return await self._async_add_found(
            "zeroconf_satellite", _KEY_SCHEMA, PeerKind.SATELLITE, user_input
        )

    async def _async_has_moved(self, entry: ConfigEntry, data: dict[str, Any]) -> bool:
        """Return whether a configured peer is to be reached where it was announced.

        Anybody can announce anything: a peer that is connected stays where it is, and
        one that is away has to answer there, a satellite with its key.
        """
        is_known = all(entry.data.get(name) == value for name, value in data.items())
        if is_known or is_connected(entry) or CONF_KIND not in entry.data:
            return False
        if CONF_KEY in entry.data:
            data = {**data, CONF_KEY: entry.data[CONF_KEY]}
        welcome, _ = await async_meet(self.hass, kind_of(entry), data)
        return (
            welcome is not None
            and welcome.id == entry.unique_id
            and not is_connected(entry)
        )

    @callback
    def _async_remember(self, name: str, data: dict[str, Any]) -> None:
        """Store the discovered device, and show its name."""
        self._found, self._found_name = data, name
        self.context["title_placeholders"] = {"name": name, "host": data[CONF_HOST]}

    async def _async_add_found(
        self,
        step_id: str,
        schema: probatio.Schema,
        kind: PeerKind,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Add the discovered device once the owner confirms and it answers."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**self._found, **user_input}
            welcome, errors = await async_meet(self.hass, kind, data)
            if welcome is not None and welcome.id != self.unique_id:
                return self.async_abort(reason="wrong_device")
            if welcome is not None:
                return await self._async_save(welcome, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders={"name": self._found_name},
        )

    async def _async_ask_again(
        self,
        step_id: str,
        schema: probatio.Schema,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Ask for a new secret and save it once it is accepted."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**entry.data, **user_input}
            welcome, errors = await async_meet(self.hass, kind_of(entry), data)
            if welcome is not None:
                return await self._async_keep(entry, welcome, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
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
        """Ask for an address, and save it once the right device answers."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**user_input, CONF_HOST: _host(user_input[CONF_HOST])}
            welcome, errors = await async_meet(self.hass, kind, data)
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
        """Save the device that answers at the address."""
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_keep(self._get_reconfigure_entry(), welcome, data)
        await self.async_set_unique_id(welcome.id, raise_on_progress=False)
        self._abort_if_unique_id_configured(updates=data)
        return self.async_create_entry(
            title=welcome.name,
            data={CONF_KIND: welcome.kind.value, **data},
            description=welcome.kind.value,
        )

    async def _async_keep(
        self, entry: ConfigEntry, welcome: Welcome, data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Save the new address of a configured device."""
        await self.async_set_unique_id(welcome.id)
        self._abort_if_unique_id_mismatch(reason="wrong_device")
        kept = {**entry.data, **data}
        if CONF_PIPELINES in kept:
            # Pipelines that the owner deleted come back: that is how to get them.
            kept[CONF_PIPELINES] = records_that_exist(self.hass, entry)
        return self.async_update_reload_and_abort(entry, data=kept)


@callback
def _connect_now(entry: ConfigEntry | None) -> None:
    """Connect at once to a configured device that was discovered again."""
    if entry is not None and entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.retry_now()


def _host(text: str) -> str:
    """Return the host without spaces and brackets."""
    return text.strip().removeprefix("[").removesuffix("]")
