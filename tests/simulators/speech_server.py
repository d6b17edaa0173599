"""A speech server that understands what it is told to, or fails as it is told to."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

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
from wyoming.wake import Detection, NotDetected

from hearken_speech.protocol import PeerKind, Welcome
from tests.simulators.peer import Peer

if TYPE_CHECKING:
    import asyncio

    from wyoming.event import Eventable

SPEECH_RATE_HZ = 22_050
BYTES_PER_MS = 32
NOBODY = Attribution("", "")


class Fault(StrEnum):
    """What a server can do wrong."""

    NONE = auto()
    HANGS_UP = auto()
    """Closes every connection at once."""
    SPEAKS_HTTP = auto()
    SPEAKS_GARBAGE = auto()
    ENDLESS_LINE = auto()
    HUGE_CLAIM = auto()
    """Announces more data than any machine has."""
    NEVER_ANSWERS = auto()
    KNOWS_NO_HELLO = auto()
    """Is some other Wyoming server."""
    NONSENSE_WELCOME = auto()
    NONSENSE_INFO = auto()
    DIES_IN_REQUEST = auto()
    """Closes the connection at the first audio or text."""
    REFUSES = auto()
    """Answers every request with an error."""
    DEAF = auto()
    """Takes audio and never says anything."""
    DRIVEL = auto()
    """Answers every request with an event that makes no sense."""


_BYTES = {
    Fault.SPEAKS_HTTP: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    Fault.SPEAKS_GARBAGE: bytes(range(256)) + b"\n",
    Fault.ENDLESS_LINE: b"x" * 200_000,
    Fault.HUGE_CLAIM: b'{"type": "hearken-welcome", "data_length": 99999999999}\n',
    Fault.NONSENSE_WELCOME: b'{"type": "hearken-welcome", "data": {"kind": []}}\n',
    Fault.NONSENSE_INFO: b"",
    Fault.NEVER_ANSWERS: b"",
    Fault.HANGS_UP: b"",
}


class SpeechServer(Peer):
    """Answers like the speech server."""

    def __init__(self) -> None:
        """Begin as a good server with one of everything."""
        super().__init__()
        self.fault = Fault.NONE
        self.welcome = Welcome(
            kind=PeerKind.SERVER, id="server-1", name="Speech", version="1.2.3"
        )
        self.text = "turn on the kitchen light"
        self.languages = ["en"]
        self.wake_words = {"hey_jarvis": "hey jarvis", "alexa": "alexa"}
        self.voice_languages = ["en", "en-US"]
        self.ends_speech_after_ms: int | None = None
        """Answer after this much audio, without waiting for its end."""
        self.wakes_after_ms: int | None = None
        """Hear the wake word after this much audio."""
        self.transcript_context: dict[str, Any] | None = None
        self.detection_context: dict[str, Any] | None = None
        self.speech = bytes(SPEECH_RATE_HZ // 5 * 2)
        self.audio = b""
        """Audio of the last request."""
        self._request: Event | None = None
        self._is_done = False

    def info(self) -> Info:
        """Say what the server can do."""
        return Info(
            asr=[
                AsrProgram(
                    name="simulated",
                    attribution=NOBODY,
                    installed=True,
                    description=None,
                    version=None,
                    requires_external_vad=self.ends_speech_after_ms is None,
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
        """Become another server."""
        self.welcome = replace(self.welcome, id=server_id)

    def speak_protocol(self, version: int) -> None:
        """Speak another version of the protocol."""
        self.welcome = replace(self.welcome, protocol=version)

    def update_to(self, version: str) -> None:
        """Run another version of the software."""
        self.welcome = replace(self.welcome, version=version)

    def pose_as_satellite(self) -> None:
        """Say that a satellite is here."""
        self.welcome = replace(self.welcome, kind=PeerKind.SATELLITE)

    async def greet(self, writer: asyncio.StreamWriter) -> bool:
        """Fail before the first event, if told to."""
        if self.fault is Fault.HANGS_UP:
            return False
        if data := _BYTES.get(self.fault):
            writer.write(data)
            await writer.drain()
        return True

    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Answer one event."""
        if self.fault in _BYTES and self.fault is not Fault.NONSENSE_INFO:
            return
        match event.type:
            case "hearken-hello" if self.fault is not Fault.KNOWS_NO_HELLO:
                await _send(writer, self.welcome)
            case "describe":
                await self._describe(writer)
            case "transcribe" | "detect":
                self._request, self.audio, self._is_done = event, b"", False
            case "audio-chunk" | "audio-stop" | "synthesize":
                await self._work(event, writer)

    async def _describe(self, writer: asyncio.StreamWriter) -> None:
        """Say what the server can do, or nonsense."""
        if self.fault is Fault.NONSENSE_INFO:
            await async_write_event(Event("info", {"asr": [{"models": 5}]}), writer)
        else:
            await _send(writer, self.info())

    async def _work(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Do what was asked for, or fail."""
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
        """Do what was asked for."""
        if event.type == "synthesize":
            await self._speak(writer)
            return
        self.audio += event.payload or b""
        is_end = event.type == "audio-stop"
        if self._request is not None and self._request.type == "detect":
            await self._detect(writer, is_end=is_end)
        elif is_end or self._is_after(self.ends_speech_after_ms):
            self._is_done = True
            await _send(
                writer,
                Transcript(
                    text=self.text, language="en", context=self.transcript_context
                ),
            )

    async def _detect(self, writer: asyncio.StreamWriter, *, is_end: bool) -> None:
        """Hear the wake word when its time has come."""
        assert self._request is not None
        names = self._request.data.get("names") or list(self.wake_words)
        if self._is_after(self.wakes_after_ms):
            self._is_done = True
            await _send(
                writer,
                Detection(
                    name=names[0],
                    timestamp=self.wakes_after_ms,
                    context=self.detection_context,
                ),
            )
        elif is_end:
            await _send(writer, NotDetected())

    async def _speak(self, writer: asyncio.StreamWriter) -> None:
        """Say something."""
        await _send(writer, AudioStart(rate=SPEECH_RATE_HZ, width=2, channels=1))
        for position in range(0, len(self.speech), 4096):
            piece = self.speech[position : position + 4096]
            await _send(
                writer,
                AudioChunk(rate=SPEECH_RATE_HZ, width=2, channels=1, audio=piece),
            )
        await _send(writer, AudioStop())

    def _is_after(self, milliseconds: int | None) -> bool:
        """Tell whether so much audio has come."""
        return (
            milliseconds is not None and len(self.audio) >= milliseconds * BYTES_PER_MS
        )


async def _send(writer: asyncio.StreamWriter, event: Eventable) -> None:
    """Send one event."""
    await async_write_event(event.event(), writer)
