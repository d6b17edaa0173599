"""Test asking a real server for names that may have been said."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from wyoming.event import Event

from hearken_speech.protocol import (
    MAX_PARTIAL_ALTERNATIVES,
    NameProposals,
    Partial,
    ProposeNames,
    TranscribeOptions,
)
from tests import real_weights
from tests.simulators.voices import join, noise, say, silence
from tests.speech.server.program import Client, Server, connected, serving
from tests.speech.server.speaking import COMMAND, details

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEARD: Final = "dim the sink light to five percent"
NAMES: Final[dict[str, Any]] = {"transcript_names": ["Sync light", "Kraken"]}
MISHEARD: Final = "turn on the kraken"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Return a server shared by all tests here."""
    async with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Return a server whose model judges names, as the embedded one does not."""
    model = str(real_weights.folder("tiny.en"))
    async with serving(tmp_path_factory.mktemp("judge"), "--model", model) as made:
        await made.says("speech model tiny.en is ready")
        yield made


async def command(client: Client, text: str = HEARD, **request: Any) -> Event:
    """Speak a command and return its transcript."""
    await client.transcribe(**request)
    await client.speak(say(text))
    await client.stop()
    return await client.answer()


async def proposals(client: Client) -> NameProposals:
    """Ask for names and return the answer."""
    await client.wire.write_event(ProposeNames().event())
    event = await client.read()
    assert NameProposals.is_type(event.type)
    return NameProposals.from_event(event)


async def test_text_as_heard_is_not_changed(server: Server) -> None:
    """Names change no text by themselves; they are offered."""
    async with connected(server) as client:
        answer = await command(client, **NAMES)
    assert answer.data["text"] == HEARD
    assert details(answer)["offers_names"] is True


async def test_names_are_proposed_once(judge: Server) -> None:
    """The text with the name is proposed; a second question has no answer."""
    async with connected(judge) as client:
        heard = (await command(client, MISHEARD, **NAMES)).data["text"]
        (proposal,) = (await proposals(client)).proposals
        (repair,) = proposal.repairs
        assert "kraken" not in heard.lower()
        assert repair.name == "Kraken"
        assert proposal.text == "Turn on the Kraken."
        assert not (await proposals(client)).proposals


async def test_model_that_knows_few_words_judges_no_names(server: Server) -> None:
    """The embedded model finds any name improbable that it has not learnt."""
    async with connected(server) as client:
        await command(client, **NAMES)
        assert not (await proposals(client)).proposals


async def test_nothing_is_proposed_without_names(server: Server) -> None:
    """Without names, none are offered, and none are proposed."""
    async with connected(server) as client:
        answer = await command(client)
        assert "offers_names" not in details(answer)
        assert not (await proposals(client)).proposals


async def test_nothing_is_proposed_without_a_text(server: Server) -> None:
    """Noise and silence hold no name."""
    for sound in (noise(3.0, 800), silence(1.0)):
        async with connected(server) as client:
            await client.transcribe(**NAMES)
            await client.speak(sound)
            await client.stop()
            answer = await client.answer()
            assert answer.data["text"] == ""
            assert "offers_names" not in details(answer)
            assert not (await proposals(client)).proposals


async def test_question_before_any_command(server: Server) -> None:
    """A client that asks too early gets no proposals, and is served as ever."""
    async with connected(server) as client:
        assert not (await proposals(client)).proposals
        assert (await command(client, COMMAND)).data["text"] == COMMAND


async def test_names_of_the_last_command_only(judge: Server) -> None:
    """A new request ends the offer of the one before."""
    async with connected(judge) as client:
        await command(client, MISHEARD, **NAMES)
        await client.transcribe()
        assert not (await proposals(client)).proposals
        await client.speak(say(COMMAND))
        await client.stop()
        assert COMMAND in (await client.answer()).data["text"].lower()


async def test_other_connections_are_not_answered(judge: Server) -> None:
    """A transcript belongs to the connection that it was sent on."""
    async with connected(judge) as client, connected(judge) as other:
        await command(client, MISHEARD, **NAMES)
        assert not (await proposals(other)).proposals
        assert (await proposals(client)).proposals


async def test_partial_texts_at_a_pause_have_alternatives(server: Server) -> None:
    """The text of a pause comes with a confidence and what else it may be."""
    options = TranscribeOptions(partials=True, endpointing=True)
    async with connected(server) as client:
        await client.transcribe(context=options.context())
        sound = join(say(HEARD), silence(3.0))
        speaking = asyncio.create_task(client.speak(sound, pace=1.5))
        answer = await client.answer()
        speaking.cancel()
    partials = [Partial.from_event(e) for e in client.seen if Partial.is_type(e.type)]
    last = partials[-1]
    assert last.text == answer.data["text"]
    assert last.confidence == pytest.approx(details(answer)["confidence"], abs=0.01)
    assert 0 < len(last.alternatives) <= MAX_PARTIAL_ALTERNATIVES
    assert last.text not in [other.text for other in last.alternatives]
