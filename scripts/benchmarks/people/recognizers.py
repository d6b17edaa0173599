"""Both recognizers with the same weights: ours as the server runs it, and theirs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.stt.guard import watched
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from benchmarks.stt.models import Model
    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.transcription import Transcription


@dataclass(frozen=True)
class Heard:
    """A transcript and the processor time that it took."""

    text: str
    cpu_seconds: float
    details: Transcription | None = None


class Pair:
    """Hearken and faster-whisper, which take turns."""

    def __init__(self, model: Model) -> None:
        """Load the model twice, with one thread each."""
        self.multilingual = model.multilingual
        self._engine = model.engine()
        self._transcriber = Transcriber()
        self._vad = SileroModel()
        self._theirs: Any = WhisperModel(
            str(model.folder), device="cpu", cpu_threads=1, compute_type="int8"
        )
        self._turns = 0

    def hear(self, samples: Samples, language: str) -> tuple[Heard, Heard]:
        """Return our transcript and that of faster-whisper."""
        self._turns += 1
        if self._turns % 2:
            ours = self.hear_ours(samples, language)
            return ours, self.hear_theirs(samples, language)
        theirs = self.hear_theirs(samples, language)
        return self.hear_ours(samples, language), theirs

    def hear_ours(self, samples: Samples, language: str) -> Heard:
        """Return our transcript: voice activity, features, decoder and guard."""
        began = time.process_time()
        result = self._transcriber.transcribe(
            self._engine, watched(samples, self._vad), Request(language=language)
        )
        return Heard(result.text, time.process_time() - began, result)

    def look_again(self, samples: Samples, language: str, ours: Heard) -> Heard:
        """Return what a longer look finds; its time is added to that of the first."""
        began = time.process_time()
        text = self._transcriber.look_again(
            self._engine, samples, Request(language=language)
        )
        return Heard(text, ours.cpu_seconds + time.process_time() - began)

    def hear_theirs(self, samples: Samples, language: str) -> Heard:
        """Return the transcript of faster-whisper with a beam of 5, in 30 s."""
        sound = samples.astype(np.float32) / 32_768
        began = time.process_time()
        segments, _ = self._theirs.transcribe(sound, language=language, beam_size=5)
        text = "".join(segment.text for segment in segments).strip()
        return Heard(text, time.process_time() - began)
