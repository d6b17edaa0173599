"""A simulated speech server with configurable results and faults."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, override

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    Info,
    TtsProgram,
    TtsVoice,
    WakeModel,
    WakeProgram,
)
from wyoming.ping import Pong
from wyoming.wake import Detection, NotDetected

from hearken_speech.protocol import (
    SAMPLE_WIDTH_BYTES,
    Alternative,
    DetectDetails,
    EndReason,
    NameProposal,
    NameProposals,
    Partial,
    PeerKind,
    Proof,
    SecondLook,
    TranscribeOptions,
    UtteranceEnded,
    UtteranceHint,
    Vocabulary,
    VocabularyMissing,
    Welcome,
)
from tests.simulators.faults import FAULT_BYTES, Fault
from tests.simulators.peer import Peer

if TYPE_CHECKING:
    from wyoming.event import Eventable

SPEECH_RATE_HZ = 22_050
BYTES_PER_MS = 32
NOBODY = Attribution("", "")
_HELP = ("utterance", "propose-names", "look-again", "proof")


class SpeechServer(Peer):
    """Answer like the speech server."""

    def __init__(self) -> None:
        """Start as a server without faults."""
        super().__init__()
        self.fault = Fault.NONE
        self.welcome = Welcome(
            kind=PeerKind.SERVER,
            id="server-1",
            name="Speech",
            version="1.2.3",
            run="first",
        )
        self.text = "turn on the kitchen light"
        self.languages = ["en"]
        self.wake_words = {"hey_jarvis": "hey jarvis", "alexa": "alexa"}
        self.voice_languages = ["en", "en-US"]
        self.ends_speech_after_ms: int | None = None
        """Answer after this much audio, without waiting for its end."""
        self.partials: list[str] = []
        """Texts so far, one with each piece of audio, for a client that asked."""
        self.alternatives: tuple[Alternative, ...] = ()
        """Alternatives of each of these texts."""
        self.proposals: tuple[NameProposal, ...] | None = ()
        """Texts with names of the house; None does not answer the question."""
        self.fitting: tuple[NameProposal, ...] = ()
        """Sentences of the client, as they fit the sound."""
        self.second_look = ""
        self.waits_for_hint = False
        """End the utterance when a hint about the last text so far comes."""
        self.decodes = asyncio.Event()
        """Cleared, the text does not come after the end."""
        self.decodes.set()
        self.vocabularies: dict[str, Vocabulary] = {}
        self.proofs: list[Proof] = []
        """Proofs that clients know the token."""
        self.wakes_after_ms: int | None = None
        """Hear the wake word after this much audio."""
        self.wakes_with: str | None = None
        """The word that is said; the first of those asked for unless set."""
        self.score = 0.9
        """How sure the wake word is; below its threshold nothing is heard."""
        self.transcript_context: dict[str, Any] | None = None
        self.detection_context: dict[str, Any] | None = None
        self.speech = bytes(SPEECH_RATE_HZ // 5 * 2)
        self.finishes_speech = asyncio.Event()
        """Cleared, the second half of the speech does not come."""
        self.finishes_speech.set()
        self.audio = b""
        """Audio of the last request."""
        self._request: Event | None = None
        self._asker: asyncio.StreamWriter | None = None
        self._is_done, self._revision = False, 0
        self._later: asyncio.Task[None] | None = None

    def info(self) -> Info:
        """Return the server's info."""
        return Info(
            asr=[
                AsrProgram(
                    name="simulated",
                    attribution=NOBODY,
                    installed=True,
                    description=None,
                    version=None,
                    requires_external_vad=True,
                    models=[
                        AsrModel(
                            name="model",
                            attribution=NOBODY,
                            installed=True,
                            description=None,
                            version=None,
                            languages=self.languages,
                        )
                    ],
                )
            ]
            if self.languages
            else [],
            tts=[
                TtsProgram(
                    name="simulated",
                    attribution=NOBODY,
                    installed=True,
                    description=None,
                    version=None,
                    voices=[
                        TtsVoice(
                            name=f"voice-{language}",
                            attribution=NOBODY,
                            installed=True,
                            description=f"Voice {language}",
                            version=None,
                            languages=[language],
                        )
                        for language in self.voice_languages
                    ],
                )
            ]
            if self.voice_languages
            else [],
            wake=[
                WakeProgram(
                    name="simulated",
                    attribution=NOBODY,
                    installed=True,
                    description=None,
                    version=None,
                    models=[
                        WakeModel(
                            name=name,
                            attribution=NOBODY,
                            installed=True,
                            description=None,
                            version=None,
                            languages=["en"],
                            phrase=phrase,
                        )
                        for name, phrase in self.wake_words.items()
                    ],
                )
            ],
        )

    def rename(self, server_id: str) -> None:
        """Change the identity."""
        self.welcome = replace(self.welcome, id=server_id)

    def speak_protocol(self, version: int) -> None:
        """Change the protocol version."""
        self.welcome = replace(self.welcome, protocol=version)

    def update_to(self, version: str) -> None:
        """Change the software version."""
        self.welcome = replace(self.welcome, version=version)

    def pose_as_satellite(self) -> None:
        """Pretend to be a satellite."""
        self.welcome = replace(self.welcome, kind=PeerKind.SATELLITE)

    @override
    async def greet(self, writer: asyncio.StreamWriter) -> bool:
        """Fail before the first event, if configured."""
        if self.fault is Fault.HANGS_UP:
            return False
        if data := FAULT_BYTES.get(self.fault):
            writer.write(data)
            await writer.drain()
        return True

    @override
    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Answer one event."""
        if self.fault in FAULT_BYTES and self.fault is not Fault.NONSENSE_INFO:
            return
        match event.type:
            case "hearken-hello" if self.fault is not Fault.KNOWS_NO_HELLO:
                await _send(writer, self.welcome)
            case "describe":
                await self._describe(writer)
            case "ping":
                await _send(writer, Pong(text=event.data.get("text")))
            case "hearken-vocabulary":
                await self._store(event, writer)
            case kind if kind.removeprefix("hearken-") in _HELP:
                await self._help(event, writer)
            case "detect" if self._is_detecting and writer is self._asker:
                # A new request while audio is flowing: other words, the same audio.
                self._request = event
            case "transcribe" | "detect":
                self._request, self.audio, self._is_done = event, b"", False
                self._asker = writer
                self._revision = 0
                await self._ask_for_names(writer)
            case "audio-chunk" | "audio-stop" | "synthesize":
                await self._work(event, writer)

    async def _describe(self, writer: asyncio.StreamWriter) -> None:
        """Send the info, or nonsense if configured."""
        if self.fault is Fault.NONSENSE_INFO:
            await async_write_event(Event("info", {"asr": [{"models": 5}]}), writer)
        else:
            await _send(writer, self.info())

    async def _ask_for_names(self, writer: asyncio.StreamWriter) -> None:
        """Say so if the vocabulary of a request is not stored."""
        key = self.options.vocabulary
        if key and key not in self.vocabularies:
            await _send(writer, VocabularyMissing(key=key))

    async def _work(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Serve a request, or fail if configured."""
        if self._is_done and event.type != "synthesize":
            return
        match self.fault:
            case Fault.DIES_IN_REQUEST:
                writer.transport.abort()
            case Fault.REFUSES:
                self._is_done = True
                await _send(writer, Error(text="the model is broken", code="failed"))
            case Fault.DRIVEL:
                self._is_done = True
                await async_write_event(Event("transcript", {"text": None}), writer)
                await async_write_event(Event("detection", {"name": 7}), writer)
                start = {"rate": "x", "width": 2, "channels": 1}
                await async_write_event(Event("audio-start", start), writer)
            case Fault.DEAF:
                pass
            case _:
                await self._serve_request(event, writer)

    async def _serve_request(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Serve a request."""
        if event.type == "synthesize":
            await self._speak(writer)
            return
        self.audio += event.payload or b""
        is_end = event.type == "audio-stop"
        if self._is_detecting:
            await self._detect(writer, is_end=is_end)
        elif is_end or self._is_after(self.ends_speech_after_ms):
            await self._end(EndReason.CLIENT if is_end else EndReason.SILENCE, writer)
        else:
            await self._tell_partial(writer)

    @property
    def _is_detecting(self) -> bool:
        """Return whether the last request was for wake words."""
        return self._request is not None and self._request.type == "detect"

    @property
    def options(self) -> TranscribeOptions:
        """Return the options of the client's last request."""
        data = self._request.data if self._request is not None else {}
        return TranscribeOptions.from_context(data.get("context"))

    async def _tell_partial(self, writer: asyncio.StreamWriter) -> None:
        """Send the next partial text, if available and requested."""
        if self.options.partials and self._revision < len(self.partials):
            text = self.partials[self._revision]
            self._revision += 1
            partial = Partial(
                text=text, revision=self._revision, alternatives=self.alternatives
            )
            await _send(writer, partial)

    async def _help(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Take a hint or a proof, propose names, or look again."""
        if Proof.is_type(event.type):
            self.proofs.append(Proof.from_event(event))
        elif event.type == "hearken-utterance":
            await self._take_hint(UtteranceHint.from_event(event), writer)
        elif event.type == "hearken-look-again":
            await _send(writer, SecondLook(text=self.second_look))
        elif self.proposals is not None:
            answer = NameProposals(proposals=self.proposals, sentences=self.fitting)
            await _send(writer, answer)

    async def _take_hint(
        self, hint: UtteranceHint, writer: asyncio.StreamWriter
    ) -> None:
        """End the utterance when a hint says that it is complete."""
        is_newest = hint.revision == len(self.partials)
        if self.waits_for_hint and is_newest and not self._is_done:
            await self._end(EndReason.COMPLETE, writer)

    async def _end(self, reason: EndReason, writer: asyncio.StreamWriter) -> None:
        """Send the end of the utterance and the transcript."""
        self._is_done = True
        if self.options.endpointing:
            at = len(self.audio) // SAMPLE_WIDTH_BYTES
            await _send(writer, UtteranceEnded(reason=reason, at_sample=at))
        if not self.decodes.is_set():
            # Events from the client are still accepted meanwhile.
            self._later = asyncio.create_task(self._decode(writer))
            return
        await self._decode(writer)

    async def _decode(self, writer: asyncio.StreamWriter) -> None:
        """Send the transcript when it is decoded."""
        await self.decodes.wait()
        context = self.transcript_context
        await _send(writer, Transcript(text=self.text, language="en", context=context))

    async def _store(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Store a vocabulary, or fail if configured."""
        if self.fault is Fault.REFUSES:
            await _send(writer, Error(text="no room for names", code="failed"))
            return
        vocabulary = Vocabulary.from_event(event)
        self.vocabularies[vocabulary.key] = vocabulary

    async def forget(self) -> None:
        """Discard stored names, as an unnoticed restart would."""
        await self.stop()
        self.vocabularies.clear()
        self.welcome = replace(self.welcome, run=f"{self.welcome.run}+")
        await self.start()

    async def _detect(self, writer: asyncio.StreamWriter, *, is_end: bool) -> None:
        """Detect the wake word when its time has come."""
        assert self._request is not None
        names = self._request.data.get("names") or list(self.wake_words)
        word = self.wakes_with or names[0]
        details = DetectDetails.from_context(self._request.data.get("context"))
        settings = details.words.get(word, details.default)
        is_sure = self.score >= (settings.threshold or 0.5)
        if self._is_after(self.wakes_after_ms) and word in names and is_sure:
            self._is_done = True
            await _send(
                writer,
                Detection(
                    name=word,
                    timestamp=self.wakes_after_ms,
                    context=self.detection_context,
                ),
            )
        elif is_end:
            await _send(writer, NotDetected())

    async def _speak(self, writer: asyncio.StreamWriter) -> None:
        """Send synthesized speech."""
        await _send(writer, AudioStart(rate=SPEECH_RATE_HZ, width=2, channels=1))
        for position in range(0, len(self.speech), 4096):
            if position >= len(self.speech) // 2:
                await self.finishes_speech.wait()
            piece = self.speech[position : position + 4096]
            await _send(
                writer,
                AudioChunk(rate=SPEECH_RATE_HZ, width=2, channels=1, audio=piece),
            )
        await _send(writer, AudioStop())

    def _is_after(self, milliseconds: int | None) -> bool:
        """Return whether this much audio has arrived."""
        return (
            milliseconds is not None and len(self.audio) >= milliseconds * BYTES_PER_MS
        )


async def _send(writer: asyncio.StreamWriter, event: Eventable) -> None:
    """Send one event."""
    await async_write_event(event.event(), writer)
