"""Test sounds of Home Assistant itself when its own URL is wrong."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from homeassistant.components.assist_satellite.const import PREANNOUNCE_URL
from homeassistant.setup import async_setup_component

from custom_components.hearken.satellite.own_url import async_source_of
from custom_components.hearken.satellite.prompt import CHIME
from tests.integration.conftest import troubles
from tests.integration.talking import SATELLITE
from tests.integration.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

NOWHERE = "http://192.0.2.1:8123"


@pytest.fixture(autouse=True)
async def _wrong_url(hass: HomeAssistant) -> None:
    """Give Home Assistant a URL at which nobody answers."""
    assert await async_setup_component(hass, "http", {})
    await hass.config.async_update(internal_url=NOWHERE, external_url=NOWHERE)


def make_sound(path: Path) -> None:
    """Write a second of silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as writer:
        writer.setframerate(16000)
        writer.setsampwidth(2)
        writer.setnchannels(1)
        writer.writeframes(bytes(32000))


async def test_announcement_with_chime(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Chime and speech are played without the URL."""
    await hass.services.async_call(
        "assist_satellite",
        "announce",
        {"entity_id": SATELLITE, "message": "hello"},
        blocking=True,
    )
    assert len(running_satellite.heard) > 32_000


async def test_media_of_the_house(
    hass: HomeAssistant,
    tmp_path: Path,
    running_satellite: SatelliteSimulator,
) -> None:
    """Media on this machine are read from the disk."""
    sound = tmp_path / "media" / "ding dong.wav"
    await hass.async_add_executor_job(make_sound, sound)
    hass.config.media_dirs = {"local": str(sound.parent)}
    assert await async_setup_component(hass, "media_source", {})
    media = f"media-source://media_source/local/{sound.name}"
    await hass.services.async_call(
        "assist_satellite",
        "announce",
        {"entity_id": SATELLITE, "media_id": media, "preannounce": False},
        blocking=True,
    )
    assert len(running_satellite.heard) == 32_000


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (f"{NOWHERE}{PREANNOUNCE_URL}", CHIME),
        ("https://example.com/ding.mp3", "https://example.com/ding.mp3"),
        ("file:/tmp/ding.wav", "file:/tmp/ding.wav"),
        ("rtsp://192.0.2.1/x", "rtsp://192.0.2.1/x"),
        (
            f"{NOWHERE}/media/local/..%2f..%2fsecret.wav?a=b",
            "http://127.0.0.1:8123/media/local/..%2f..%2fsecret.wav?a=b",
        ),
        (f"{NOWHERE}/api/x?token=1", "http://127.0.0.1:8123/api/x?token=1"),
    ],
)
async def test_source_of_a_url(hass: HomeAssistant, url: str, source: str) -> None:
    """Only URLs of this Home Assistant are replaced, and nothing leaves its folders."""
    found = await async_source_of(hass, url)
    assert found.casefold() == source.casefold()


async def test_wrong_url_is_reported(
    hass: HomeAssistant,
    running_satellite: SatelliteSimulator,
    aiohttp_server: Callable[..., Any],
) -> None:
    """A URL that leads to a login is reported until it is corrected."""
    is_proxied = True

    async def serve(request: web.Request) -> web.StreamResponse:
        """Ask for a login, or send the sound."""
        if is_proxied:
            return web.HTTPFound("/login")
        return web.FileResponse(CHIME.removeprefix("file:"))

    app = web.Application()
    app.router.add_get(PREANNOUNCE_URL, serve)
    server = await aiohttp_server(app)
    url = str(server.make_url("")).rstrip("/")
    await hass.config.async_update(internal_url=url)
    await until(lambda: troubles(hass) == {"own_url"})
    is_proxied = False
    await hass.config.async_update(internal_url=url)
    await until(lambda: troubles(hass) == set())
