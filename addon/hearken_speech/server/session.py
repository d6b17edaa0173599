"""One Wyoming connection."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, ClassVar, Final, cast

from wyoming.asr import Transcribe
from wyoming.audio import AudioStart
from wyoming.error import Error
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize
from wyoming.wake import Detect, NotDetected

from hearken_speech import wire
from hearken_speech.audio.format import AudioFormat
from hearken_speech.connections import TooManyConnectionsError
from hearken_speech.errors import HearkenError, RequestError, wrong_fields
from hearken_speech.protocol import (
    DetectDetails,
    ErrorCode,
    EventKind,
    Hello,
    Proof,
    ProposeNames,
    UtteranceHint,
    Vocabulary,
    VocabularyMissing,
)
from hearken_speech.server import wake
from hearken_speech.server.info import describe
from hearken_speech.server.intake import AudioIntake
from hearken_speech.server.last_transcript import LastTranscript
from hearken_speech.server.speaking import speak
from hearken_speech.server.speech import SpeechListener
from hearken_speech.server.speech_request import default_request, read_request
from hearken_speech.server.speech_result import SpeechResult, journal_fields, transcript
from hearken_speech.server.wake_listener import WakeListener
from hearken_speech.stt.errors import DecodeError
from hearken_speech.wake import messages
from hearken_speech.wake.errors import WakeModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from wyoming.event import Event, Eventable

    from hearken_speech.connections import Connection
    from hearken_speech.server.listeners import Listener
    from hearken_speech.server.services import Services
    from hearken_speech.server.speech_request import SpeechRequest
    from hearken_speech.wake.events import Detected
    from hearken_speech.wake.settings import StreamSettings

_LOGGER = logging.getLogger(__name__)

_MAX_ERROR_CHARACTERS: Final = 500
_USELESS_EVENTS: Final = frozenset({"ping", "hearken-hello", "hearken-proof"})
"""Events that leave a new connection new."""
_INDEPENDENT_EVENTS: Final = _USELESS_EVENTS | {
    *("describe", "synthesize", "hearken-vocabulary"),
    *("hearken-utterance", "hearken-propose-names", "hearken-look-again"),
}
"""Events whose errors do not end the audio of a request."""
# A microphone does not send more at a time; faster audio is read without a pause.
_SMALL_READ_BYTES: Final = 16 * 1024


class Session:
    """Reads events from one client and answers them."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        services: Services,
        connection: Connection,
        http_port: int | None,
    ) -> None:
        """Set the streams of the client, and its place among the others."""
        reader, self._writer = streams
        self._events = wire.EventReader(
            reader, wire.MAX_STRANGERS_DATA_BYTES, services.strangers_turns
        )
        self._connection = connection
        self._services = services
        self._http_port = http_port
        self._sending = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self._listener: Listener | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._intake = AudioIntake()
        self._last = LastTranscript(services.recognizer)
        self._start_ms = 0  # when the audio started, by the client's own timestamps
        # The audio of a refused request is discarded until it ends.
        self._refused = False
        # The last request for words, which counts until a command is asked for.
        self._words: tuple[str, StreamSettings] | None = None

    async def run(self) -> None:
        """Serve until the client disconnects or breaks the protocol."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._serve()
                await self._end_listening()
        except* HearkenError as group:
            _LOGGER.warning("connection closed: %s", group.exceptions[0])
        except* OSError:
            _LOGGER.debug("connection lost")
        finally:
            if self._listener is not None:
                # A task that is cancelled before its first step frees nothing.
                self._listener.release()
            # Break reference cycles: they last until the next garbage collection.
            self._listener = self._speaking = None
            self._last.forget()

    async def _serve(self) -> None:
        while (event := await self._next_event()) is not None:
            self._connection.touch()
            try:
                await self._handle(event)
            except TooManyConnectionsError as err:
                await self._refuse(err)
                return
            self._connection.is_waiting = self._listener is not None or (
                self._speaking is not None and not self._speaking.done()
            )
            del event  # Nothing of it is kept while the next one is awaited.

    async def _handle(self, event: Event) -> None:
        """Do what an event asks for, or refuse it."""
        if (handler := self._HANDLERS.get(event.type)) is None:
            self._services.journal.count("unknown-event")
            return
        try:
            if event.type not in _USELESS_EVENTS:
                self._services.connections.accept(
                    self._connection, is_required=event.type != "describe"
                )
            await handler(self, event)
        except (wire.WireError, TooManyConnectionsError):
            raise
        except HearkenError as err:
            await self._refuse(err, of=event.type)
        # The library raises these for missing fields and wrong types.
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            await self._refuse(wrong_fields(event.type, err), of=event.type)

    async def _next_event(self) -> Event | None:
        """Return the next event, None at the end."""
        event = await self._events.ready()
        if event is None:
            await self._rest()
            return await self._events.read()
        if not self._connection.is_trusted:
            # However fast a stranger sends, others get their turn.
            await asyncio.sleep(0)
        return event

    async def _rest(self) -> None:
        """Leave audio unread while it does not matter, because each packet costs."""
        listener = self._listener
        if (
            listener is not None
            and listener.rest_seconds
            and self._events.last_bytes < _SMALL_READ_BYTES
        ):
            # A socket's transport is bidirectional, but typed as a write transport.
            transport = cast("asyncio.Transport", self._writer.transport)
            transport.pause_reading()
            await listener.rest()
            transport.resume_reading()

    async def _refuse(
        self, err: HearkenError, listener: Listener | None = None, of: str = ""
    ) -> None:
        """Send the error, and discard the audio of the request."""
        text = str(err)[:_MAX_ERROR_CHARACTERS]
        self._services.journal.add(EventKind.ERROR, code=err.code.value, text=text)
        level = logging.ERROR if err.code is ErrorCode.FAILED else logging.WARNING
        _LOGGER.log(level, "request refused: %s", text)
        if of in _INDEPENDENT_EVENTS:
            # The audio belongs to another request.
            pass
        elif listener is None:
            await self._end_listening()
            self._refused = True
        elif self._listener is listener:
            self._listener = None
            self._refused = True
        await self._send(Error(text=text, code=err.code.value))

    async def _send(self, event: Eventable) -> None:
        async with self._sending:
            await wire.write_event(self._writer, event.event())
        self._connection.touch()

    # Requests without audio

    async def _describe(self, _event: Event) -> None:
        await self._send(describe(self._services))

    async def _ping(self, event: Event) -> None:
        await self._send(Pong(text=Ping.from_event(event).text))

    async def _hello(self, event: Event) -> None:
        Hello.from_event(event)
        await self._send(self._services.welcome(self._http_port))

    async def _proof(self, event: Event) -> None:
        """Trust a client that knows the token."""
        if not Proof.from_event(event).proves(self._services.identity.token):
            self._services.journal.count("wrong-proof")
            return
        self._services.connections.trust(self._connection)
        self._events.max_data_bytes, self._events.turns = wire.MAX_DATA_BYTES, None

    async def _synthesize(self, event: Event) -> None:
        """Speak a text, and send the samples as they are produced."""
        request = Synthesize.from_event(event)
        espeak, is_trusted = self._services.espeak, self._connection.is_trusted
        seconds = await speak(espeak, request, self._send, is_trusted=is_trusted)
        self._services.journal.add(EventKind.SPOKEN, text=request.text, seconds=seconds)

    # Requests about the audio that follows

    async def _detect(self, event: Event) -> None:
        details = DetectDetails.from_context(Detect.from_event(event).context)
        settings = wake.stream_settings(wake.requested_words(event), details)
        name, self._words = details.stream or self._connection.address, None
        if isinstance(self._listener, WakeListener):
            # Audio may have been sent already; keep what was processed of it.
            self._listener.update(settings)
        else:
            await self._end_listening()
            self._listen_for_words(name, settings)
        self._words = name, settings

    def _listen_for_words(self, name: str, settings: StreamSettings) -> None:
        listener = WakeListener(
            self._services.wake, name, settings, self._report, self._connection
        )
        self._start_listening(listener)
        assert self._tasks is not None  # noqa: S101 - set while events are read
        self._tasks.create_task(self._report_words(listener))

    async def _report_words(self, listener: WakeListener) -> None:
        """Report detections, or why there can be none any more."""
        try:
            await listener.run()
        except WakeModelError as err:
            await self._refuse(err, listener)

    async def _transcribe(self, event: Event) -> None:
        request = Transcribe.from_event(event)
        await self._end_listening()
        self._words = None
        self._last.forget()
        recognizer, is_trusted = self._services.recognizer, self._connection.is_trusted
        wanted = read_request(request, recognizer, is_trusted=is_trusted)
        if wanted.lacks_vocabulary:
            await self._send(VocabularyMissing(key=wanted.options.vocabulary))
        await self._start_speech(wanted)

    async def _vocabulary(self, event: Event) -> None:
        self._services.recognizer.store(
            Vocabulary.from_event(event), is_trusted=self._connection.is_trusted
        )

    async def _utterance(self, event: Event) -> None:
        hint = UtteranceHint.from_event(event)
        if isinstance(self._listener, SpeechListener):
            self._listener.hint(hint)

    async def _propose_names(self, event: Event) -> None:
        answer = await self._last.propose_names(ProposeNames.from_event(event))
        self._services.journal.count("proposal" if answer.proposals else "no-proposal")
        await self._send(answer)

    async def _look_again(self, _event: Event) -> None:
        await self._send(await self._last.look_again())

    async def _start_speech(self, wanted: SpeechRequest) -> None:
        if self._speaking is not None:
            # Answers have no numbers, so they come in order; this also limits commands.
            await asyncio.wait({self._speaking})
        listener = SpeechListener(wanted, self._services.recognizer, self._send)
        self._start_listening(listener)
        assert self._tasks is not None  # noqa: S101 - set while events are read
        self._speaking = self._tasks.create_task(self._speech(listener))

    async def _speech(self, listener: SpeechListener) -> None:
        """Send the transcript of one command when it is over."""
        try:
            result = await listener.run()
        except HearkenError as err:
            await self._refuse(err, listener)
            return
        except ConnectionError:
            raise  # The client is gone: nobody listens any longer.
        except Exception as err:  # Other requests of this connection go on.
            _LOGGER.exception("A recording could not be recognized")
            msg = f"the recording could not be recognized ({type(err).__name__})"
            await self._refuse(DecodeError(msg), listener)
            return
        if self._listener is listener:
            self._listener = None
        await self._send_transcript(result)

    def _start_listening(self, listener: Listener) -> None:
        self._listener, self._refused = listener, False

    async def _end_listening(self) -> None:
        listener, self._listener = self._listener, None
        self._intake.reset()
        if isinstance(listener, WakeListener):
            await listener.finish()
        elif isinstance(listener, SpeechListener) and not listener.stopped:
            # Its transcript is no longer wanted.
            assert self._speaking is not None  # noqa: S101 - started with the listener
            self._speaking.cancel()
            listener.release()

    # Audio

    async def _audio_start(self, event: Event) -> None:
        start = AudioStart.from_event(event)
        if not isinstance(start.timestamp, int | None):
            msg = "the timestamp of audio-start is not a number of milliseconds"
            raise RequestError(msg)
        self._start_ms = start.timestamp or 0
        self._intake.prepare(AudioFormat(start.rate, start.width, start.channels))
        if self._listener is None and not self._refused and self._words:
            self._listen_for_words(*self._words)
        if self._listener is None and not self._refused:
            # Wyoming allows audio without a request, which is then a command.
            recognizer = self._services.recognizer
            is_trusted = self._connection.is_trusted
            await self._start_speech(default_request(recognizer, is_trusted=is_trusted))
        listener = self._listener
        if isinstance(listener, WakeListener) and listener.has_audio:
            # The client started again without ending the audio; start again as well.
            listener.abandon()
            self._listen_for_words(listener.name, listener.settings)

    async def _audio_chunk(self, event: Event) -> None:
        if self._listener is None:
            return
        lane = self._services.recognizer.lane(is_trusted=self._connection.is_trusted)
        samples = await self._intake.samples(event, lane.listening)
        # The listener may have ended while a long chunk was converted.
        if isinstance(self._listener, WakeListener):
            await self._listener.add_audio_paced(samples)
        elif self._listener is not None:
            self._listener.add_audio(samples)

    async def _audio_stop(self, _event: Event) -> None:
        listener, rest = self._listener, self._intake.rest()
        self._refused = False
        if listener is None:
            return
        if rest is not None:
            listener.add_audio(rest)
        if isinstance(listener, SpeechListener):
            listener.stop()
        await self._end_listening()
        if isinstance(listener, WakeListener) and not listener.detections:
            await self._send(NotDetected())

    async def _send_transcript(self, result: SpeechResult) -> None:
        transcription = result.transcription
        self._services.journal.add(EventKind.TRANSCRIPT, **journal_fields(result))
        if transcription.rejected:
            self._services.journal.count("phantom")
        self._last.keep(result.offer, result.look)
        await self._send(transcript(result))

    async def _report(self, heard: Detected) -> None:
        """Send the detection of a wake word."""
        self._services.journal.add(EventKind.DETECTION, **wake.detection_fields(heard))
        await self._send(messages.detection(heard, self._start_ms))

    # Functions, not bound methods: those would create a reference cycle.
    _HANDLERS: ClassVar[Mapping[str, Callable[[Session, Event], Awaitable[None]]]] = {
        "describe": _describe,
        "ping": _ping,
        "hearken-hello": _hello,
        "hearken-proof": _proof,
        "detect": _detect,
        "transcribe": _transcribe,
        "audio-start": _audio_start,
        "audio-chunk": _audio_chunk,
        "audio-stop": _audio_stop,
        "synthesize": _synthesize,
        "hearken-vocabulary": _vocabulary,
        "hearken-utterance": _utterance,
        "hearken-propose-names": _propose_names,
        "hearken-look-again": _look_again,
    }
