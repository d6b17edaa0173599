"""Test the check of speech recognition with servers that fail it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from custom_components.hearken.const import DOMAIN
from tests.integration.conftest import state_of
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.speech_server import SpeechServer


async def press(hass: HomeAssistant) -> None:
    """Press the button of the server's device."""
    button = {"entity_id": "button.speech_test_recognition"}
    await hass.services.async_call("button", "press", button, blocking=True)


async def test_language_without_a_sentence(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A model for a language without a test sentence is reported."""
    server.languages = ["fi"]
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError, match="no test sentence"):
        await press(hass)


@pytest.mark.parametrize(
    ("language", "heard", "is_enough"),
    [
        ("de", "Schalte das Licht in der Küche aus.", True),
        ("de", "Guten Morgen", False),
        ("zh-CN", "打开厨房灯", True),
        ("zh-CN", "今天下雨", False),
    ],
)
async def test_other_languages(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    language: str,
    heard: str,
    *,
    is_enough: bool,
) -> None:
    """The sentence is in the model's language; most words must come back."""
    server.languages, server.text = [language], heard
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    issue = f"recognition_failed_{server_entry.entry_id}"
    if is_enough:
        await press(hass)
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    else:
        with pytest.raises(HomeAssistantError, match=heard):
            await press(hass)
        assert any(i.domain == DOMAIN for i in ir.async_get(hass).issues.values())


async def test_speech_without_an_end(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """The check fails if the server sends more speech than a sentence can be."""
    running_server.speech = bytes(22_050 * 2 * 21)
    with pytest.raises(HomeAssistantError, match="audio format is not supported"):
        await press(hass)


async def test_server_that_is_gone(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A server that does not answer fails the test and becomes unavailable."""
    await running_server.stop()
    with pytest.raises(HomeAssistantError, match="recognition on Speech failed"):
        await press(hass)
    await until(lambda: state_of(hass, "stt.speech_speech_to_text") == "unavailable")
