"""Turn recordings into text, a few at a time, off the event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import BusyError, HearkenError, LanguageError, ModelError
from hearken_speech.protocol import SAMPLE_RATE_HZ, EmptyReason
from hearken_speech.stt import models

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.models import SpeechModel

_LOGGER = logging.getLogger(__name__)

_WORKERS: Final = 2
_QUEUE_LIMIT: Final = 8
_TIME_LIMIT_SECONDS: Final = 60.0
_MIN_AUDIO_SAMPLES: Final = SAMPLE_RATE_HZ // 5
_BEAM_SIZE: Final = 5


@dataclass(frozen=True, slots=True)
class Recognized:
    """What was said."""

    text: str
    language: str
    audio_seconds: float
    decode_seconds: float
    model: str
    empty_reason: EmptyReason | None = None
    no_speech_probability: float | None = None


class Recognizer:
    """Holds the speech model and the threads that use it."""

    def __init__(self, configured: str, folder: Path, threads: int) -> None:
        """Remember what to load; ``start`` loads it."""
        self._configured = configured
        self._folder = folder
        self._threads = threads
        self._model: SpeechModel | None = None
        self._problem: str | None = None
        self._waiting = 0
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="stt")

    @property
    def model(self) -> SpeechModel | None:
        """Return the model in use, None where none could be loaded."""
        return self._model

    @property
    def configured(self) -> str:
        """Return the name of the model that was asked for."""
        return self._configured

    @property
    def problem(self) -> str | None:
        """Return why the configured model is not in use, None if it is."""
        return self._problem

    async def start(self) -> None:
        """Load the model that answers at once: the configured one if it is here.

        A model that has to come from the hub is loaded by ``load_configured``;
        until then, and where that fails, the embedded one serves.
        """
        await self._load(models.AUTO)

    async def load_configured(self) -> None:
        """Load the configured model if it is another than the embedded one."""
        if self._configured in {"", models.AUTO, models.EMBEDDED}:
            return
        _LOGGER.info("loading speech model %s", self._configured)
        self._problem = f"speech model {self._configured} is being loaded"
        await self._load(self._configured)

    async def _load(self, name: str) -> None:
        """Load a model and put it in the place of the one before."""
        loop = asyncio.get_running_loop()
        try:
            self._model = await loop.run_in_executor(
                self._pool, models.load, name, self._folder, self._threads
            )
        except ModelError as err:
            self._problem = str(err)
            serving = self._model.name if self._model else "nothing"
            _LOGGER.error("%s; %s serves instead", err, serving)  # noqa: TRY400 - for users
        else:
            self._problem = None
            _LOGGER.info("speech model %s is ready", self._model.name)

    async def recognize(self, samples: Samples, language: str | None) -> Recognized:
        """Return the text of a recording; raise a HearkenError if there can be none."""
        model = self._model
        if model is None:
            msg = self._problem or "no speech model is loaded"
            raise ModelError(msg)
        spoken = self._language(model, language)
        if self._waiting >= _QUEUE_LIMIT:
            msg = "too many recordings wait to be recognised; try again in a moment"
            raise BusyError(msg)
        self._waiting += 1
        try:
            async with asyncio.timeout(_TIME_LIMIT_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(
                    self._pool, _recognize, model, samples, spoken
                )
        except TimeoutError as err:
            msg = f"recognition took longer than {_TIME_LIMIT_SECONDS:.0f} s"
            raise HearkenError(msg) from err
        except RuntimeError as err:
            msg = f"speech model {model.name} failed: {err}"
            raise HearkenError(msg) from err
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let running requests end and take no new ones."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _language(model: SpeechModel, language: str | None) -> str:
        """Return the model's own name of the language that was asked for."""
        if not language:
            return model.languages[0]
        base = language.replace("_", "-").split("-")[0].lower()
        if base not in model.languages:
            msg = f"speech model {model.name} does not know the language {language!r}"
            raise LanguageError(msg)
        return base


def _recognize(model: SpeechModel, samples: Samples, language: str) -> Recognized:
    """Recognise one recording on a worker thread."""
    audio_seconds = len(samples) / SAMPLE_RATE_HZ
    if len(samples) < _MIN_AUDIO_SAMPLES:
        return Recognized(
            "", language, audio_seconds, 0.0, model.name, EmptyReason.NO_AUDIO
        )
    start = time.perf_counter()
    segments, _ = model.whisper.transcribe(
        samples.astype(np.float32) / 32768.0,
        language=language,
        beam_size=_BEAM_SIZE,
        # One try: a second one at a higher temperature takes as long as ten and
        # makes words out of noise.
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
    )
    # Decoding happens while the segments are read.
    found = list(segments)
    probability = min((segment.no_speech_prob for segment in found), default=1.0)
    text = " ".join(segment.text.strip() for segment in found).strip()
    empty = not text or probability > model.no_speech_threshold
    return Recognized(
        text="" if empty else text,
        language=language,
        audio_seconds=audio_seconds,
        decode_seconds=time.perf_counter() - start,
        model=model.name,
        empty_reason=EmptyReason.NO_SPEECH if empty else None,
        no_speech_probability=round(float(probability), 4),
    )
