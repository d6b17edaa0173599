"""Test the media player of a satellite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hearken_speech.audio import wav
from hearken_speech.protocol import Ability, MediaChanged, MediaState
from tests.integration.conftest import state_of
from tests.integration.waiting import until
from tests.simulators.voices import noise

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator

PLAYER = "media_player.kitchen_media_player"


@pytest.fixture
async def player(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> SatelliteSimulator:
    """Set up a satellite that plays media."""
    satellite.learn()
    abilities = satellite.welcome.abilities | {Ability.MEDIA}
    satellite.welcome = replace(satellite.welcome, abilities=abilities)
    assert await hass.config_entries.async_setup(satellite_entry.entry_id)
    await hass.async_block_till_done()
    return satellite


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call an action of the media player."""
    await hass.services.async_call(
        "media_player", action, {"entity_id": PLAYER, **data}, blocking=True
    )


async def play(hass: HomeAssistant, url: str) -> None:
    """Play the audio at a URL."""
    await act(hass, "play_media", media_content_id=url, media_content_type="music")


async def test_media_are_streamed_and_followed(
    hass: HomeAssistant, player: SatelliteSimulator, tmp_path: Path
) -> None:
    """Audio is sent apart from speech; the satellite says what it does with it."""
    path = tmp_path / "music.wav"
    path.write_bytes(wav.encode(noise(0.5)))
    assert state_of(hass, PLAYER) == "idle"
    await play(hass, f"file:{path}")
    start = await player.wait_for("hearken-media-start")
    assert (start.data["rate"], start.data["channels"]) == (16_000, 1)
    chunk = await player.wait_for("hearken-media-chunk")
    assert chunk.payload
    await player.wait_for("hearken-media-stop")
    for state in (MediaState.PLAYING, MediaState.PAUSED, MediaState.IDLE):
        await player.send(MediaChanged(state=state))
        await until(lambda state=state: state_of(hass, PLAYER) == state.value)


async def test_commands_and_volume_reach_the_satellite(
    hass: HomeAssistant, player: SatelliteSimulator
) -> None:
    """Pause, play and stop are sent; the volume is that of the satellite."""
    for action, command in (
        ("media_pause", "pause"),
        ("media_play", "resume"),
        ("media_stop", "stop"),
    ):
        await player.send(MediaChanged(state=MediaState.PLAYING))
        await until(lambda: state_of(hass, PLAYER) == "playing")
        await act(hass, action)
        await player.wait_for(
            "hearken-media",
            lambda event, command=command: event.data["command"] == command,
        )
    await act(hass, "volume_set", volume_level=0.3)
    assert player.settings.volume == 0.3
