"""One utterance while it is spoken: features, voice activity, and what to do when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.whisper_mel import SAMPLE_RATE_HZ, IncrementalMel
from hearken_speech.stt.transcriber import Recording
from hearken_speech.vad.endpoint import (
    Ended,
    Endpointer,
    EndpointEvent,
    EndpointSettings,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
)
from hearken_speech.vad.silero import SileroModel, SileroStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.protocol import UtteranceState

PARTIAL_INTERVAL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class PartialDue:
    """Enough has been said since the last partial text for another one."""

    sample: int


type UtteranceEvent = EndpointEvent | PartialDue


class Utterance:
    """Takes the samples of one utterance and says what they mean."""

    def __init__(
        self,
        vad: SileroModel,
        *,
        mel_bands: int = 80,
        settings: EndpointSettings | None = None,
        partials: bool = False,
    ) -> None:
        """Start before the first sample."""
        self._vad = SileroStream(vad)
        self._mel = IncrementalMel(mel_bands)
        self._chunks: list[NDArray[np.int16]] = []
        self._endpointer = Endpointer(settings)
        self._probabilities: list[float] = []
        self._partials = partials
        self._next_partial = math.inf

    @property
    def samples(self) -> int:
        """Return how many samples were taken."""
        return self._mel.samples

    @property
    def ended(self) -> Ended | None:
        """Return how the utterance ended, None while it goes on."""
        return self._endpointer.ended

    @property
    def paused(self) -> bool:
        """Tell whether the speaker pauses just now."""
        return self._endpointer.paused

    @property
    def next_look_sample(self) -> float:
        """Return the sample before which there is nothing to find out."""
        return min(self._endpointer.next_look_sample, self._next_partial)

    def feed(self, samples: NDArray[np.int16]) -> list[UtteranceEvent]:
        """Take samples; what comes after the end is ignored."""
        if self._endpointer.ended:
            return []
        self._mel.feed(samples)
        self._chunks.append(samples)
        events: list[UtteranceEvent] = []
        for probability in self._vad.feed(samples):
            self._probabilities.append(probability)
            events += self._endpointer.feed(probability)
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
        """Take what the client knows about the text up to the present pause."""
        return [*self._endpointer.hint(state)]

    def finish(self) -> list[UtteranceEvent]:
        """Take the client's word that the utterance is over."""
        return [*self._endpointer.finish()]

    def recording(self) -> Recording:
        """Return what was heard so far, for another thread."""
        samples = (
            np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        )
        self._chunks = [samples]
        return Recording(
            mel=self._mel.snapshot(),
            samples=samples,
            start_sample=self._endpointer.start_sample,
            end_sample=self._endpointer.end_sample,
            speech_seconds=self._endpointer.speech_seconds,
            voice_probability=self._endpointer.voice_probability,
            probabilities=tuple(self._probabilities),
        )

    def _schedule_partial(self) -> None:
        """Note when the next partial text is due."""
        if self._partials:
            interval = PARTIAL_INTERVAL_SECONDS * SAMPLE_RATE_HZ
            self._next_partial = self.samples + interval
