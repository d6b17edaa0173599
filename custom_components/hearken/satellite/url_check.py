"""Reports that Home Assistant's own URL leads nowhere, or through a proxy."""

import asyncio
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.const import (
    EVENT_CORE_CONFIG_UPDATE,
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..const import CONF_KIND, DOMAIN
from ..protocol import PeerKind
from .prompt import CHIME

OWN_URL: Final = "own_url"
_TIMEOUT_SECONDS: Final = 10
_URLS: Final = frozenset({"internal_url", "external_url"})
_LEARN_MORE: Final = (
    "https://github.com/hearken-voice/hearken/blob/main/docs/troubleshooting.md"
)


@callback
def async_watch_own_url(hass: HomeAssistant) -> None:
    """Check the URL after each start, and when it was changed."""
    checks = set[asyncio.Task[None]]()

    @callback
    def check(_event: Event[Any] | None = None) -> None:
        """Check the URL if there are satellites."""
        entries = hass.config_entries.async_entries(DOMAIN)
        if any(entry.data.get(CONF_KIND) == PeerKind.SATELLITE for entry in entries):
            task = hass.async_create_background_task(_check(hass), f"{DOMAIN} own URL")
            checks.add(task)
            task.add_done_callback(checks.discard)

    @callback
    def changed(event: Event[Any]) -> None:
        """Check a new URL."""
        if not _URLS.isdisjoint(event.data):
            check()

    @callback
    def stop(_event: Event[Any]) -> None:
        """End what is under way."""
        for task in checks:
            task.cancel()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, check)
    hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, changed)
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)


async def _check(hass: HomeAssistant) -> None:
    """Report the URL if Home Assistant does not answer there itself."""
    try:
        url = get_url(hass)
    except NoURLAvailableError:
        url = ""
    if url and await _answers(hass, url):
        ir.async_delete_issue(hass, DOMAIN, OWN_URL)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        OWN_URL,
        is_fixable=False,
        learn_more_url=_LEARN_MORE,
        severity=ir.IssueSeverity.WARNING,
        translation_key=OWN_URL,
        translation_placeholders={"url": url or "-"},
    )


async def _answers(hass: HomeAssistant, url: str) -> bool:
    """Return whether a sound of Home Assistant can be fetched there."""
    path = Path(CHIME.removeprefix("file:"))
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    session = async_get_clientsession(hass)
    try:
        async with (
            asyncio.timeout(_TIMEOUT_SECONDS),
            session.get(f"{url}{PREANNOUNCE_URL}", allow_redirects=False) as response,
        ):
            return response.ok and response.content_length == size_bytes
    except (ClientError, OSError, TimeoutError, ValueError):
        return False
