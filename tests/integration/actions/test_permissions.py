"""Test what a user who may only look can do with each action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from homeassistant.core import Context, SupportsResponse
from homeassistant.exceptions import Unauthorized

from custom_components.hearken.const import DOMAIN
from tests.integration.talking import SATELLITE

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockUser

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator

CHANGES: Final[dict[str, dict[str, Any]]] = {
    "accept_wake_word": {"wake_word": "okay_computer"},
    "add_alias": {"entity_id": "light.kitchen", "alias": "lamp"},
    "ask": {"entity_id": SATELLITE, "question": "Really?"},
    "delete_wake_word": {"wake_word": "okay_computer"},
    "improve_wake_word": {"wake_word": "okay_computer"},
    "listen": {"entity_id": SATELLITE},
    "make_wake_word": {"text": "okay computer"},
    "rename_wake_word": {"wake_word": "okay_computer", "name": "Computer"},
    "reset_statistics": {},
    "say": {"entity_id": SATELLITE, "message": "hello"},
    "set_wake_word": {"entity_id": SATELLITE, "wake_words": ["hey jarvis"]},
    "undo_wake_word": {"wake_word": "okay_computer"},
}
READS: Final = frozenset({"guess_name", "transcribe"})
"""Actions that change nothing, and that every user may call."""


async def test_every_action_is_known(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """A new action has to be added to one of the two lists above."""
    actions = hass.services.async_services_for_domain(DOMAIN)
    assert set(actions) == set(CHANGES) | READS


@pytest.mark.parametrize("action", CHANGES)
async def test_user_who_may_only_look(
    hass: HomeAssistant,
    connected: ControlServer,
    running_satellite: SatelliteSimulator,
    hass_read_only_user: MockUser,
    action: str,
) -> None:
    """An action that changes something is refused, and nothing is sent."""
    asked = list(connected.asked)
    answers = hass.services.supports_response(DOMAIN, action)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            CHANGES[action],
            blocking=True,
            return_response=answers is not SupportsResponse.NONE,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert connected.asked == asked
    assert not running_satellite.heard
