"""Test how long, and how often, names are proposed for a transcript."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from hearken_speech.protocol import ProposeNames
from hearken_speech.server.last_transcript import LastTranscript, NameOffer, name_offer
from hearken_speech.server.recognizer import Recognizer
from hearken_speech.stt.pool import Priority
from hearken_speech.stt.recording import Recording
from hearken_speech.stt.transcription import Request
from tests import real_weights
from tests.simulators.voices import say
from tests.speech.server.recognizing import recognizer_options, started, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUEST = Request(language="en", names=("Sync light", "Kraken"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recognizer(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Recognizer]:
    """Return a recognizer shared by all tests here."""
    folder = tmp_path_factory.mktemp("models")
    model = str(real_weights.folder("tiny.en"))
    async with started(recognizer_options(model=model, folder=folder)) as made:
        await until(lambda: made.models.in_use == "tiny.en")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offer(recognizer: Recognizer) -> NameOffer:
    """Return what is offered after a name that was not understood."""
    pinned = recognizer.pin_model()
    recording = Recording.of(
        say("dim the sink light to five percent"), pinned.mel_bands
    )
    transcription = await recognizer.result(
        recognizer.submit(recording, REQUEST, Priority.FINAL, pinned)
    )
    offer = name_offer(transcription, REQUEST, pinned)
    assert offer is not None
    return offer


async def test_offer_is_answered_once(recognizer: Recognizer, offer: NameOffer) -> None:
    """Each transcript is searched for names once."""
    last = LastTranscript(recognizer)
    last.keep(offer)
    assert (await last.propose_names()).proposals
    assert not (await last.propose_names()).proposals


async def test_sentences_are_judged_by_the_sound(
    recognizer: Recognizer, offer: NameOffer
) -> None:
    """What was said is nearly as probable as what was heard, anything else is not."""
    last = LastTranscript(recognizer)
    last.keep(offer)
    said, other = "dim the sync light to five percent", "close the garage door"
    found = await last.propose_names(ProposeNames(sentences=(other, said)))
    assert [one.text for one in found.sentences] == [said, other]
    best, worst = (one.margin for one in found.sentences)
    assert best > worst + 10


async def test_offer_ends_soon(
    recognizer: Recognizer, offer: NameOffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sound is not kept for a client that does not ask."""
    monkeypatch.setattr("hearken_speech.server.last_transcript._KEPT_SECONDS", 0.05)
    last = LastTranscript(recognizer)
    last.keep(offer)
    await asyncio.sleep(0.1)
    assert not (await last.propose_names()).proposals


async def test_next_transcript_replaces_the_offer(
    recognizer: Recognizer, offer: NameOffer
) -> None:
    """A transcript for which no names can be proposed ends the offer before it."""
    last = LastTranscript(recognizer)
    last.keep(offer)
    last.keep(None)
    assert not (await last.propose_names()).proposals


async def test_nothing_is_offered_without_text_or_names(offer: NameOffer) -> None:
    """A transcript without text, without sound, or without names offers nothing."""
    heard, pinned = offer.transcription, offer.pinned
    assert name_offer(replace(heard, text=""), REQUEST, pinned) is None
    assert name_offer(replace(heard, decoding=None), REQUEST, pinned) is None
    assert name_offer(heard, Request(language="en"), pinned) is None


async def test_model_was_replaced(recognizer: Recognizer, offer: NameOffer) -> None:
    """Another model cannot judge what this one has encoded."""
    last = LastTranscript(recognizer)
    heard = replace(offer.transcription, model="another")
    last.keep(replace(offer, transcription=heard))
    assert not (await last.propose_names()).proposals


async def test_proposals_take_too_long(
    recognizer: Recognizer, offer: NameOffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that waits gets an answer without names."""
    monkeypatch.setattr("hearken_speech.server.recognizer._PROPOSAL_LIMIT_SECONDS", 0)
    last = LastTranscript(recognizer)
    last.keep(offer)
    assert not (await last.propose_names()).proposals
