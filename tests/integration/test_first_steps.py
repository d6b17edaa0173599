"""Test what the last step of adding a device says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PORT

from custom_components.hearken.const import CONF_KEY, CONF_TOKEN, DOMAIN
from tests.contract.files import translation
from tests.simulators.control_server import TOKEN
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


async def add(hass: HomeAssistant, kind: str, **answers: Any) -> str:
    """Add a device by hand; return the text of the last step."""
    configure = hass.config_entries.flow.async_configure
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await configure(result["flow_id"], {"next_step_id": kind})
    result = await configure(result["flow_id"], {CONF_HOST: HOST, **answers})
    await hass.async_block_till_done()
    texts = translation("en")["config"]["create_entry"]
    details = result["description_placeholders"] or {}
    return str(texts[result["description"]].format(**details))


@pytest.mark.parametrize(
    ("house", "known", "words"),
    [
        ("en", ["en"], ("**Hearken**", "turn on the kitchen light", "hey jarvis")),
        ("de", ["en", "de"], ("**Hearken**", "Schalte das Küchenlicht ein")),
        ("de", ["en"], ("Deutsch yet", "English", "turn on the kitchen light")),
        ("de", [], ("as soon as it is ready",)),
    ],
)
async def test_server_is_added(
    hass: HomeAssistant,
    server: SpeechServer,
    house: str,
    known: list[str],
    words: tuple[str, ...],
) -> None:
    """It names the assistant that was made, and what its model understands."""
    hass.config.language = house
    server.languages = known
    text = await add(hass, "server", **{CONF_PORT: server.port})
    assert all(word in text for word in words), text
    assert ("--show-token" in text) is bool(known)


async def test_server_is_added_with_its_token(
    hass: HomeAssistant, server: SpeechServer, control: ControlServer
) -> None:
    """Nothing more is said about the token."""
    address = {CONF_PORT: server.port, CONF_TOKEN: TOKEN}
    text = await add(hass, "server", **address)
    assert "turn on the kitchen light" in text
    assert "token" not in text
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_satellite_is_added(
    hass: HomeAssistant, server: SpeechServer, satellite: SatelliteSimulator
) -> None:
    """It names the assistant in charge, or says that a speech server is missing."""
    address = {CONF_PORT: satellite.port, CONF_KEY: satellite.key}
    assert "Add a speech server" in await add(hass, "satellite", **address)
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)
    await add(hass, "server", **{CONF_PORT: server.port})
    text = await add(hass, "satellite", **address)
    assert "**Hearken**" in text
    assert "hey jarvis" in text
