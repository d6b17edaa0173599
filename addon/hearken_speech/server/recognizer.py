"""Speech to text as the server uses it: a model, threads, and stored names."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import BusyError, HearkenError, ModelError
from hearken_speech.models.keeper import ModelKeeper, ModelOptions
from hearken_speech.server.vocabularies import Vocabularies
from hearken_speech.stt.pool import DecoderPool, Priority
from hearken_speech.stt.transcriber import Transcriber, nothing_said
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from hearken_speech.protocol import Vocabulary
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.transcriber import Recording, Request, Transcription

_QUEUE_LIMIT: Final = 16
_TIME_LIMIT_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The model that a request began with."""

    engine: WhisperEngine | None
    """None where it had left the memory: then the one in use is loaded."""
    mel_bands: int


@dataclass(frozen=True, kw_only=True)
class RecognizerOptions(ModelOptions):
    """How speech to text is run."""

    beam_size: int = 5
    """Texts that the decoder follows at a time, 1 to 5."""
    speculate: bool = True
    """Begin to decode in pauses."""


class Recognizer:
    """Holds the speech model and the threads that use it."""

    def __init__(self, options: RecognizerOptions) -> None:
        """Remember what to load; ``start`` loads it."""
        self.models = ModelKeeper(options)
        self.beam_size = options.beam_size
        self.speculate = options.speculate
        self._pool = DecoderPool(options.workers, _QUEUE_LIMIT)
        self._transcriber = Transcriber()
        self.vocabularies = Vocabularies(self._transcriber.index)
        self.listening = ThreadPoolExecutor(1, thread_name_prefix="stt-listen")
        """Where features and voice activity are worked out."""
        self.vad: SileroModel | None = None
        self._heard: str | None = None
        """Language of the last request."""

    async def start(self) -> None:
        """Load what answers at once."""
        loop = asyncio.get_running_loop()
        self.vad = await loop.run_in_executor(self.listening, SileroModel)
        await self.models.start()

    def store(self, vocabulary: Vocabulary) -> None:
        """Keep the names of a client for its later requests."""
        self.vocabularies.store(vocabulary, self._likely_language)

    def expect(self, names: Sequence[str]) -> None:
        """Make names ready that the request which comes now may need."""
        if names:
            self.vocabularies.prepare(tuple(names), self._likely_language)

    @property
    def _likely_language(self) -> str:
        """Return the language that is spoken next, as far as that is known."""
        return self._heard or (self.models.languages or ("en",))[0]

    def check(self, language: str | None) -> None:
        """Raise a HearkenError where a request cannot be served."""
        if self.models.model is None:
            raise ModelError(self.models.problem or "no speech model is loaded")
        if language and self.models.tokens:
            self._heard = self.models.tokens.language(language)

    def keep(self) -> Kept:
        """Return what a request needs of the model in use, whatever comes later."""
        return Kept(
            engine=self.models.manager.slot.present, mel_bands=self.models.mel_bands
        )

    def submit(
        self, recording: Recording, request: Request, priority: Priority, kept: Kept
    ) -> Future[Transcription]:
        """Queue a recording; BusyError when too many wait."""

        def work() -> Transcription:
            with self.models.manager.slot.use(kept.engine) as engine:
                return self._transcriber.transcribe(engine, recording, request)

        return self._pool.submit(work, priority)

    def nothing_said(self, recording: Recording, request: Request) -> Transcription:
        """Return the answer to a recording in which nobody spoke; it needs no model."""
        assert self.models.model is not None  # noqa: S101 - the request was checked
        return nothing_said(recording, request, self.models.model.name)

    async def result(self, future: Future[Transcription]) -> Transcription:
        """Wait for the text of a recording; raise HearkenError if there is none."""
        self._pool.promote(future)
        try:
            async with asyncio.timeout(_TIME_LIMIT_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError as err:
            msg = f"recognition took longer than {_TIME_LIMIT_SECONDS:.0f} s"
            raise HearkenError(msg) from err
        except asyncio.CancelledError:
            if future.cancelled() and not _being_cancelled():
                msg = "the request had to make room for others; try again"
                raise BusyError(msg) from None
            raise

    def close(self) -> None:
        """Let running requests end and take no new ones."""
        self.models.close()
        self._pool.close(timeout_seconds=0.0)
        self.vocabularies.close()
        self.listening.shutdown(wait=False, cancel_futures=True)


def _being_cancelled() -> bool:
    """Tell whether the task itself is to end, rather than what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
