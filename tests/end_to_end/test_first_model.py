"""Test that a new house gets a speech model without anybody doing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from house.house import House, until
from tests.simulators import random_whisper
from tests.simulators.model_hub import running

if TYPE_CHECKING:
    from pathlib import Path

    from house.api import HomeAssistantApi

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

NAME = "tiny.en"
SECONDS = 120.0


async def _entity(api: HomeAssistantApi, kind: str, ending: str) -> str:
    """Return the entity of Hearken of this kind."""
    (found,) = [
        str(entity["entity_id"])
        for entity in await api.call("config/entity_registry/list")
        if entity["platform"] == "hearken"
        and entity["entity_id"].startswith(f"{kind}.")
        and entity["entity_id"].endswith(ending)
    ]
    return found


async def test_new_house_gets_a_model(tmp_path: Path) -> None:
    """The server is set up, and a model for its language is downloaded and used."""
    random_whisper.make(
        tmp_path / "hub" / f"faster-whisper-{NAME}", "toy", quantization="float16"
    )
    (tmp_path / "house").mkdir()
    with running(tmp_path / "hub") as hub:
        async with House(tmp_path / "house") as house:
            server = await house.start_server(
                *("--hub", hub.address, "--budget-seconds", "30"),
                *("--memory-limit-mb", "180"),
                downloads=True,
            )
            api = await house.start_home_assistant()
            assert (await server.status())["model"] == "hearken-commands-en"
            assert hub.behaviour.requests == []
            await house.add_server(server, with_token=True)

            async def is_used() -> bool:
                status = await server.status()
                return bool(status["model"] == NAME and status["state"] == "ready")

            await until(is_used, SECONDS, "the model to be used")
            select = await _entity(api, "select", "speech_model")

            async def is_shown() -> bool:
                return await api.state(select) == NAME

            await until(is_shown, SECONDS, "Home Assistant to show the model")
            assert (await server.status())["languages"] == ["en"]
    weights = server.data_dir / "models" / NAME / "model.bin"
    source = tmp_path / "hub" / f"faster-whisper-{NAME}" / "model.bin"
    assert weights.stat().st_size < 0.65 * source.stat().st_size
