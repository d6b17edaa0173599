"""Test streaming audio to a satellite at the speed of playback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from homeassistant.exceptions import HomeAssistantError
from wyoming.ping import Ping
from wyoming.snd import Played

from custom_components.hearken.const import PLAYBACK_LEAD_SECONDS
from custom_components.hearken.satellite.transmission import Pace
from tests.integration.conftest import state_of
from tests.integration.waiting import until
from tests.simulators.speech_server import SPEECH_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

ENTITY = "assist_satellite.kitchen"
BYTES_PER_SECOND = 32_000
# ffmpeg, which Home Assistant uses for conversion, buffers 64 KiB first.
HALF_OF_THE_SPEECH = bytes(3 * SPEECH_RATE_HZ * 2)


@pytest.fixture
async def radio(aiohttp_server: Callable[..., Any]) -> str:
    """Serve endless audio as fast as possible; return its URL."""
    header = (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0"
        b"\x80>\0\0\0}\0\0\x02\0\x10\0data\xff\xff\xff\xff"
    )

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(header)
        while True:
            await response.write(bytes(BYTES_PER_SECOND))
            await asyncio.sleep(0)

    app = web.Application()
    app.router.add_get("/radio", serve)
    server = await aiohttp_server(app)
    return str(server.make_url("/radio"))


def _announce(hass: HomeAssistant, **data: object) -> asyncio.Task[Any]:
    """Start an announcement."""
    return hass.async_create_task(
        hass.services.async_call(
            "assist_satellite",
            "announce",
            {"entity_id": ENTITY, "preannounce": False, **data},
            blocking=True,
        )
    )


async def test_speech_is_sent_before_it_is_complete(
    hass: HomeAssistant, running_server: SpeechServer, kitchen: SatelliteSimulator
) -> None:
    """The satellite receives the beginning before the server has sent the end."""
    running_server.speech = 2 * HALF_OF_THE_SPEECH
    running_server.finishes_speech.clear()
    announcement = _announce(hass, message="A long story")
    await kitchen.wait_for("audio-start")
    await until(lambda: len(kitchen.heard) > BYTES_PER_SECOND)
    running_server.finishes_speech.set()
    await announcement
    assert len(kitchen.heard) == pytest.approx(6 * BYTES_PER_SECOND, abs=400)


async def test_endless_media_plays_until_it_is_stopped(
    hass: HomeAssistant, kitchen: SatelliteSimulator, radio: str
) -> None:
    """Endless media are sent at the speed of playback; a stop ends them at once."""
    start = hass.loop.time()
    announcement = _announce(hass, media_id=radio)
    await until(
        lambda: len(kitchen.heard) >= (PLAYBACK_LEAD_SECONDS + 3) * BYTES_PER_SECOND
    )
    ahead = len(kitchen.heard) / BYTES_PER_SECOND - (hass.loop.time() - start)
    # One chunk of 64 ms may still be in transit.
    assert ahead <= PLAYBACK_LEAD_SECONDS + 0.07
    assert not announcement.done()
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.kitchen_stop"}, blocking=True
    )
    await kitchen.wait_for("hearken-stop")
    await announcement
    assert state_of(hass, ENTITY) == "idle"


async def test_satellite_that_comes_back_does_not_hear_the_rest(
    hass: HomeAssistant, kitchen: SatelliteSimulator, radio: str
) -> None:
    """After a reconnect, the rest of a sound is an error."""
    announcement = _announce(hass, media_id=radio)
    await until(lambda: len(kitchen.heard) > BYTES_PER_SECOND)
    kitchen.hang_up()
    with pytest.raises(HomeAssistantError, match="connection was lost"):
        await announcement
    await until(lambda: state_of(hass, ENTITY) == "idle")


async def test_end_of_a_cancelled_sound_is_not_taken_for_that_of_the_next(
    hass: HomeAssistant,
    running_server: SpeechServer,
    kitchen: SatelliteSimulator,
    radio: str,
) -> None:
    """The satellite still plays what it was sent; only then does the next one sound."""
    kitchen.says_played = False
    cancelled = _announce(hass, media_id=radio)
    await until(lambda: len(kitchen.heard) > BYTES_PER_SECOND)
    cancelled.cancel()
    await kitchen.wait_for("audio-stop")
    announcement = _announce(hass, message="Dinner is ready")
    await kitchen.wait_for("audio-start")
    await kitchen.wait_for("audio-stop")
    await kitchen.send(Played())
    await kitchen.send(Ping(text="heard"))
    await kitchen.wait_for("pong", lambda event: event.data["text"] == "heard")
    assert state_of(hass, ENTITY) == "responding"
    await asyncio.sleep(0)
    assert not announcement.done()
    await kitchen.send(Played())
    await announcement


def test_pace_follows_the_playback() -> None:
    """Sent audio is played in order; late audio is played on arrival."""
    now = 100.0
    pace = Pace(lambda: now)
    assert pace.ahead_seconds == 0
    pace.add(2)
    pace.add(3)
    assert pace.ahead_seconds == 5
    now += 4
    assert pace.ahead_seconds == 1
    now += 4
    assert pace.ahead_seconds == 0
    pace.add(2)
    assert pace.ahead_seconds == 2
