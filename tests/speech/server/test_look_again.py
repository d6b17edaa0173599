"""Test asking a real server to look at a recording for longer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import pytest_asyncio
from wyoming.event import Event

from hearken_speech.protocol import LookAgain, SecondLook
from hearken_speech.server.lanes import AudioBudget, Lane
from hearken_speech.server.last_transcript import LastTranscript, LookOffer
from hearken_speech.server.recognizer import PinnedModel, Recognizer
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from tests import real_weights
from tests.simulators.voices import noise, say
from tests.speech.server.program import Client, Server, connected, serving
from tests.speech.server.speaking import COMMAND, details

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Return a server with published weights."""
    model = str(real_weights.folder("tiny.en"))
    async with serving(tmp_path_factory.mktemp("server"), "--model", model) as made:
        await made.says("speech model tiny.en is ready")
        yield made


async def command(client: Client) -> Event:
    """Speak a command and return its transcript."""
    await client.transcribe()
    await client.speak(say(COMMAND))
    await client.stop()
    return await client.answer()


async def look(client: Client) -> str:
    """Ask for another look and return its text."""
    await client.wire.write_event(LookAgain().event())
    event = await client.read()
    assert SecondLook.is_type(event.type)
    return SecondLook.from_event(event).text


async def test_one_look_is_offered(server: Server) -> None:
    """It finds another text, or nothing new; afterwards, all goes on."""
    async with connected(server) as client:
        answer = await command(client)
        assert details(answer)["offers_look"] is True
        assert await look(client) != answer.data["text"]
        assert await look(client) == ""
        assert (await command(client)).data["text"] == answer.data["text"]


def pinned_to(budget: AudioBudget | None) -> PinnedModel:
    """Return a model whose threads keep so much audio."""
    lane = cast("Lane", SimpleNamespace(budget=budget))
    return PinnedModel(engine=None, mel_bands=80, lane=lane)


async def test_kept_recordings_of_strangers_are_bounded() -> None:
    """What may be looked at again counts as audio that is kept; the longest goes."""
    budget = AudioBudget(10.0)
    pinned = pinned_to(budget)
    recognizer = cast("Recognizer", None)
    short, *others = [LastTranscript(recognizer) for _ in range(5)]

    def keep(last: LastTranscript, seconds: float) -> None:
        look = LookOffer(
            text="a", samples=noise(seconds), request=Request(), pinned=pinned
        )
        last.keep(None, look)

    keep(short, 1.0)
    for other in others:
        keep(other, 4.0)
    assert budget.seconds <= 10.0
    for other in others:
        other.forget()
    assert budget.seconds == 1.0
    keep(others[0], 11.0)
    assert await others[0].look_again() == SecondLook()
    short.displace()
    assert budget.seconds == 0.0
    assert await short.look_again() == SecondLook()


async def test_same_text_is_nothing_new() -> None:
    """What was sent already is not sent again."""

    class Same:
        """Finds the same text."""

        async def look_again(self, *_: object) -> str:
            """Return the text of the transcript."""
            return "turn on"

    last = LastTranscript(cast("Recognizer", Same()))
    look = LookOffer(
        text="turn on",
        samples=noise(1.0),
        request=Request(),
        pinned=pinned_to(None),
    )
    last.keep(None, look)
    assert await last.look_again() == SecondLook()
    last.keep(None, replace(look, text="turn off"))
    assert await last.look_again() == SecondLook(text="turn on")
    assert await last.look_again() == SecondLook()


async def test_no_look_without_a_text(server: Server) -> None:
    """Noise is not looked at again, and nothing is before any command."""
    async with connected(server) as client:
        assert await look(client) == ""
        await client.transcribe()
        await client.speak(noise(3.0, 800))
        await client.stop()
        answer = await client.answer()
        assert answer.data["text"] == ""
        assert "offers_look" not in details(answer)
        assert await look(client) == ""


async def test_model_of_commands_is_not_asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The embedded model was trained in its window and reads no other better."""
    async with (
        serving(tmp_path_factory.mktemp("embedded")) as embedded,
        connected(embedded) as client,
    ):
        assert "offers_look" not in details(await command(client))


async def test_a_look_is_faster_whispers_own(tiny_en: WhisperEngine) -> None:
    """It sees the sound before the speech was found, in 30 s, and repeats nothing."""
    samples = np.concatenate([noise(0.4, 20), say(COMMAND)])
    text = Transcriber().look_again(tiny_en, samples, Request(language="en"))
    assert "on the kitchen light" in text.lower()
