"""Sounds of Home Assistant itself, without a detour through its own URL.

The internal URL may be wrong, lead through a proxy, or have a certificate for another
name. Nothing that is on this machine depends on it.
"""

import asyncio
from pathlib import Path
from typing import Final

import yarl
from aiohttp.web_urldispatcher import StaticResource
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import is_hass_url

from .prompt import CHIME

_LOCAL_MEDIA: Final = "/media/"
_ANY_HOSTS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - only compared


async def async_source_of(hass: HomeAssistant, url: str) -> str:
    """Return where to read what a URL leads to: a file, this machine, or the URL."""
    if not is_own(hass, url):
        return url
    parsed = yarl.URL(url)
    if parsed.path == PREANNOUNCE_URL:
        return CHIME
    path = await asyncio.to_thread(_file, _folders(hass), parsed.path)
    if path is not None:
        return f"file:{path}"
    return str(_on_this_machine(hass, parsed))


def is_own(hass: HomeAssistant, url: str) -> bool:
    """Return whether a URL leads to this Home Assistant."""
    return url.startswith(("http:", "https:")) and is_hass_url(hass, url)


def _folders(hass: HomeAssistant) -> list[tuple[str, Path]]:
    """Return the folders that Home Assistant serves, by the start of their paths."""
    folders = [
        (f"{_LOCAL_MEDIA}{name}/", Path(folder))
        for name, folder in hass.config.media_dirs.items()
    ]
    for resource in hass.http.app.router.resources():
        if isinstance(resource, StaticResource):
            info = resource.get_info()
            folders.append((f"{info['prefix']}/", info["directory"]))
    return folders


def _file(folders: list[tuple[str, Path]], path: str) -> Path | None:
    """Return the file that is served at a path, None if there is none."""
    for prefix, folder in folders:
        if not path.startswith(prefix):
            continue
        root = folder.resolve()
        found = (root / path.removeprefix(prefix)).resolve()
        if found.is_relative_to(root) and found.is_file():
            return found
    return None


def _on_this_machine(hass: HomeAssistant, url: yarl.URL) -> yarl.URL:
    """Return a URL of ours with the address that the web server listens on."""
    api = hass.config.api
    if api is None:
        return url
    hosts = [host for host in hass.http.server_host or () if host not in _ANY_HOSTS]
    return (
        url.with_scheme("https" if api.use_ssl else "http")
        .with_host(hosts[0] if hosts else "127.0.0.1")
        .with_port(api.port)
    )
