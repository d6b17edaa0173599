"""One command on its way from sound to text.

The decoder starts at the first pause, while nobody knows yet whether that was all.
If it was, the text is there when the end is decided; if not, it is thrown away.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from wyoming.vad import VoiceStarted, VoiceStopped

from hearken_speech.errors import AudioError, BusyError
from hearken_speech.protocol import (
    SAMPLE_RATE_HZ,
    EndReason,
    Partial,
    TranscribeOptions,
    TranscriptDetails,
    UtteranceEnded,
    UtteranceHint,
)
from hearken_speech.stt.pool import Priority
from hearken_speech.stt.utterance import PartialDue, Utterance
from hearken_speech.vad.endpoint import (
    LISTEN_FOR_EVER,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
    settings_for,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from wyoming.event import Eventable

    from hearken_speech.audio.format import Samples
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.stt.transcriber import Request, Transcription
    from hearken_speech.stt.utterance import UtteranceEvent
    from hearken_speech.vad.endpoint import Ended

MAX_RECORDING_SECONDS: Final = 60
_DECIDED: Final = (EndReason.SILENCE, EndReason.COMPLETE)
_SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000
_REST_SECONDS: Final = 0.1
"""For how long sound may gather unread, at most."""


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """What a client wants of the audio that follows."""

    request: Request
    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    sensitivity: str | None = None


@dataclass(frozen=True, kw_only=True)
class SpeechResult:
    """The text, and how the utterance ended."""

    transcription: Transcription
    reason: EndReason
    audio_seconds: float
    """Length of the recording; a text begun in a pause knows of less."""
    speculative: bool
    wait_seconds: float
    """Time from the end being decided to the text."""
    end_seconds: float | None = None
    """Time from the last word to the decision, if the server made it."""


@dataclass(slots=True)
class _Decode:
    """A request to the recogniser before the end."""

    future: Future[Transcription]
    at_pause: bool
    revision: int | None = None
    """Number of its partial text, where one was sent."""
    told: bool = False
    """Its text is there, and was sent to a client that asked for it."""


class SpeechListener:
    """Listens to one command and answers when it is over."""

    def __init__(
        self,
        wanted: SpeechRequest,
        recognizer: Recognizer,
        send: Callable[[Eventable], Awaitable[None]],
    ) -> None:
        """Prepare; ``run`` does the work."""
        assert recognizer.vad is not None  # noqa: S101 - there is since start
        self._wanted = wanted
        self._recognizer = recognizer
        self._kept = recognizer.keep()
        self._send = send
        endpointing = wanted.options.endpointing
        self._utterance = Utterance(
            recognizer.vad,
            mel_bands=self._kept.mel_bands,
            settings=settings_for(wanted.sensitivity)
            if endpointing
            else LISTEN_FOR_EVER,
            partials=wanted.options.partials,
        )
        self._waiting: list[Samples] = []
        self._received = 0
        # Every look wakes two threads, which costs more than the look itself.
        self._next_look: float = self._utterance.next_look_sample
        self._hints: list[UtteranceHint] = []
        self._stopped = False
        self._news = asyncio.Event()
        self._looked = asyncio.Event()
        self._decode: _Decode | None = None
        self._revision = 0

    @property
    def stopped(self) -> bool:
        """Tell whether the client said that there is no more audio."""
        return self._stopped

    @property
    def rest_seconds(self) -> float:
        """Return for how long sound may gather unread just now."""
        utterance = self._utterance
        if self._stopped or utterance.paused or utterance.ended:
            return 0.0
        left_seconds = (self._next_look - self._received) / SAMPLE_RATE_HZ
        # What comes during a look has to wait for the next one anyway.
        return min(_REST_SECONDS, left_seconds) if left_seconds > 0 else _REST_SECONDS

    async def rest(self) -> None:
        """Let sound gather unread; what a look finds may make the rest shorter."""
        while (seconds := self.rest_seconds) > 0:
            self._looked.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._looked.wait()
            except TimeoutError:
                return

    def feed(self, samples: Samples) -> None:
        """Take samples; raise AudioError when it becomes too much."""
        self._received += len(samples)
        if self._received > MAX_RECORDING_SECONDS * SAMPLE_RATE_HZ:
            msg = f"the recording is longer than {MAX_RECORDING_SECONDS} s"
            raise AudioError(msg)
        self._waiting.append(samples)
        if self._received >= self._next_look:
            self._news.set()

    def hint(self, hint: UtteranceHint) -> None:
        """Take what the client knows about a partial text."""
        self._hints = [hint]
        self._news.set()

    def stop(self) -> None:
        """Take the client's word that there is no more audio."""
        self._stopped = True
        self._news.set()

    async def run(self) -> SpeechResult:
        """Listen until the utterance is over and return its text."""
        try:
            while self._utterance.ended is None:
                await self._news.wait()
                self._news.clear()
                await self._step()
            return await self._finish(time.perf_counter())
        finally:
            self._looked.set()
            self._forget_decode()

    async def _step(self) -> None:
        """Take all that is new."""
        loop = asyncio.get_running_loop()
        events: list[UtteranceEvent] = []
        if self._waiting:
            samples = np.concatenate(self._waiting)
            self._waiting.clear()
            events += await loop.run_in_executor(
                self._recognizer.listening, self._utterance.feed, samples
            )
        await self._tell_partial()
        if any(isinstance(event, SpeechResumed) for event in events):
            # A hint about the pause before says nothing about the next one.
            self._forget_decode()
        events += self._take_hints()
        if self._stopped and not self._waiting:
            events += self._utterance.finish()
        self._next_look = self._utterance.next_look_sample
        if self._received >= self._next_look:
            self._news.set()
        if self.rest_seconds < _REST_SECONDS:
            self._looked.set()
        for event in events:
            await self._handle(event)
        if self._utterance.ended is None and not self._stopped:
            self._decode_ahead(events)

    async def _handle(self, event: UtteranceEvent) -> None:
        """Tell the client what happened, where it asked."""
        if not self._wanted.options.endpointing:
            return
        if isinstance(event, SpeechStarted):
            await self._send(VoiceStarted(timestamp=event.sample // _SAMPLES_PER_MS))

    def _decode_ahead(self, events: list[UtteranceEvent]) -> None:
        """Start on the text so far, where it is worth it."""
        paused = self._utterance.paused
        # Without speculation a pause is still looked at for those who want to know.
        wanted = self._recognizer.speculate or self._wanted.options.partials
        pause = wanted and paused and any(isinstance(e, PauseBegan) for e in events)
        due = any(isinstance(event, PartialDue) for event in events)
        if not pause and not (due and not paused and self._decode is None):
            return
        self._forget_decode()
        request = self._wanted.request
        if not pause:
            # Only to be shown: quick is better than exact.
            request = replace(request, beam_size=1)
        try:
            future = self._recognizer.submit(
                self._utterance.recording(), request, Priority.SPECULATIVE, self._kept
            )
        except BusyError:
            return
        self._decode = _Decode(future, at_pause=pause)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _wake(loop, self._news))

    async def _tell_partial(self) -> None:
        """Send the text of a decode that is done to a client that asked for it."""
        decode = self._decode
        if decode is None or decode.told or not decode.future.done():
            return
        if decode.future.cancelled() or decode.future.exception():
            self._decode = None
            return
        text = decode.future.result().text
        if self._wanted.options.partials and text:
            self._revision += 1
            decode.revision = self._revision
            await self._send(Partial(text=text, revision=self._revision))
        decode.told = True
        if not decode.at_pause:
            self._decode = None

    def _take_hints(self) -> list[UtteranceEvent]:
        """Use what the client knows, if it is about the present pause."""
        hints, self._hints = self._hints, []
        decode = self._decode
        events: list[UtteranceEvent] = []
        for hint in hints:
            if decode and decode.at_pause and hint.revision == decode.revision:
                events += self._utterance.hint(hint.state)
        return events

    async def _finish(self, decided: float) -> SpeechResult:
        """Return the text of the whole utterance."""
        ended = self._utterance.ended
        assert ended is not None  # noqa: S101 - run waited for it
        if self._wanted.options.endpointing:
            await self._tell_end()
        decode = self._decode
        ahead = bool(decode and decode.at_pause and self._utterance.paused)
        if decode and ahead and not decode.future.cancelled():
            transcription = await self._recognizer.result(decode.future)
        else:
            ahead = False
            transcription = await self._text(ended.reason)
        return SpeechResult(
            transcription=transcription,
            reason=ended.reason,
            audio_seconds=self._utterance.samples / SAMPLE_RATE_HZ,
            speculative=ahead,
            wait_seconds=time.perf_counter() - decided,
            end_seconds=_end_seconds(ended),
        )

    async def _text(self, reason: EndReason) -> Transcription:
        """Return the text of what was heard, from now on."""
        self._forget_decode()
        recording, request = self._utterance.recording(), self._wanted.request
        if reason is EndReason.NOTHING_HEARD:
            return self._recognizer.nothing_said(recording, request)
        future = self._recognizer.submit(recording, request, Priority.FINAL, self._kept)
        self._decode = _Decode(future, at_pause=False)
        return await self._recognizer.result(future)

    async def _tell_end(self) -> None:
        """Tell the client why and where the utterance ended."""
        ended = self._utterance.ended
        assert ended is not None  # noqa: S101 - called after the end
        if ended.end_sample is not None:
            await self._send(
                VoiceStopped(timestamp=ended.end_sample // _SAMPLES_PER_MS)
            )
        await self._send(
            UtteranceEnded(
                reason=ended.reason,
                at_sample=ended.at_sample,
                speech_start_sample=ended.start_sample,
                speech_end_sample=ended.end_sample,
            )
        )

    def _forget_decode(self) -> None:
        """Throw away the text so far; a decode that runs already ends unheard."""
        if self._decode is not None:
            self._decode.future.cancel()
            self._decode = None


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """Set an event from another thread, unless the loop is gone."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(news.set)


def _end_seconds(ended: Ended) -> float | None:
    """Return how long the decision took that the last word was the last."""
    if ended.end_sample is None or ended.reason not in _DECIDED:
        return None
    return round((ended.at_sample - ended.end_sample) / SAMPLE_RATE_HZ, 3)


def details(result: SpeechResult) -> TranscriptDetails:
    """Return what a client is told about a transcript."""
    transcription = result.transcription
    return TranscriptDetails(
        audio_seconds=result.audio_seconds,
        decode_seconds=transcription.decode_seconds,
        model=transcription.model,
        empty_reason=transcription.empty_reason,
        no_speech_probability=transcription.no_speech_probability,
        confidence=transcription.confidence,
        alternatives=transcription.alternatives,
        repairs=transcription.repairs,
        rejected=transcription.rejected,
        speculative=result.speculative,
        wait_seconds=round(result.wait_seconds, 4),
    )


def journal_fields(result: SpeechResult) -> dict[str, Any]:
    """Return what is kept of a transcript in the journal."""
    transcription = result.transcription
    reason = transcription.empty_reason
    return {
        "text": transcription.text,
        "empty_reason": reason.value if reason else None,
        "rejected": transcription.rejected,
        "repairs": [repair.as_dict() for repair in transcription.repairs],
        "audio_seconds": result.audio_seconds,
        "decode_seconds": transcription.decode_seconds,
        "wait_seconds": round(result.wait_seconds, 4),
        "end_seconds": result.end_seconds,
        "speculative": result.speculative,
        "end_reason": result.reason.value,
        "model": transcription.model,
    }
