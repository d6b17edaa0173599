"""Check of an address for config flows."""

import logging
from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..client.connection import Address, probe
from ..client.control import ControlClient
from ..client.pairing import fetch_key
from ..const import CONF_KEY, CONF_TOKEN
from ..errors import (
    ControlUnreachableError,
    HearkenError,
    InvalidCodeError,
    InvalidKeyError,
    InvalidTokenError,
    SatelliteTakenError,
    WrongDeviceError,
)
from ..protocol import Hello, PeerKind, Welcome
from ..protocol.code import read_code
from ..protocol.pairing import parse_key

_LOGGER = logging.getLogger(__name__)

_FIELDS: Mapping[type[HearkenError], str] = {
    InvalidCodeError: CONF_KEY,
    InvalidKeyError: CONF_KEY,
    InvalidTokenError: CONF_TOKEN,
    ControlUnreachableError: CONF_TOKEN,
}


async def async_meet(
    hass: HomeAssistant, kind: PeerKind, data: dict[str, Any], hello: Hello
) -> tuple[Welcome | None, dict[str, str]]:
    """Return the welcome of the peer at the address, or the errors for the form.

    ``hello`` says who is asking, and whether a satellite is to be moved here. Raise
    SatelliteTakenError if it belongs to another Home Assistant. A pairing code in the
    data is replaced by the key of the satellite that shows it.
    """
    if (errors := await _async_redeem_code(data)) is not None:
        return None, errors
    key = data.get(CONF_KEY)
    if key is not None:
        try:
            parse_key(key)
        except ValueError:
            return None, {CONF_KEY: "invalid_key"}
    address = Address(host=data[CONF_HOST], port=data[CONF_PORT], key=key)
    try:
        peer = await probe(address, kind, hello)
        if token := data.get(CONF_TOKEN):
            await _async_check_token(hass, address.host, peer.welcome, token)
    except SatelliteTakenError:
        raise
    except HearkenError as err:
        _LOGGER.debug("Cannot add %s: %s", address, err)
        return None, {_FIELDS.get(type(err), "base"): err.translation_key}
    return peer.welcome, {}


async def _async_redeem_code(data: dict[str, Any]) -> dict[str, str] | None:
    """Replace a pairing code by the key; return the errors if there are any."""
    if (code := read_code(data.get(CONF_KEY) or "")) is None:
        return None
    try:
        data[CONF_KEY] = await fetch_key(data[CONF_HOST], data[CONF_PORT], code)
    except HearkenError as err:
        _LOGGER.debug("Cannot pair with %s: %s", data[CONF_HOST], err)
        return {_FIELDS.get(type(err), "base"): err.translation_key}
    return None


async def _async_check_token(
    hass: HomeAssistant, host: str, welcome: Welcome, token: str
) -> None:
    """Check that the control API of this server accepts the token; raise if not."""
    if welcome.http_port is None:
        msg = "the server has no control API"
        raise ControlUnreachableError(msg)
    session = async_get_clientsession(hass)
    client = ControlClient(session, host, welcome.http_port, token)
    status = await client.status()
    if status.id != welcome.id:
        msg = "the control API belongs to another server"
        raise WrongDeviceError(msg)
