"""A door that is open before the satellite has started."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState

from tests.integration.waiting import until
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator

LASTING = "custom_components.hearken.client.lasting"


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect sooner than usual."""
    monkeypatch.setattr(f"{LASTING}.RECONNECT_MIN_SECONDS", 0.05)
    monkeypatch.setattr(f"{LASTING}.RECONNECT_MAX_SECONDS", 0.1)


@asynccontextmanager
async def _door_that_shuts(port: int) -> AsyncGenerator[list[None]]:
    """Accept connections and close them at once, as the door of a container does."""
    visits: list[None] = []

    async def shut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(None)
        writer.transport.abort()

    async with await asyncio.start_server(shut, HOST, port):
        yield visits


async def test_hanging_up_at_once_is_no_refusal_of_the_key(
    hass: HomeAssistant, running_satellite: SatelliteSimulator
) -> None:
    """What accepts connections before the satellite has started asks for no key."""
    await running_satellite.stop()
    async with _door_that_shuts(running_satellite.port) as visits:
        await until(lambda: len(visits) > 2)
    await hass.async_block_till_done()
    assert not hass.config_entries.flow.async_progress()
    await running_satellite.start()
    await running_satellite.wait_for("run-satellite")
    assert not hass.config_entries.flow.async_progress()


async def test_set_up_is_tried_again_after_hanging_up(
    hass: HomeAssistant,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The same holds while Home Assistant starts."""
    await satellite.stop()
    async with _door_that_shuts(satellite.port):
        await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state is ConfigEntryState.SETUP_RETRY
    assert not hass.config_entries.flow.async_progress()
