"""Test a conversation in a room: a real audio server between people and satellite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from house import sound
from house.house import until
from house.real_audio import RealAudio, real_audio
from tests.end_to_end.conftest import SECONDS, Home, furnished

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from house.timeline import Command

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.end_to_end,
    pytest.mark.long,
]

KITCHEN, BEDROOM = "light.kitchen", "light.bedroom"
FOLLOW_UP = "switch.kitchen_satellite_follow_up_commands"
STOP = "button.kitchen_satellite_stop"
ATTEMPTS = 3
"""A machine that is busy with other things loses sound in real time."""


@dataclass
class Room:
    """A house whose satellite hears a virtual room, and is heard at its speaker."""

    home: Home
    audio: RealAudio

    async def say(self, text: str) -> str:
        """Say the wake word and a command; return what the speaker said."""

        async def run() -> Command | None:
            return await self.home.runs.wait(SECONDS, SECONDS)

        await self.home.wait_for_state(self.home.satellite_entity, "idle")
        return await self._speak(sound.command(text), run)

    async def reply(self, text: str) -> str:
        """Speak to the open microphone; return what the speaker said."""

        async def run() -> Command | None:
            return await self.home.runs.wait_for_reply(SECONDS)

        await self.home.wait_for_state(self.home.satellite_entity, "listening")
        return await self._speak(sound.Spoken(sound.without_word(text)), run)

    async def _speak(
        self, spoken: sound.Spoken, run: Callable[[], Awaitable[Command | None]]
    ) -> str:
        """Play a sound into the room until it is answered."""
        async with self.audio.speaking(spoken):
            command = await run()
            assert command is not None, "nobody heard it"
            await self.home.wait_for_state(
                self.home.satellite_entity, "idle", "listening"
            )
        return (await self.audio.understood(self.home.server.port)).lower()

    async def calm(self) -> None:
        """Close the microphone, and turn off the lights."""
        await self.home.api.act("button", "press", {"entity_id": STOP})
        await self.home.api.act("light", "turn_off", {"entity_id": [KITCHEN, BEDROOM]})
        await self.home.wait_for_state(self.home.satellite_entity, "idle")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Room]:
    """Return a room with a satellite; commands may follow each other."""
    folder = tmp_path_factory.mktemp("room")
    async with (
        real_audio(folder / "audio", folder / "answer.wav") as audio,
        furnished(folder, audio) as home,
    ):
        await home.wait_until_available(FOLLOW_UP)
        await home.api.act("switch", "turn_on", {"entity_id": FOLLOW_UP})
        yield Room(home, audio)


async def test_dialogue(room: Room) -> None:
    """The lights follow three sentences, and the speaker answers each of them."""
    for attempt in range(ATTEMPTS):
        await room.calm()
        try:
            await _dialogue(room)
        except AssertionError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


async def _dialogue(room: Room) -> None:
    """Say three sentences; only the first has a wake word."""
    assert "kitchen" in await room.say("turn on the kitchen light")
    assert await room.home.api.state(KITCHEN) == "on"

    assert "bedroom" in await room.reply("and the bedroom")
    assert await room.home.api.state(BEDROOM) == "on"

    await room.reply("undo that")
    assert await room.home.api.state(BEDROOM) == "off"
    assert await room.home.api.state(KITCHEN) == "on"


async def test_microphone_is_pulled_and_put_back(room: Room) -> None:
    """The satellite notices that it is deaf, and hears again afterwards."""
    log = room.home.house.folder / "logs" / "satellite.log"

    def has_logged(text: str) -> Callable[[], Awaitable[bool]]:
        async def is_there() -> bool:
            return text in log.read_text(errors="replace")

        return is_there

    await room.calm()
    await room.audio.server.unplug_microphone()
    await until(has_logged("no microphone: "), SECONDS, "the satellite to notice")
    await room.audio.server.plug_microphone()
    await until(has_logged("is back"), SECONDS, "the microphone to be back")

    await room.say("turn on the kitchen light")
    assert await room.home.api.state(KITCHEN) == "on"
