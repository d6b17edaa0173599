"""Transcribe one command while it is spoken.

Decoding starts at the first pause, before it is clear whether the command is over. If
it is, the transcript is ready when the end is decided; if not, it is discarded.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.vad import VoiceStarted, VoiceStopped

from hearken_speech.errors import AudioError, BusyError
from hearken_speech.protocol import (
    SAMPLE_RATE_HZ,
    EndReason,
    Partial,
    UtteranceEnded,
    UtteranceHint,
)
from hearken_speech.server.last_transcript import look_offer, name_offer
from hearken_speech.server.speech_result import SpeechResult
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
    from hearken_speech.server.speech_request import SpeechRequest
    from hearken_speech.stt.transcription import Transcription
    from hearken_speech.stt.utterance import UtteranceEvent
    from hearken_speech.vad.endpoint import Ended, EndpointSettings

MAX_RECORDING_SECONDS: Final = 60
_MAX_STEP_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
_DECIDED: Final = (EndReason.SILENCE, EndReason.COMPLETE)
_SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000
_NO_SPEECH_SECONDS: Final = (1.0, 30.0)
"""Shortest and longest silence that a client may wait for speech."""
_MAX_LEAD_SECONDS: Final = 3.0
_REST_SECONDS: Final = 0.1
"""Longest time for which audio may stay unread."""


@dataclass(slots=True)
class _Decode:
    """A transcription that was started before the end."""

    future: Future[Transcription]
    at_pause: bool
    revision: int | None = None
    """Number of its partial transcript, if one was sent."""
    reported: bool = False
    """Whether it is done, and was sent to a client that asked for partials."""


class SpeechListener:
    """Listens to one command and returns its transcript."""

    def __init__(
        self,
        wanted: SpeechRequest,
        recognizer: Recognizer,
        send: Callable[[Eventable], Awaitable[None]],
    ) -> None:
        """Set up; ``run`` does the work."""
        assert recognizer.vad is not None  # noqa: S101 - set by start
        self._wanted = wanted
        self._recognizer = recognizer
        self._pinned = recognizer.pin_model(is_trusted=wanted.is_trusted)
        self._lane = self._pinned.lane
        self._send = send
        endpointing = wanted.options.endpointing
        self._utterance = Utterance(
            recognizer.vad,
            mel_bands=self._pinned.mel_bands,
            settings=_endpointing(wanted) if endpointing else LISTEN_FOR_EVER,
            partials=wanted.options.partials and not wanted.options.pauses_only,
            lead_samples=_lead_samples(wanted),
        )
        self._chunks: deque[Samples] = deque()
        self._is_displaced = False
        self._received = 0
        # Waking two threads costs more than the work they do.
        self._next_check: float = self._utterance.next_check_sample
        self._hints: list[UtteranceHint] = []
        self._stopped = False
        self._wake = asyncio.Event()
        self._checked = asyncio.Event()
        self._decode: _Decode | None = None
        self._revision = 0

    @property
    def stopped(self) -> bool:
        """Return whether the client ended the audio."""
        return self._stopped

    @property
    def rest_seconds(self) -> float:
        """Return for how long audio may stay unread now."""
        utterance = self._utterance
        if self._stopped or utterance.paused or utterance.ended:
            return 0.0
        left_seconds = (self._next_check - self._received) / SAMPLE_RATE_HZ
        # What arrives during a check waits for the next one anyway.
        return min(_REST_SECONDS, left_seconds) if left_seconds > 0 else _REST_SECONDS

    async def rest(self) -> None:
        """Leave audio unread for a while; a check may shorten it."""
        while (seconds := self.rest_seconds) > 0:
            self._checked.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._checked.wait()
            except TimeoutError:
                return

    def add_audio(self, samples: Samples) -> None:
        """Add samples; raise AudioError if the recording becomes too long."""
        self._received += len(samples)
        if self._received > MAX_RECORDING_SECONDS * SAMPLE_RATE_HZ:
            msg = f"the recording is longer than {MAX_RECORDING_SECONDS} s"
            raise AudioError(msg)
        if self._lane.budget is not None:
            self._lane.budget.add(self, len(samples))
        self._chunks.append(samples)
        if self._received >= self._next_check:
            self._wake.set()

    def displace(self) -> None:
        """End the recording to make room for others."""
        self._is_displaced = True
        self._chunks.clear()
        self._wake.set()

    def hint(self, hint: UtteranceHint) -> None:
        """Add what the client knows about a partial transcript."""
        self._hints = [hint]
        self._wake.set()

    def stop(self) -> None:
        """End the audio."""
        self._stopped = True
        self._wake.set()

    async def run(self) -> SpeechResult:
        """Listen until the utterance is over and return its transcript."""
        try:
            while self._utterance.ended is None:
                await self._wake.wait()
                self._wake.clear()
                await self._step()
            return await self._finish(time.perf_counter())
        finally:
            self.release()
            self._checked.set()

    def release(self) -> None:
        """Free its share of the audio and its decode, even if it never ran."""
        if self._lane.budget is not None:
            self._lane.budget.remove(self)
        self._drop_decode()

    async def _step(self) -> None:
        """Process everything that arrived."""
        loop = asyncio.get_running_loop()
        events: list[UtteranceEvent] = []
        if self._is_displaced:
            msg = "too much audio is being recorded; try again in a moment"
            raise BusyError(msg)
        if self._chunks:
            events += await loop.run_in_executor(
                self._lane.listening, self._utterance.add_audio, self._take()
            )
            if self._chunks:
                self._wake.set()
        await self._send_partial()
        if any(isinstance(event, SpeechResumed) for event in events):
            # A hint about one pause says nothing about the next one.
            self._drop_decode()
        events += self._apply_hints()
        if self._stopped and not self._chunks:
            events += self._utterance.finish()
        self._next_check = self._utterance.next_check_sample
        if self._received >= self._next_check:
            self._wake.set()
        if self.rest_seconds < _REST_SECONDS:
            self._checked.set()
        for event in events:
            await self._send_start(event)
        if self._utterance.ended is None and not self._stopped:
            self._decode_ahead(events)

    def _take(self) -> Samples:
        """Return the next audio; others get their turn between two pieces."""
        taken = [self._chunks.popleft()]
        length = len(taken[0])
        while self._chunks and length + len(self._chunks[0]) <= _MAX_STEP_SAMPLES:
            taken.append(self._chunks.popleft())
            length += len(taken[-1])
        return np.concatenate(taken)

    async def _send_start(self, event: UtteranceEvent) -> None:
        """Report the start of speech if the client asked for it."""
        if not self._wanted.options.endpointing:
            return
        if isinstance(event, SpeechStarted):
            await self._send(VoiceStarted(timestamp=event.sample // _SAMPLES_PER_MS))

    def _decode_ahead(self, events: list[UtteranceEvent]) -> None:
        """Start decoding what was said so far, if it is worthwhile."""
        paused = self._utterance.paused
        # Without speculation, a pause still gives a partial transcript on request.
        wanted = self._recognizer.speculate or self._wanted.options.partials
        pause = wanted and paused and any(isinstance(e, PauseBegan) for e in events)
        due = any(isinstance(event, PartialDue) for event in events)
        if not pause and not (due and not paused and self._decode is None):
            return
        self._drop_decode()
        request = self._wanted.request
        if not pause:
            # It is only displayed: fast is better than exact.
            request = replace(request, beam_size=1)
        try:
            future = self._recognizer.submit(
                self._utterance.recording(), request, Priority.SPECULATIVE, self._pinned
            )
        except BusyError:
            return
        self._decode = _Decode(future, at_pause=pause)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _set_event(loop, self._wake))

    async def _send_partial(self) -> None:
        """Send the result of a finished decode if the client asked for partials."""
        decode = self._decode
        if decode is None or decode.reported or not decode.future.done():
            return
        if decode.future.cancelled() or decode.future.exception():
            self._decode = None
            return
        transcription = decode.future.result()
        if self._wanted.options.partials and transcription.text:
            self._revision += 1
            decode.revision = self._revision
            await self._send(
                Partial(
                    text=transcription.text,
                    revision=self._revision,
                    confidence=transcription.confidence,
                    alternatives=transcription.alternatives if decode.at_pause else (),
                )
            )
        decode.reported = True
        if not decode.at_pause:
            self._decode = None

    def _apply_hints(self) -> list[UtteranceEvent]:
        """Apply the hints that are about the current pause."""
        hints, self._hints = self._hints, []
        decode = self._decode
        events: list[UtteranceEvent] = []
        for hint in hints:
            if decode and decode.at_pause and hint.revision == decode.revision:
                events += self._utterance.hint(hint.state)
        return events

    async def _finish(self, decided: float) -> SpeechResult:
        """Return the transcript of the whole utterance."""
        ended = self._utterance.ended
        assert ended is not None  # noqa: S101 - run waited for it
        if self._wanted.options.endpointing:
            await self._send_end()
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
            offer=name_offer(transcription, self._wanted.request, self._pinned),
            look=look_offer(
                transcription,
                self._utterance.recording,
                self._wanted.request,
                self._pinned,
            ),
        )

    async def _text(self, reason: EndReason) -> Transcription:
        """Decode the whole recording and return its transcript."""
        self._drop_decode()
        recording, request = self._utterance.recording(), self._wanted.request
        if reason is EndReason.NOTHING_HEARD:
            return self._recognizer.nothing_said(recording, request)
        future = self._recognizer.submit(
            recording, request, Priority.FINAL, self._pinned
        )
        self._decode = _Decode(future, at_pause=False)
        return await self._recognizer.result(future)

    async def _send_end(self) -> None:
        """Report why and where the utterance ended."""
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

    def _drop_decode(self) -> None:
        """Discard the decode; if it is running already, its result is ignored."""
        if self._decode is not None:
            self._decode.future.cancel()
            self._decode = None


def _set_event(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event from another thread, unless the loop is closed."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)


def _end_seconds(ended: Ended) -> float | None:
    """Return the time from the last word to the decision that it was the last."""
    if ended.end_sample is None or ended.reason not in _DECIDED:
        return None
    return round((ended.at_sample - ended.end_sample) / SAMPLE_RATE_HZ, 3)


def _lead_samples(wanted: SpeechRequest) -> int:
    """Return the length of the wake word that the audio starts with."""
    seconds = min(max(wanted.options.lead_seconds, 0.0), _MAX_LEAD_SECONDS)
    return int(seconds * SAMPLE_RATE_HZ)


def _endpointing(wanted: SpeechRequest) -> EndpointSettings:
    """Return when an utterance is over, as the client wants it."""
    settings = settings_for(wanted.sensitivity)
    seconds = wanted.options.no_speech_seconds
    if seconds is None:
        return settings
    shortest, longest = _NO_SPEECH_SECONDS
    return replace(settings, no_speech_seconds=min(max(seconds, shortest), longest))
