"""The shared house for all end-to-end tests.

These tests start programs and connect to them over sockets, so scripts/test runs them
without the plugin that isolates Home Assistant tests.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from house import sound, timeline
from house.house import House, Satellite, Server, until
from house.runs import Runs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hearken_speech.audio.format import Samples
    from house.api import HomeAssistantApi
    from house.real_audio import RealAudio
    from house.timeline import Command

_WAKE_SECONDS = 20.0
_RUN_SECONDS = 60.0
SECONDS = 30.0
"""How long to wait for something that takes a moment."""


@dataclass
class Home:
    """A running house, and the actions of a person in it."""

    house: House
    api: HomeAssistantApi
    server: Server
    satellite: Satellite
    satellite_entity: str
    runs: Runs
    changes: list[timeline.StateChange] = field(default_factory=list)
    _said: int = 0

    @property
    def answer(self) -> Path:
        """Return the file of the satellite's last answer."""
        return self.house.answer

    def play(self, samples: Samples) -> None:
        """Play a sound to the satellite's microphone."""
        self._said += 1
        name = f"{self._said:04d}.wav"
        sound.save(self.house.folder / "microphone" / name, samples)

    async def say(self, text: str, voice: str = "flite:slt") -> Command:
        """Speak a command and return its pipeline run."""
        command = None
        # It may begin to say that a question is cancelled just now: then once more.
        for _ in range(2):
            # A satellite that still answers does not listen for its wake word.
            await self.wait_for_state(self.satellite_entity, "idle")
            self.answer.unlink(missing_ok=True)
            self.play(sound.command(text, voice).samples)
            command = await self.runs.wait(_WAKE_SECONDS, _RUN_SECONDS)
            if command is not None:
                break
        assert command is not None, "the wake word was not heard"
        assert command.ended, f"the command did not end: {command}"
        return command

    async def reply(self, text: str, voice: str = "flite:slt") -> Command:
        """Speak without a wake word while the microphone is open; return the run."""
        await self.wait_for_state(self.satellite_entity, "listening")
        self.answer.unlink(missing_ok=True)
        self.play(sound.without_word(text, voice))
        command = await self.runs.wait_for_reply(_RUN_SECONDS)
        assert command is not None, "nothing listened"
        assert command.ended, f"the reply did not end: {command}"
        return command

    async def heard(self) -> Samples:
        """Return the sound that the speaker has played since the last command."""
        await until(self._answered, SECONDS, "an answer")
        from hearken_speech.audio import wav  # noqa: PLC0415 - only here

        return wav.read(self.answer)

    async def wait_for_state(self, entity_id: str, *wanted: str) -> None:
        """Wait until an entity has one of these states and the change was received."""

        async def is_so() -> bool:
            return await self.api.state(entity_id) in wanted

        await until(is_so, SECONDS, f"{entity_id} to be {' or '.join(wanted)}")
        # States come over another connection than changes; on that one, an answer
        # comes after all events sent before it.
        await self.api.call("get_config")

    async def wait_until_available(self, entity_id: str) -> None:
        """Wait until an entity is available again."""

        async def is_so() -> bool:
            return await self.api.state(entity_id) not in {None, "unavailable"}

        await until(is_so, SECONDS * 2, f"{entity_id} to be available")

    async def _answered(self) -> bool:
        return self.answer.exists()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the house."""
    return tmp_path_factory.mktemp("house")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def home(folder: Path) -> AsyncGenerator[Home]:
    """Return a house with everything connected."""
    async with furnished(folder) as home:
        yield home


@asynccontextmanager
async def furnished(
    folder: Path, audio: RealAudio | None = None
) -> AsyncGenerator[Home]:
    """Run a house with all devices connected; without an audio server, with files."""
    hass = os.environ.get("HEARKEN_HASS")
    microphone = folder / "microphone"
    microphone.mkdir()
    async with House(folder) as house:
        server = await house.start_server()
        api = await house.start_home_assistant(hass=Path(hass) if hass else None)
        await house.add_server(server)
        runs = Runs(api, await house.pipeline_id())
        satellite = await (
            house.start_satellite(f"folder:{microphone}")
            if audio is None
            else house.start_satellite(
                "device", *audio.arguments, environment=audio.environment
            )
        )
        entity = await house.add_satellite(satellite)
        home = Home(house, api, server, satellite, entity, runs)

        def changed(event: dict[str, object]) -> None:
            change = timeline.read_change(event)
            if change is not None:
                home.changes.append(change)

        await api.subscribe(changed, "subscribe_events", event_type="state_changed")
        yield home
