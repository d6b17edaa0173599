"""Follow one utterance while it is spoken: features and voice activity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt.recording import Recording
from hearken_speech.vad.endpoint import (
    Ended,
    Endpointer,
    EndpointEvent,
    EndpointSettings,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
)
from hearken_speech.vad.silero import FRAME_SAMPLES, SileroModel, SileroStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.protocol import UtteranceState
    from hearken_speech.stt.recording import FinishedPieces

PARTIAL_INTERVAL_SECONDS: Final = 2.0
"""Partial texts between pauses are only displayed, and cost a decode each."""
_PARTIAL_SHARE: Final = 0.25
"""Share of a long recording that has to be new."""
_COMMAND_SECONDS: Final = 15.0
"""A recording that is longer is reported, and decoded, in pieces of this length.

Each pause is decoded in case the recording ends there; with all that came before, that
would cost more and more.
"""


@dataclass(frozen=True, slots=True)
class PartialDue:
    """It is time for another partial transcript."""

    sample: int


_STRAIGHT_ON_SAMPLES: Final = int(0.3 * SAMPLE_RATE_HZ)
"""Speech that starts so soon after a wake word may have started within it."""
_TAIL_SAMPLES: Final = int(0.2 * SAMPLE_RATE_HZ)
"""So much of a wake word may be heard after the end that was found."""
_TAIL_PROBABILITY: Final = 0.2

type UtteranceEvent = EndpointEvent | PartialDue


class _Lead:
    """The wake word before a command. Its end is known to a few frames only."""

    def __init__(self, samples: int) -> None:
        """Expect the end of the word after so many samples."""
        self._samples = samples
        self._may_go_on = samples > 0
        self.end_sample = samples
        """Where the word ends, as far as it was heard."""

    def covers(self, sample: int, probability: float) -> bool:
        """Return whether the frame that begins here belongs to the word.

        What is heard without a pause after its end may be the rest of it, which alone
        is no command: a model would make one of it.
        """
        if sample < self._samples:
            return True
        is_near = sample - self._samples < _TAIL_SAMPLES
        self._may_go_on &= is_near and probability >= _TAIL_PROBABILITY
        if self._may_go_on:
            self.end_sample = sample + FRAME_SAMPLES
        return self._may_go_on


class Utterance:
    """Processes the samples of one utterance into events and a recording."""

    def __init__(
        self,
        vad: SileroModel,
        *,
        mel_bands: int = 80,
        settings: EndpointSettings | None = None,
        partials: bool = False,
        lead_samples: int = 0,
    ) -> None:
        """Start without audio.

        The first ``lead_samples`` hold a wake word, as far as its end is known. They
        are not speech, but belong to a command that follows without a pause.
        """
        self._lead = _Lead(lead_samples)
        self._vad = SileroStream(vad)
        self._mel = IncrementalMel(mel_bands)
        self._chunks: list[NDArray[np.int16]] = []
        self._endpointer = Endpointer(settings)
        self._probabilities: list[float] = []
        self._partials = partials
        self._next_partial = math.inf
        self._cuts: list[int] = []
        self._finished: FinishedPieces = {}

    @property
    def samples(self) -> int:
        """Return the number of samples added."""
        return self._mel.samples

    @property
    def ended(self) -> Ended | None:
        """Return how the utterance ended, None while it goes on."""
        return self._endpointer.ended

    @property
    def paused(self) -> bool:
        """Return whether the speaker is pausing."""
        return self._endpointer.paused

    @property
    def next_check_sample(self) -> float:
        """Return the sample before which nothing can be decided."""
        return min(self._endpointer.next_check_sample, self._next_partial)

    def add_audio(self, samples: NDArray[np.int16]) -> list[UtteranceEvent]:
        """Add samples and return the events; audio after the end is ignored."""
        if self._endpointer.ended:
            return []
        self._mel.add(samples)
        self._chunks.append(samples)
        events: list[UtteranceEvent] = []
        for probability in self._vad.process(samples):
            place = len(self._probabilities) * FRAME_SAMPLES
            heard = 0.0 if self._lead.covers(place, probability) else probability
            self._probabilities.append(heard)
            events += self._endpointer.process(heard)
        events = [event for event in events if self._is_reported(event)]
        for event in events:
            if isinstance(event, SpeechStarted | SpeechResumed):
                self._schedule_partial()
            elif isinstance(event, PauseBegan | Ended):
                # The text at a pause is asked for anyway.
                self._next_partial = math.inf
        if self.samples >= self._next_partial:
            self._schedule_partial()
            events.append(PartialDue(self.samples))
        return events

    def hint(self, state: UtteranceState) -> list[UtteranceEvent]:
        """Apply what the client knows about the text up to the current pause."""
        return [*self._endpointer.hint(state)]

    def finish(self) -> list[UtteranceEvent]:
        """End the utterance on behalf of the client."""
        return [*self._endpointer.finish()]

    def recording(self) -> Recording:
        """Return the audio so far, for another thread."""
        samples = (
            np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        )
        self._chunks = [samples]
        return Recording(
            mel=self._mel.snapshot(),
            samples=samples,
            start_sample=self._start_sample,
            end_sample=self._endpointer.end_sample,
            speech_seconds=self._endpointer.speech_seconds,
            voice_probability=self._endpointer.voice_probability,
            probabilities=tuple(self._probabilities),
            cuts=tuple(self._cuts),
            finished=self._finished,
        )

    @property
    def _start_sample(self) -> int | None:
        """Return where to decode from: from the wake word, if there was no pause."""
        start = self._endpointer.start_sample
        if start is None or start - self._lead.end_sample > _STRAIGHT_ON_SAMPLES:
            return start
        return 0 if self._lead.end_sample else start

    def _is_reported(self, event: UtteranceEvent) -> bool:
        """Return whether to report an event; few pauses of long recordings are."""
        start = self._endpointer.start_sample
        if not isinstance(event, PauseBegan) or start is None:
            return True
        length = _COMMAND_SECONDS * SAMPLE_RATE_HZ
        if event.sample - start < length:
            return True
        if self._cuts and event.sample - self._cuts[-1] < length:
            return False
        place = self.recording().last_sample
        # The speaker may have gone on in the same chunk.
        if self.paused and place is not None:
            self._cuts.append(place)
        return True

    def _schedule_partial(self) -> None:
        """Schedule the next partial transcript."""
        if self._partials:
            seconds = self.samples / SAMPLE_RATE_HZ * _PARTIAL_SHARE
            interval = max(PARTIAL_INTERVAL_SECONDS, seconds) * SAMPLE_RATE_HZ
            self._next_partial = self.samples + interval
