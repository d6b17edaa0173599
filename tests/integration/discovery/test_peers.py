"""Test peers that announce themselves again."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.zeroconf.const import DATA_INSTANCE
from homeassistant.components.zeroconf.models import HaAsyncZeroconf
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.setup import async_setup_component
from zeroconf import (  # type: ignore[attr-defined]
    DNSCache,
    DNSPointer,
    DNSRecord,
    RecordUpdate,
    current_time_millis,
)

from custom_components.hearken.discovery.announcements import (
    SERVICE_TYPE,
    AnnouncementListener,
)
from tests.integration.conftest import state_of
from tests.integration.waiting import PATIENCE_SECONDS, until
from tests.simulators.peer import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from hearken_speech.protocol import Welcome
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

SATELLITE = "assist_satellite.kitchen"
SERVER = "stt.speech_speech_to_text"
LONG = 3600
PROGRAM = """
import asyncio, sys
from hearken_speech.announce import announced
from hearken_speech.protocol import PeerKind, Welcome

async def main(kind, peer_id, port):
    welcome = Welcome(kind=PeerKind(kind), id=peer_id, name="Peer", version="1.0.0")
    async with announced(welcome, ["127.0.0.1"], int(port)):
        print("announced", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def announced(welcome: Welcome, port: int) -> AsyncGenerator[None]:
    """Announce a peer from a separate process, which is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM, welcome.kind, welcome.id, str(port)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS * 3):
            assert await process.stdout.readline() == b"announced\n"
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def network(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[None]:
    """Set up Home Assistant's own mDNS on the loopback interface only."""
    instance = HaAsyncZeroconf(interfaces=[HOST])
    hass.data[DATA_INSTANCE] = instance
    assert await async_setup_component(hass, "zeroconf", {})
    await hass.async_start()
    await hass.async_block_till_done()
    yield
    await instance.ha_async_close()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable reconnecting after a delay."""
    lasting = "custom_components.hearken.client.lasting"
    for name in ("MIN", "MAX", "REFUSED_MAX"):
        monkeypatch.setattr(f"{lasting}.RECONNECT_{name}_SECONDS", LONG)
    coordinator = "custom_components.hearken.coordinator"
    monkeypatch.setattr(f"{coordinator}._POLL_WHILE_AWAY", timedelta(seconds=LONG))
    core = "homeassistant.config_entries"
    monkeypatch.setattr(f"{core}.async_call_later", lambda *_: lambda: None)


async def test_satellite_is_connected_when_it_announces_itself(
    hass: HomeAssistant, network: None, running_satellite: SatelliteSimulator
) -> None:
    """A killed satellite, which sent no goodbye, is reconnected when it returns."""
    welcome, port = running_satellite.welcome, running_satellite.port
    async with announced(welcome, port):
        assert state_of(hass, SATELLITE) == "idle"
    await running_satellite.stop()
    await until(lambda: state_of(hass, SATELLITE) == STATE_UNAVAILABLE)

    await running_satellite.start()
    async with announced(welcome, port):
        await until(lambda: state_of(hass, SATELLITE) == "idle")


async def test_server_is_asked_when_it_announces_itself(
    hass: HomeAssistant,
    network: None,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
) -> None:
    """A server is polled when it returns, even without a live connection."""
    welcome, port = running_server.welcome, running_server.port
    async with announced(welcome, port):
        pass
    await running_server.stop()
    server_entry.runtime_data.coordinator.async_check_now()
    await until(lambda: state_of(hass, SERVER) == STATE_UNAVAILABLE)

    await running_server.start()
    async with announced(welcome, port):
        await until(lambda: state_of(hass, SERVER) != STATE_UNAVAILABLE)


async def test_set_up_is_tried_again_when_the_peer_announces_itself(
    hass: HomeAssistant,
    network: None,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """A satellite that was away at startup is set up when it returns."""
    async with announced(satellite.welcome, satellite.port):
        pass
    await satellite.stop()
    await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state is ConfigEntryState.SETUP_RETRY

    await satellite.start()
    async with announced(satellite.welcome, satellite.port):
        await until(lambda: satellite_entry.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()


def _again(known: DNSRecord) -> RecordUpdate:
    """Return the announcement of a service that is known already."""
    assert isinstance(known, DNSPointer)
    record = DNSPointer(known.name, known.type, known.class_, known.ttl, known.alias)
    return RecordUpdate(record, known)


async def test_flood_of_announcements_does_not_set_up_all_the_time(
    hass: HomeAssistant,
    network: None,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """Anybody can announce a peer that is away, as often as they like."""
    await satellite.stop()
    await hass.config_entries.async_setup(satellite_entry.entry_id)
    assert satellite_entry.state is ConfigEntryState.SETUP_RETRY
    states: list[ConfigEntryState] = []
    satellite_entry.async_on_state_change(lambda: states.append(satellite_entry.state))

    instance = hass.data[DATA_INSTANCE].zeroconf
    async with announced(satellite.welcome, satellite.port):
        await until(lambda: ConfigEntryState.SETUP_IN_PROGRESS in states)
        # Other tests may announce others at the same time.
        known = instance.cache.async_entries_with_name(SERVICE_TYPE)
        for _ in range(200):
            instance.record_manager.async_updates(
                current_time_millis(), [_again(record) for record in known]
            )
            instance.record_manager.async_updates_complete(notify=False)
            await asyncio.sleep(0.005)
    await hass.async_block_till_done()
    # Home Assistant's own flows for what is new to it add a few.
    assert states.count(ConfigEntryState.SETUP_IN_PROGRESS) < 10


def test_incomplete_announcements_are_ignored() -> None:
    """An announcement without details, or of an impossible name, connects nobody."""
    announced_ids: list[str] = []
    nothing_known: Any = SimpleNamespace(cache=DNSCache())
    listener = AnnouncementListener(nothing_known, announced_ids.append)
    now = current_time_millis()
    listener.async_update_records(
        nothing_known,
        now,
        [
            RecordUpdate(DNSPointer(SERVICE_TYPE, 12, 1, LONG, name, now), None)
            for name in (f"nobody.{SERVICE_TYPE}", "nonsense")
        ],
    )
    listener.async_update_records_complete()
    assert not announced_ids
