"""Test that users may only use satellites that they may control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import Context
from homeassistant.exceptions import Unauthorized, UnknownUser
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.hearken.const import DOMAIN
from tests.integration.talking import SATELLITE

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


async def say_as(hass: HomeAssistant, user_id: str) -> None:
    """Call the say action as a user."""
    await hass.services.async_call(
        DOMAIN,
        "say",
        {"entity_id": SATELLITE, "message": "hello", "chime": False},
        blocking=True,
        context=Context(user_id=user_id),
    )


async def test_user_is_allowed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A user who may control the satellite can make it speak."""
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": {SATELLITE: {POLICY_CONTROL: True}}}})
    await say_as(hass, user.id)
    assert running_satellite.heard


async def test_user_is_not_allowed(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """A user who may not control the satellite is refused."""
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": {"light.kitchen": True}}})
    with pytest.raises(Unauthorized):
        await say_as(hass, user.id)
    assert not running_satellite.heard


async def test_user_is_unknown(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """A deleted user is refused."""
    with pytest.raises(UnknownUser):
        await say_as(hass, "nobody")
