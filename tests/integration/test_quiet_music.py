"""Test the blueprint that lowers the music while a satellite listens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from homeassistant.exceptions import HomeAssistantError

from tests.integration.test_blueprints import use
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall


def _is_idle(hass: HomeAssistant) -> bool:
    """Return whether the automation has ended."""
    state = hass.states.get("automation.test")
    return state is not None and state.attributes["current"] == 0


def _play(hass: HomeAssistant, volumes: dict[str, float]) -> None:
    """Play on players with volumes that can be set; one of them is broken."""

    async def set_volume(call: ServiceCall) -> None:
        """Set the volume of one player."""
        (player,) = call.data["entity_id"]
        if player == "media_player.broken":
            msg = "the amplifier does not answer"
            raise HomeAssistantError(msg)
        level = call.data["volume_level"]
        hass.states.async_set(player, "playing", {"volume_level": level})

    hass.services.async_register("media_player", "volume_set", set_volume)
    for player, level in volumes.items():
        hass.states.async_set(player, "playing", {"volume_level": level})


async def test_quiet_music_during_a_whole_conversation(hass: HomeAssistant) -> None:
    """It stays quiet for follow-ups; what someone set meanwhile stays as it is."""
    levels = {f"media_player.{name}": 0.6 for name in ("broken", "radio", "tv")}
    _play(hass, levels)
    satellite = "assist_satellite.fake"
    hass.states.async_set(satellite, "idle")
    await use(hass, "quiet_music", satellite=satellite, players=list(levels))

    def volume(player: str) -> float:
        """Return the volume of a player."""
        state = hass.states.get(f"media_player.{player}")
        assert state is not None
        return float(state.attributes["volume_level"])

    # Nobody said a wake word: a question opened the microphone.
    hass.states.async_set(satellite, "listening")
    await until(lambda: volume("radio") == volume("tv") == 0.1)
    for state in ("processing", "responding", "idle", "listening"):
        hass.states.async_set(satellite, state)
        for _ in range(20):
            await asyncio.sleep(0)
        assert volume("radio") == 0.1
    hass.states.async_set("media_player.tv", "playing", {"volume_level": 0.3})
    hass.states.async_set(satellite, "unavailable")
    await until(lambda: volume("radio") == 0.6)
    assert volume("tv") == 0.3
    await until(lambda: _is_idle(hass))


async def test_quiet_music_has_a_limit(hass: HomeAssistant) -> None:
    """The volume comes back even if the satellite never stops listening."""
    _play(hass, {"media_player.radio": 0.6})
    satellite = "assist_satellite.fake"
    hass.states.async_set(satellite, "idle")
    await use(
        hass,
        "quiet_music",
        satellite=satellite,
        players=["media_player.radio"],
        limit={"seconds": 1},
    )
    hass.states.async_set(satellite, "listening")
    for level in (0.1, 0.6):
        await until(
            lambda level=level: (
                hass.states.get("media_player.radio").attributes  # type: ignore[misc,union-attr] # fails where it is gone
                == {"volume_level": level}
            )
        )
    await until(lambda: _is_idle(hass))
