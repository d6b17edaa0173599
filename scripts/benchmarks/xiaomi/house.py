"""Xiaomi devices in a running Home Assistant, as their owner would have added them."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from house.xiaomi import simulate
from tests.simulators import miio, yeelight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from homeassistant import core

    from tests.simulators.device import SimulatedDevice

_HERE: Final = Path(__file__).parent


@dataclass
class Device:
    """One device of the house."""

    key: str
    area: str
    name: str | None
    """What its owner or the app calls it; None for a name made of its number."""
    simulated: SimulatedDevice
    silent: bool = False
    """Whether it is to be unplugged."""
    entry: ConfigEntry[Any] | None = None


def devices(language: str) -> list[Device]:
    """Return the devices of the house, named in this language."""
    listed = _listed()["devices"]
    return [
        Device(
            key,
            item["area"],
            item[language],
            simulate(item["model"], number),
            item.get("silent", False),
        )
        for number, (key, item) in enumerate(listed.items(), start=1)
    ]


def area_names(language: str) -> dict[str, str]:
    """Return the name of each area in this language."""
    column = ("en", "zh").index(language)
    return {key: names[column] for key, names in _listed()["areas"].items()}


def _listed() -> Any:
    return yaml.safe_load((_HERE / "devices.yaml").read_text("utf-8"))


@contextlib.asynccontextmanager
async def served(simulated: Iterable[SimulatedDevice]) -> AsyncIterator[None]:
    """Serve devices of both kinds."""
    every = list(simulated)
    lights = [one for one in every if isinstance(one, yeelight.Yeelight)]
    others = [one for one in every if isinstance(one, miio.MiioDevice)]
    async with miio.serve(others), yeelight.serve(lights):
        yield


async def add(
    hass: core.HomeAssistant, devices: Sequence[Device], areas: Mapping[str, str]
) -> None:
    """Add devices to Home Assistant, in their areas and under their names."""
    await asyncio.gather(*(_add(hass, device) for device in devices))
    await hass.async_block_till_done()
    registry = dr.async_get(hass)
    for device in devices:
        assert device.entry is not None
        assert device.entry.state is ConfigEntryState.LOADED, device
        for found in dr.async_entries_for_config_entry(registry, device.entry.entry_id):
            # A light of Yeelight gets its name here, the others with the entry.
            registry.async_update_device(
                found.id,
                area_id=areas[device.area],
                name_by_user=device.name or found.name_by_user,
            )
    await hass.async_block_till_done()
    await refresh(hass, devices)


async def _add(hass: core.HomeAssistant, device: Device) -> None:
    """Create the entry of one device, as its config flow does."""
    simulated = device.simulated
    if isinstance(simulated, miio.MiioDevice):
        # The flow takes the title from the account, that is, from Xiaomi's app.
        device.entry = entry(
            "xiaomi_miio",
            device.name or simulated.model,
            dr.format_mac(simulated.mac),
            {
                "config_flow_device": "device",
                "host": simulated.address,
                "token": simulated.token.hex(),
                "model": simulated.model,
                "mac": dr.format_mac(simulated.mac),
            },
            polled=not device.silent,
        )
        await hass.config_entries.async_add(device.entry)
        return
    result: Any = await hass.config_entries.flow.async_init(
        "yeelight", context={"source": SOURCE_USER}, data={"host": simulated.address}
    )
    assert result["type"] == "create_entry", result
    device.entry = result["result"]


def entry(
    domain: str,
    title: str,
    unique_id: str,
    data: dict[str, Any],
    *,
    polled: bool = True,
) -> ConfigEntry[Any]:
    """Return a new entry of an integration."""
    return ConfigEntry(
        data=data,
        discovery_keys={},  # type: ignore[arg-type]  # an empty one is enough
        domain=domain,
        minor_version=1,
        options={},
        # Each poll of a silent device keeps a thread for 20 s.
        pref_disable_polling=not polled,
        source=SOURCE_USER,
        subentries_data=None,
        title=title,
        unique_id=unique_id,
        version=1,
    )


async def refresh(hass: core.HomeAssistant, devices: Iterable[Device]) -> None:
    """Let Home Assistant ask devices for their states now."""
    asked = [device.entry for device in devices if device.entry is not None]
    await asyncio.gather(*(_refresh(hass, entry) for entry in asked))
    await hass.async_block_till_done()


async def _refresh(hass: core.HomeAssistant, entry: ConfigEntry[Any]) -> None:
    data = getattr(entry, "runtime_data", None)
    if coordinator := getattr(data, "device_coordinator", None):
        await coordinator.async_refresh()
        return
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    # A plug ignores the first poll after a command.
    for _ in range(2):
        await hass.services.async_call(
            "homeassistant",
            "update_entity",
            {"entity_id": [one.entity_id for one in found if not one.disabled_by]},
            blocking=True,
        )


def create_areas(hass: core.HomeAssistant, language: str) -> dict[str, str]:
    """Create the areas; return their IDs by key."""
    registry = ar.async_get(hass)
    return {
        key: registry.async_create(name).id
        for key, name in area_names(language).items()
    }
