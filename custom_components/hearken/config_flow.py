"""Adds speech servers and satellites."""

from collections.abc import Mapping
from typing import Any, override

import probatio
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .const import (
    CONF_KEY,
    CONF_KIND,
    CONF_PIPELINES,
    CONF_TAKE_OVER,
    CONF_TOKEN,
    DOMAIN,
    SATELLITE_TAKEN,
)
from .data import HearkenConfigEntry, is_connected, kind_of
from .errors import SatelliteTakenError
from .flows.first_steps import async_first_steps
from .flows.forms import (
    DISCOVERED_SCHEMA,
    KEY_SCHEMA,
    OPTIONAL_TOKEN_SCHEMA,
    SATELLITE_SCHEMA,
    SERVER_SCHEMA,
    TOKEN_SCHEMA,
    plain_host,
    with_take_over,
)
from .flows.identity import connect_now, is_copied
from .flows.replacement import async_move_registries
from .making.flow import MakesWakeWords
from .options_flow import HearkenOptionsFlow
from .pipelines.names import unique_name
from .pipelines.records import records_that_exist
from .protocol import PeerKind, Welcome
from .satellite.ownership import async_hello
from .server.probe import async_meet


class HearkenConfigFlow(MakesWakeWords, domain=DOMAIN):
    """Asks for an address, and saves it once the right device answers."""

    VERSION = 1
    MINOR_VERSION = 2

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return HearkenOptionsFlow()

    def __init__(self) -> None:
        """Start without a discovered device."""
        self._found: dict[str, Any] = {}
        self._found_name = ""
        self._welcome: Welcome | None = None
        self._owner: dict[str, str] = {}

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
            "server", SERVER_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a satellite."""
        return await self._async_ask(
            "satellite", SATELLITE_SCHEMA, PeerKind.SATELLITE, user_input
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
            "reconfigure_server", SERVER_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_reconfigure_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the satellite's new address."""
        return await self._async_ask(
            "reconfigure_satellite", SATELLITE_SCHEMA, PeerKind.SATELLITE, user_input
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
        return await self._async_ask_again("reauth_confirm", KEY_SCHEMA, user_input)

    async def async_step_reauth_token(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the speech server's new token."""
        return await self._async_ask_again("reauth_token", TOKEN_SCHEMA, user_input)

    @override
    async def async_step_hassio(
        self, discovery_info: HassioServiceInfo
    ) -> ConfigFlowResult:
        """Handle the discovery of the app, which includes its address and token."""
        try:
            data: dict[str, Any] = DISCOVERED_SCHEMA(discovery_info.config)
        except probatio.Invalid:
            return self.async_abort(reason="invalid_discovery")
        welcome, _ = await self._async_meet(PeerKind.SERVER, data)
        if welcome is None:
            return self.async_abort(reason="cannot_connect")
        # The app knows more than an announcement in the network.
        entry = await self.async_set_unique_id(welcome.id, raise_on_progress=False)
        connect_now(entry)
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
        connect_now(entry)
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
            "zeroconf_server", OPTIONAL_TOKEN_SCHEMA, PeerKind.SERVER, user_input
        )

    async def async_step_zeroconf_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the key of a discovered satellite."""
        return await self._async_add_found(
            "zeroconf_satellite", KEY_SCHEMA, PeerKind.SATELLITE, user_input
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
        welcome, _ = await self._async_meet(kind_of(entry), data)
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
            welcome, errors = await self._async_meet(kind, data)
            if welcome is not None and welcome.id != self.unique_id:
                return self.async_abort(reason="wrong_device")
            if welcome is not None:
                return await self._async_save(welcome, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=with_take_over(schema, errors),
            errors=errors,
            description_placeholders={"name": self._found_name, **self._owner},
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
            welcome, errors = await self._async_meet(kind_of(entry), data)
            if welcome is not None:
                return await self._async_keep(entry, welcome, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=with_take_over(schema, errors),
            errors=errors,
            description_placeholders={"name": entry.title, **self._owner},
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
            data = {**user_input, CONF_HOST: plain_host(user_input[CONF_HOST])}
            welcome, errors = await self._async_meet(kind, data)
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
            data_schema=self.add_suggested_values_to_schema(
                with_take_over(schema, errors), suggested
            ),
            errors=errors,
            description_placeholders={**placeholders, **self._owner},
        )

    async def _async_save(
        self, welcome: Welcome, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Save the device that answers at the address."""
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_keep(self._get_reconfigure_entry(), welcome, data)
        entry = await self.async_set_unique_id(welcome.id, raise_on_progress=False)
        if entry is not None and is_copied(entry, welcome, data):
            return self._async_refuse_copy(entry, data)
        self._abort_if_unique_id_configured(updates=data)
        titles = [other.title for other in self._async_current_entries()]
        return self.async_create_entry(
            title=unique_name(titles, welcome.name),
            data={CONF_KIND: welcome.kind.value, **data},
            description=welcome.kind.value,
        )

    async def _async_keep(
        self, entry: ConfigEntry, welcome: Welcome, data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Save the new address of a configured device."""
        if (
            self.source == SOURCE_RECONFIGURE
            and welcome.kind is PeerKind.SERVER
            and welcome.id != entry.unique_id
        ):
            self._welcome, self._found = welcome, dict(data)
            return await self.async_step_replace_server()
        if is_copied(entry, welcome, data):
            return self._async_refuse_copy(entry, data)
        await self.async_set_unique_id(welcome.id)
        self._abort_if_unique_id_mismatch(reason="wrong_device")
        kept = {**entry.data, **data}
        if CONF_PIPELINES in kept:
            # Pipelines that the owner deleted come back: that is how to get them.
            kept[CONF_PIPELINES] = records_that_exist(self.hass, entry)
        return self.async_update_reload_and_abort(entry, data=kept)

    async def async_step_replace_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether another server takes the place of a configured one."""
        entry, welcome = self._get_reconfigure_entry(), self._welcome
        if welcome is None:
            return self.async_abort(reason="wrong_device")
        if await self.async_set_unique_id(welcome.id, raise_on_progress=False):
            return self.async_abort(reason="replacement_configured")
        if user_input is None:
            return self.async_show_form(
                step_id="replace_server",
                data_schema=probatio.Schema({}),
                description_placeholders={
                    "name": entry.title,
                    "other": welcome.name,
                    "host": self._found[CONF_HOST],
                },
            )
        # The token of the old server opens nothing at the new one.
        kept = {key: value for key, value in entry.data.items() if key != CONF_TOKEN}
        async_move_registries(self.hass, entry, welcome.id)
        return self.async_update_reload_and_abort(
            entry, unique_id=welcome.id, data={**kept, **self._found}
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Say what to say first, now that the device is set up."""
        entry: HearkenConfigEntry = result["result"]
        key, details = await async_first_steps(self.hass, entry)
        result["description"], result["description_placeholders"] = key, details
        return result

    async def _async_meet(
        self, kind: PeerKind, data: dict[str, Any]
    ) -> tuple[Welcome | None, dict[str, str]]:
        """Return the welcome of the peer at the address, or the errors for the form."""
        takes_over = data.pop(CONF_TAKE_OVER, False)
        hello = await async_hello(self.hass, takes_over=takes_over)
        try:
            return await async_meet(self.hass, kind, data, hello)
        except SatelliteTakenError as err:
            self._owner = dict(err.placeholders)
            return None, {"base": SATELLITE_TAKEN}

    @callback
    def _async_refuse_copy(
        self, entry: ConfigEntry, data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Abort because two devices have one identity."""
        return self.async_abort(
            reason="copied_identity",
            description_placeholders={
                "name": entry.title,
                "host": entry.data[CONF_HOST],
                "other": data[CONF_HOST],
            },
        )
