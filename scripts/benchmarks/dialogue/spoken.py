"""Speaks sentences with generated voices, and hears them as the server does."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.weights import WeightsError
from benchmarks.stt import models
from benchmarks.stt.corpus import HELD_OUT_VOICES, with_silence
from benchmarks.stt.guard import watched
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.protocol import Alternative
from custom_components.hearken.satellite.run_context import NO_RUN
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.vad.silero import SileroModel
from training.speak import Line, say
from training.voices import KOKORO_HELD_OUT, parse

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from hearken_speech.stt.transcription import Transcription

MODEL: Final = "base"
_VOICES: Final = {"de": ("espeak:de",), "zh": ("espeak:cmn-latn-pinyin",)}
"""Of programs; English has voices that trained no model of ours."""
_PEAK: Final = 9_000
_SILENCE_SECONDS: Final = (0.4, 0.7)


class Ear:
    """Hears sentences with a published model, each of them once."""

    def __init__(self, model: str = MODEL) -> None:
        """Load the model; raise WeightsError if its weights cannot be had."""
        self._folder = tempfile.TemporaryDirectory()
        found = models.prepare(Path(self._folder.name), names=(model,))
        if not found:
            msg = f"the weights of {model} cannot be had"
            raise WeightsError(msg)
        self._engine = found[0].engine()
        self._transcriber = Transcriber()
        self._vad = SileroModel()
        self._heard: dict[tuple[str, str], Transcription] = {}

    async def hear(
        self, hass: HomeAssistant, text: str, tag: str, device_id: str
    ) -> str:
        """Return the text that the integration would take of a spoken sentence."""
        key = text, tag
        if key not in self._heard:
            self._heard[key] = self._transcribe(text, tag)
        heard = self._heard[key]
        understanding = Understanding(hass, tag, replace(NO_RUN, device_id=device_id))
        return await understanding.choose(
            heard.text,
            [
                Alternative(text=other.text, confidence=other.confidence)
                for other in heard.alternatives
            ],
        )

    def _transcribe(self, text: str, tag: str) -> Transcription:
        """Speak a sentence, and return its transcript."""
        voices = _VOICES.get(tag[:2], (*KOKORO_HELD_OUT, *HELD_OUT_VOICES))
        (sound,) = say([Line(text, parse(voices[len(self._heard) % len(voices)]))])
        loudest = max(1e-6, float(np.abs(sound).max(initial=0.0)))
        samples = (sound * (_PEAK / loudest)).astype(np.int16)
        recording = watched(with_silence(samples, *_SILENCE_SECONDS), self._vad)
        return self._transcriber.transcribe(
            self._engine, recording, Request(language=tag)
        )
