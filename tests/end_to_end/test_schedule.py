"""Test that a timer survives when everything is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from house.house import House, until

if TYPE_CHECKING:
    from house.api import HomeAssistantApi

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

_SECONDS = 60.0


async def test_timer_rings_after_everything_was_killed(tmp_path: Path) -> None:
    """Home Assistant and satellite are killed; the timer rings until it is stopped."""
    hass = Path(path) if (path := os.environ.get("HEARKEN_HASS")) else None
    storage = tmp_path / "config" / ".storage"
    microphone = tmp_path / "microphone"
    microphone.mkdir()

    def stored(key: str) -> list[Any]:
        """Return the names of what is kept."""
        data = json.loads((storage / "hearken.schedule").read_text())["data"]
        return [item.get("name") for item in data[key]]

    async with House(tmp_path) as house:
        server = await house.start_server()
        api = await house.start_home_assistant(hass=hass)
        await house.add_server(server)
        satellite = await house.start_satellite(f"folder:{microphone}")
        entity_id = await house.add_satellite(satellite)
        device_id = await device_of(api, entity_id)
        text = "set a pasta timer for fifteen seconds"
        await say(api, text, await house.pipeline_id(), device_id)
        assert stored("items") == ["pasta"]

        async def are_entries_stored() -> bool:
            entries = storage / "core.config_entries"
            # Home Assistant writes each when it has time.
            are_there = entries.exists() and (storage / "auth").exists()
            return are_there and str(satellite.port) in entries.read_text()

        await until(are_entries_stored, _SECONDS, "the entries to be stored")
        await asyncio.sleep(2)  # what Home Assistant stores later on

        await satellite.program.end(signal.SIGKILL)
        house.answer.unlink(missing_ok=True)
        restarted = asyncio.create_task(house.restart_home_assistant(hass))
        await house.start_satellite(f"folder:{microphone}", port=satellite.port)
        await restarted

        async def rings() -> bool:
            return house.answer.exists() and stored("ringing") == ["pasta"]

        async def is_silent() -> bool:
            return stored("ringing") == []

        await until(rings, _SECONDS, "the timer to ring")
        assert stored("items") == []
        button = entity_id.replace("assist_satellite.", "button.") + "_stop"
        await api.act("button", "press", {"entity_id": button})
        await until(is_silent, _SECONDS, "the ringing to end")


async def device_of(api: HomeAssistantApi, entity_id: str) -> str:
    """Return the device of an entity."""
    entities = await api.call("config/entity_registry/list")
    return next(
        str(entity["device_id"])
        for entity in entities
        if entity["entity_id"] == entity_id
    )


async def say(api: HomeAssistantApi, text: str, pipeline: str, device_id: str) -> None:
    """Have a pipeline carry out a text, as if it had been said at a device."""
    ended = asyncio.Event()

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] == "run-end":
            ended.set()

    await api.subscribe(
        on_event,
        "assist_pipeline/run",
        start_stage="intent",
        end_stage="intent",
        input={"text": text},
        pipeline=pipeline,
        device_id=device_id,
    )
    async with asyncio.timeout(_SECONDS):
        await ended.wait()
