"""The dialog that improves a wake word, and the owner who goes through it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase
from tests.integration.talking import SATELLITE

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator


class Dialog:
    """The dialog, as the owner goes through it."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Open nothing yet."""
        self._flows = hass.config_entries.subentries
        self._entry = entry
        self.step: Any = {}

    async def open(self) -> Any:
        """Open the dialog, and choose the word if there is a choice."""
        self.step = await self._flows.async_init(
            (self._entry.entry_id, "own_voice"), context={"source": SOURCE_USER}
        )
        if self.step["type"] is FlowResultType.FORM:
            return await self.submit(wake_word="okay_computer")
        return self.step

    async def submit(self, **form: Any) -> Any:
        """Submit a form."""
        self.step = await self._flows.async_configure(self.step["flow_id"], form)
        return self.step

    async def choose(self, option: str) -> Any:
        """Choose from a menu."""
        assert option in self.step["menu_options"]
        return await self.submit(next_step_id=option)

    async def look(self) -> Any:
        """Look at the dialog again, as its progress does."""
        self.step = await self._flows.async_configure(self.step["flow_id"])
        return self.step

    async def wait_for(self, kind: FlowResultType, action: str | None = None) -> Any:
        """Look until the dialog shows this."""

        async def is_shown() -> bool:
            step = await self.look()
            is_action = action in (None, step.get("progress_action"))
            return bool(step["type"] is kind and is_action)

        for _ in range(600):
            if await is_shown():
                return self.step
            await asyncio.sleep(0.01)
        raise AssertionError(self.step)

    def close(self) -> None:
        """Close the dialog."""
        self._flows.async_abort(self.step["flow_id"])


async def speak(satellite: SatelliteSimulator) -> None:
    """Speak once, when the microphone has been opened."""
    await satellite.wait_for(
        "hearken-turn",
        lambda event: (
            event.data["phase"] == "idle" and event.data.get("listen_again") is True
        ),
    )
    await satellite.ask_for_run(PipelineStage.ASR)
    await satellite.open_microphone()
    await satellite.wait_turn(TurnPhase.LISTENING)
    await satellite.wait_turn(TurnPhase.IDLE)
    await satellite.mute()


async def record(dialog: Dialog, times: int = 3, satellite: str = SATELLITE) -> Any:
    """Begin to record."""
    await dialog.open()
    await dialog.choose("record")
    return await dialog.submit(satellite=satellite, recordings=times)
