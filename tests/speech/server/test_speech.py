"""Test commands over Wyoming with a real client and the real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event

from hearken_speech.protocol import (
    EndReason,
    TranscribeOptions,
    UtteranceEnded,
    UtteranceHint,
    UtteranceState,
    Vocabulary,
)
from tests.simulators.voices import Samples, join, noise, say, silence
from tests.speech.server.program import Client, Server, connected, serving
from tests.speech.server.speaking import COMMAND, details

ENDPOINTING = TranscribeOptions(endpointing=True).context()
PARTIALS = TranscribeOptions(endpointing=True, partials=True).context()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Server]:
    """Return a server shared by all tests here."""
    async with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


def _ended(client: Client) -> UtteranceEnded:
    """Return how the utterance ended."""
    (event,) = [e for e in client.seen if UtteranceEnded.is_type(e.type)]
    return UtteranceEnded.from_event(event)


async def _hear(server: Server, sound: Samples, **request: Any) -> tuple[Event, Client]:
    """Speak to a server that detects the end of the utterance."""
    async with connected(server) as client:
        await client.transcribe(**{"context": PARTIALS, **request})
        speaking = asyncio.create_task(client.speak(sound, pace=1.5))
        try:
            return await client.answer(), client
        finally:
            speaking.cancel()


async def _hear_hinted(
    server: Server, text: str, state: UtteranceState
) -> tuple[Event, Client]:
    """Speak to a server that ends the utterance; answer each partial text with a hint.

    The pause continues only after the hint was sent, however slow the machine is.
    """
    said = asyncio.Event()

    async def speak(client: Client) -> None:
        await client.speak(join(say(text), silence(0.45)), pace=1.5)
        await said.wait()
        if state is not UtteranceState.COMPLETE:  # Needs no more audio to end.
            await client.speak(silence(3.0), pace=1.5)

    async with connected(server) as client:
        await client.transcribe(context=PARTIALS)
        speaking = asyncio.create_task(speak(client))
        try:
            while (event := await client.read()).type not in {"transcript", "error"}:
                if event.type == "hearken-partial":
                    hint = UtteranceHint(state=state, revision=event.data["revision"])
                    await client.wire.write_event(hint.event())
                    if event.data["text"] == text:
                        said.set()
            return event, client
        finally:
            speaking.cancel()


async def test_stock_client_gets_one_transcript(server: Server) -> None:
    """The only answer is the transcript, with details in its context."""
    async with connected(server) as client:
        await client.transcribe()
        await client.speak(join(say(COMMAND), silence(0.5)), pace=2)
        await client.stop()
        answer = await client.answer()
        assert [event.type for event in client.seen] == ["transcript"]
    assert answer.data["text"] == COMMAND
    assert answer.data["language"] == "en"
    assert details(answer)["confidence"] > 0.5
    assert details(answer)["model"] == "hearken-commands-en"


async def test_text_is_begun_in_the_pause(server: Server) -> None:
    """When audio-stop follows a pause, decoding has already begun."""
    async with connected(server) as client:
        await client.transcribe()
        recording = join(say(COMMAND), silence(0.7))
        await client.speak(recording, pace=1)
        # A busy machine may notice the pause late.
        await asyncio.sleep(1.0)
        await client.stop()
        answer = await client.answer()
    assert answer.data["text"] == COMMAND
    assert details(answer)["speculative"] is True
    # The silence after it is part of the recording.
    seconds = len(recording) / 16_000
    assert details(answer)["audio_seconds"] == pytest.approx(seconds, abs=0.01)


async def test_recording_sent_at_once_is_understood(server: Server) -> None:
    """A client that does not stream gets the same text."""
    answer = await server.ask(join(silence(1.0), say(COMMAND), silence(2.0)))
    assert answer.data["text"] == COMMAND


async def test_speech_that_goes_on_is_part_of_the_text(server: Server) -> None:
    """A speculative text from a pause is discarded when speech goes on."""
    first, second = say("turn on the light"), say("in the kitchen")
    sound = join(first, silence(0.35), second)
    answer = await server.ask(sound)
    async with connected(server) as client:
        await client.transcribe()
        await client.speak(sound, pace=1)
        await client.stop()
        streamed = await client.answer()
    assert streamed.data["text"] == answer.data["text"]
    assert "kitchen" in streamed.data["text"]


async def test_server_ends_the_utterance(server: Server) -> None:
    """Silence ends the utterance without audio-stop; positions are reported."""
    sound = join(silence(0.5), say(COMMAND), silence(3.0))
    answer, client = await _hear(server, sound)
    assert answer.data["text"] == COMMAND
    ended = _ended(client)
    assert ended.reason is EndReason.SILENCE
    assert ended.speech_start_sample is not None
    assert ended.speech_end_sample is not None
    waited = (ended.at_sample - ended.speech_end_sample) / 16_000
    assert 0.65 < waited < 0.85
    kinds = [event.type for event in client.seen]
    assert kinds.index("voice-started") < kinds.index("voice-stopped")
    assert kinds[-2:] == ["hearken-ended", "transcript"]


async def test_complete_command_ends_sooner(server: Server) -> None:
    """A hint says that the partial text is a complete command."""
    answer, client = await _hear_hinted(server, COMMAND, UtteranceState.COMPLETE)
    ended = _ended(client)
    assert answer.data["text"] == COMMAND
    assert ended.reason is EndReason.COMPLETE
    assert ended.speech_end_sample is not None
    assert (ended.at_sample - ended.speech_end_sample) / 16_000 < 0.6


async def test_dangling_command_waits_longer(server: Server) -> None:
    """A hint says that more has to follow."""
    _, client = await _hear_hinted(server, "turn on the", UtteranceState.DANGLING)
    ended = _ended(client)
    assert ended.speech_end_sample is not None
    assert (ended.at_sample - ended.speech_end_sample) / 16_000 > 1.1


async def test_hint_about_an_old_text_is_ignored(server: Server) -> None:
    """A hint with an outdated revision changes nothing."""
    sound = join(say(COMMAND), silence(3.0))
    async with connected(server) as client:
        await client.transcribe(context=PARTIALS)
        speaking = asyncio.create_task(client.speak(sound, pace=1.5))
        while (event := await client.read()).type != "transcript":
            if event.type == "hearken-partial":
                hint = UtteranceHint(state=UtteranceState.COMPLETE, revision=99)
                await client.wire.write_event(hint.event())
        speaking.cancel()
    assert _ended(client).reason is EndReason.SILENCE


async def test_partial_texts_grow(server: Server) -> None:
    """Long speech gives several numbered texts, the last one like the transcript."""
    text = "set a timer for five minutes"
    sound = join(say(text, "flite:rms"), silence(3.0))
    answer, client = await _hear(server, sound)
    partials = [e.data for e in client.seen if e.type == "hearken-partial"]
    revisions = [partial["revision"] for partial in partials]
    assert revisions == list(range(1, len(revisions) + 1))
    assert partials[-1]["text"] == answer.data["text"]


async def test_partial_texts_only_at_pauses(server: Server) -> None:
    """A client that only judges texts is spared those that nobody reads."""
    options = TranscribeOptions(endpointing=True, partials=True, pauses_only=True)
    text = "turn on the kitchen light and the bedroom light and the hall light"
    chatter = say(text, "flite:rms")
    counts = []
    for context in (PARTIALS, options.context()):
        async with connected(server) as client:
            await client.transcribe(context=context)
            await client.speak(chatter, pace=1.0)
            await client.stop()
            await client.answer()
        counts.append([e.type for e in client.seen].count("hearken-partial"))
    assert counts[1] < counts[0]


async def test_partial_texts_only_for_those_who_asked(server: Server) -> None:
    """Endpointing alone gives no partial texts."""
    sound = join(say(COMMAND), silence(3.0))
    _, client = await _hear(server, sound, context=ENDPOINTING)
    assert "hearken-partial" not in [event.type for event in client.seen]


async def test_nothing_heard(server: Server) -> None:
    """After 5 s of silence, the text is empty, with a reason."""
    answer, client = await _hear(server, silence(9.0))
    assert answer.data["text"] == ""
    assert details(answer)["empty_reason"] == "no-speech"
    assert _ended(client).reason is EndReason.NOTHING_HEARD


async def test_endless_speech_is_ended(server: Server) -> None:
    """Continuous speech is cut off after 15 s."""
    chatter = join(
        *(say(f"the weather was fine and we went to {n}") for n in "abcdefgh")
    )
    chatter = chatter[: 18 * 16_000]
    async with connected(server) as client:
        await client.transcribe(context=ENDPOINTING)
        await client.speak(chatter)
        await client.answer()
    assert _ended(client).reason is EndReason.TOO_LONG


async def test_sensitivity_of_the_protocol_counts(server: Server) -> None:
    """Aggressive ends the utterance sooner than relaxed."""
    waited = {}
    for sensitivity in ("aggressive", "relaxed"):
        sound = join(say(COMMAND), silence(3.0))
        _, client = await _hear(server, sound, vad_sensitivity=sensitivity)
        ended = _ended(client)
        assert ended.speech_end_sample is not None
        waited[sensitivity] = ended.at_sample - ended.speech_end_sample
    assert waited["aggressive"] < 0.6 * 16_000 < waited["relaxed"]


async def test_names_come_with_the_request(server: Server) -> None:
    """Names in the request leave the text as it was heard."""
    answer = await server.ask(
        say("dim the sink light to five percent"), transcript_names=["Sync light"]
    )
    assert answer.data["text"] == "dim the sink light to five percent"


async def test_names_are_stored_for_later_requests(server: Server) -> None:
    """Requests may refer to stored names, from any connection."""
    async with connected(server) as client:
        names = Vocabulary(key="house-1", names=("Sync light", "Nautilus"))
        await client.wire.write_event(names.event())
        # Answers come in order, so the names have been stored now.
        await client.wire.write_event(Event(type="describe"))
        assert (await client.read()).type == "info"
    spoken = say("dim the sink light to five percent")
    for key in ("house-1", "another"):
        context = TranscribeOptions(vocabulary=key).context()
        answer = await server.ask(spoken, context=context)
        assert answer.data["text"] == "dim the sink light to five percent"


async def test_phantom_text_is_empty_with_a_reason(server: Server) -> None:
    """Noise gives no text."""
    answer = await server.ask(noise(3.0, 800))
    assert answer.data["text"] == ""
    assert details(answer)["empty_reason"] in {"no-speech", "phantom"}


@pytest.mark.parametrize(
    ("request_fields", "code"),
    [
        ({"language": "tlh"}, "unknown-language"),
        ({"transcript_names": "not a list"}, "bad-request"),
        ({"transcript_names": [1, 2]}, "bad-request"),
        ({"transcript_names": ["x" * 2_000]}, "bad-request"),
    ],
)
async def test_bad_requests_are_refused_and_the_connection_lives(
    server: Server, request_fields: dict[str, Any], code: str
) -> None:
    """After an error, a valid request works on the same connection."""
    async with connected(server) as client:
        await client.transcribe(**request_fields)
        await client.speak(silence(0.2))
        await client.stop()
        answer = await client.answer()
        assert answer.type == "error"
        assert answer.data["code"] == code
        await client.transcribe()
        await client.speak(say(COMMAND))
        await client.stop()
        assert (await client.answer()).data["text"] == COMMAND


async def test_other_audio_is_understood(server: Server) -> None:
    """Stereo audio at 48 kHz with 24 bits is converted."""
    samples = np.repeat(say(COMMAND).astype(np.int32) << 8, 6)
    packed = samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    layout: dict[str, Any] = {"rate": 48_000, "width": 3, "channels": 2}
    async with connected(server) as client:
        await client.transcribe()
        await client.wire.write_event(AudioStart(**layout).event())
        for start in range(0, len(packed), 6_000):
            piece = packed[start : start + 6_000]
            await client.wire.write_event(AudioChunk(**layout, audio=piece).event())
        await client.stop()
        assert (await client.answer()).data["text"] == COMMAND


async def test_nearly_a_minute_of_speech_is_understood(server: Server) -> None:
    """The text includes the beginning and the end of the recording."""
    first, last = "pause the music", "close the garage door"
    answer = await server.ask(join(say(first), silence(53.0), say(last)))
    assert answer.data["text"] == f"{first} {last}"
    assert details(answer)["audio_seconds"] > 55


async def test_a_minute_is_too_much_audio(server: Server) -> None:
    """Exactly one error is sent."""
    answer = await server.ask(silence(61.0))
    assert answer.type == "error"
    assert answer.data["code"] == "bad-audio"


async def test_client_that_vanishes_leaves_the_server_alone(server: Server) -> None:
    """The client disconnects during the audio, or during decoding."""
    for stop in (False, True):
        async with connected(server) as client:
            await client.transcribe()
            await client.speak(say(COMMAND))
            if stop:
                await client.stop()
    assert (await server.ask(say(COMMAND))).data["text"] == COMMAND
    assert not [line for line in server.log if "Traceback" in line]


async def test_ten_at_once(server: Server) -> None:
    """All clients get their own answers."""
    texts = ["pause the music", "close the garage door", COMMAND] * 4
    answers = await asyncio.gather(*(server.ask(say(text)) for text in texts[:10]))
    assert [answer.data.get("text") for answer in answers] == texts[:10]


async def test_late_audio_and_hints_are_ignored(server: Server) -> None:
    """Events after the end of the utterance are discarded."""
    async with connected(server) as client:
        await client.transcribe(context=PARTIALS)
        await client.speak(join(say(COMMAND), silence(2.0)))
        assert (await client.answer()).data["text"] == COMMAND
        await client.speak(say("pause the music"))
        hint = UtteranceHint(state=UtteranceState.COMPLETE, revision=1)
        await client.wire.write_event(hint.event())
        await client.stop()
        await client.wire.write_event(Event(type="describe"))
        assert (await client.read()).type == "info"
