"""Test orders that name nothing but a place and what to change there."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.home import DeviceState
from tests.integration.dialogue.simulated_home import SimulatedHome


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Turn up the volume in the kitchen.", "volume_up"),
        ("en", "Louder in the kitchen, please.", "volume_up"),
        ("en", "Next song in the kitchen.", "media_next_track"),
        ("de", "Lauter in der Küche.", "volume_up"),
        ("de", "Nächstes Lied in der Küche.", "media_next_track"),
        ("zh", "厨房音量调大", "volume_up"),
        ("zh", "厨房下一首", "media_next_track"),
    ],
)
def test_what_plays_in_the_place_is_meant(
    language: str, text: str, expected: str
) -> None:
    """What can be done with a player only is not looked for among the lights."""
    home = SimulatedHome(language, "living")
    _play(home, "media_player.kitchen_radio")
    proposal = home.say(text)
    assert proposal is not None
    assert [(one.entity_id, one.service) for one in proposal.commands] == [
        ("media_player.kitchen_radio", expected)
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Warmer in the bedroom."), ("de", "Wärmer im Schlafzimmer.")],
)
def test_temperature_of_another_room(language: str, text: str) -> None:
    """The heating of the place is changed, not that of the room."""
    proposal = SimulatedHome(language, "living").say(text)
    assert proposal is not None
    assert [one.entity_id for one in proposal.commands] == ["climate.bedroom"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Turn on the coffee machine in the bedroom."),
        ("de", "Schalte die Kaffeemaschine im Schlafzimmer ein."),
        ("zh", "打开卧室的咖啡机"),
    ],
)
def test_a_name_in_another_place_is_nothing(language: str, text: str) -> None:
    """Neither the device elsewhere nor everything in that place is meant."""
    proposal = SimulatedHome(language, "living").say(text)
    assert proposal is None or not proposal.commands


def _play(home: SimulatedHome, entity_id: str) -> None:
    """Let a player play."""
    home.states[entity_id] = DeviceState("playing", home.states[entity_id].attributes)
