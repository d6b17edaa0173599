"""More simulated devices: media players, vacuum cleaners and alarms."""

# The signatures and class attributes are Home Assistant's.
# ruff: noqa: ARG002
# mypy: disable-error-code="explicit-override, misc, attr-defined"

from __future__ import annotations

from typing import Any

from homeassistant.components.alarm_control_panel import (
    AlarmControlPanelEntity,
    AlarmControlPanelEntityFeature,
    AlarmControlPanelState,
)
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.components.vacuum import (
    StateVacuumEntity,
    VacuumActivity,
    VacuumEntityFeature,
)


class Player(MediaPlayerEntity):
    """A radio or television."""

    _attr_supported_features = (
        MediaPlayerEntityFeature.TURN_ON
        | MediaPlayerEntityFeature.TURN_OFF
        | MediaPlayerEntityFeature.PLAY
        | MediaPlayerEntityFeature.PAUSE
        | MediaPlayerEntityFeature.STOP
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.VOLUME_MUTE
        | MediaPlayerEntityFeature.NEXT_TRACK
        | MediaPlayerEntityFeature.PREVIOUS_TRACK
    )

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_state = MediaPlayerState(state)
        self._attr_volume_level = 0.4
        self._attr_is_volume_muted = False

    @property
    def state_attributes(self) -> dict[str, Any]:
        """Return the volume even when off, so that steps can be compared."""
        return {
            "volume_level": self._attr_volume_level,
            "is_volume_muted": self._attr_is_volume_muted,
        }

    async def async_turn_on(self) -> None:
        """Turn on."""
        self._attr_state = MediaPlayerState.ON
        self.async_write_ha_state()

    async def async_turn_off(self) -> None:
        """Turn off."""
        self._attr_state = MediaPlayerState.OFF
        self.async_write_ha_state()

    async def async_media_play(self) -> None:
        """Play."""
        self._attr_state = MediaPlayerState.PLAYING
        self.async_write_ha_state()

    async def async_media_pause(self) -> None:
        """Pause."""
        self._attr_state = MediaPlayerState.PAUSED
        self.async_write_ha_state()

    async def async_media_stop(self) -> None:
        """Stop."""
        self._attr_state = MediaPlayerState.IDLE
        self.async_write_ha_state()

    async def async_media_next_track(self) -> None:
        """Go on."""
        self.async_write_ha_state()

    async def async_media_previous_track(self) -> None:
        """Go back."""
        self.async_write_ha_state()

    async def async_set_volume_level(self, volume: float) -> None:
        """Set the volume."""
        self._attr_volume_level = volume
        self.async_write_ha_state()

    async def async_mute_volume(self, mute: bool) -> None:  # noqa: FBT001 - Home Assistant's
        """Mute."""
        self._attr_is_volume_muted = mute
        self.async_write_ha_state()


class Vacuum(StateVacuumEntity):
    """A vacuum cleaner."""

    _attr_supported_features = (
        VacuumEntityFeature.START
        | VacuumEntityFeature.PAUSE
        | VacuumEntityFeature.STOP
        | VacuumEntityFeature.RETURN_HOME
        | VacuumEntityFeature.STATE
    )

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_activity = VacuumActivity(state)

    async def async_start(self) -> None:
        """Clean."""
        self._attr_activity = VacuumActivity.CLEANING
        self.async_write_ha_state()

    async def async_pause(self) -> None:
        """Pause."""
        self._attr_activity = VacuumActivity.PAUSED
        self.async_write_ha_state()

    async def async_stop(self, **kwargs: Any) -> None:
        """Stop."""
        self._attr_activity = VacuumActivity.IDLE
        self.async_write_ha_state()

    async def async_return_to_base(self, **kwargs: Any) -> None:
        """Go home."""
        self._attr_activity = VacuumActivity.DOCKED
        self.async_write_ha_state()


class Alarm(AlarmControlPanelEntity):
    """An alarm."""

    _attr_code_arm_required = False
    _attr_supported_features = (
        AlarmControlPanelEntityFeature.ARM_AWAY
        | AlarmControlPanelEntityFeature.ARM_HOME
    )

    def restore(self, state: str) -> None:
        """Return to a first state."""
        self._attr_alarm_state = AlarmControlPanelState(state)

    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm."""
        self._attr_alarm_state = AlarmControlPanelState.DISARMED
        self.async_write_ha_state()

    async def async_alarm_arm_home(self, code: str | None = None) -> None:
        """Arm at home."""
        self._attr_alarm_state = AlarmControlPanelState.ARMED_HOME
        self.async_write_ha_state()

    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Arm away."""
        self._attr_alarm_state = AlarmControlPanelState.ARMED_AWAY
        self.async_write_ha_state()
