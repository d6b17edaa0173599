"""Speech-to-text as the server uses it: a model, threads, and stored names."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import BusyError, HearkenError, ModelError
from hearken_speech.models import ModelKeeper
from hearken_speech.server.lanes import Lane
from hearken_speech.server.vocabularies import Vocabularies
from hearken_speech.stt.languages import resolve
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.phrase_evidence import phrase_evidence
from hearken_speech.stt.proposals import Proposals
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import nothing_said
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from hearken_speech.audio.format import Samples
    from hearken_speech.models import ModelOptions
    from hearken_speech.protocol import Vocabulary
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.phrase_evidence import PhraseEvidence
    from hearken_speech.stt.pool import Priority
    from hearken_speech.stt.recording import Recording
    from hearken_speech.stt.transcription import Request, Transcription

_LOGGER = logging.getLogger(__name__)

_TIME_LIMIT_SECONDS: Final = 60.0
_PROPOSAL_LIMIT_SECONDS: Final = 2.0
"""A user is waiting, and may rather repeat the command."""
_LOOK_LIMIT_SECONDS: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PinnedModel:
    """The model that a request started with."""

    engine: WhisperEngine | None
    """None if it was not in memory; then the one in use is loaded."""
    mel_bands: int
    lane: Lane
    """The threads of the client that sent the request."""


@dataclass(frozen=True, kw_only=True)
class RecognizerOptions:
    """How to run speech-to-text."""

    models: ModelOptions
    beam_size: int = 5
    """Texts that the decoder follows at a time, 1 to 5."""
    speculate: bool = True
    """Start decoding in pauses."""


class Recognizer:
    """Holds the speech model and the threads that use it."""

    def __init__(self, options: RecognizerOptions) -> None:
        """Set the options; ``start`` loads a model."""
        self.models = ModelKeeper(options.models)
        self.beam_size = options.beam_size
        self.speculate = options.speculate
        workers = options.models.manager.load.workers
        self.trusted = Lane(workers, is_trusted=True)
        self.strangers = Lane(max(1, workers // 2), is_trusted=False)
        self._pronouncer = Pronouncer()
        self._transcriber = Transcriber(self._pronouncer)
        self.vocabularies = Vocabularies(self._transcriber.name_indexes.get)
        self.vad: SileroModel | None = None
        self._last_language: str | None = None

    async def start(self) -> None:
        """Load voice activity detection and the embedded model."""
        loop = asyncio.get_running_loop()
        self.vad = await loop.run_in_executor(self.trusted.listening, SileroModel)
        await self.models.start()

    def lane(self, *, is_trusted: bool) -> Lane:
        """Return the threads for the requests of a client."""
        return self.trusted if is_trusted else self.strangers

    def store(self, vocabulary: Vocabulary, *, is_trusted: bool = False) -> None:
        """Store the names of a client for its later requests."""
        self.vocabularies.store(
            vocabulary, self._likely_language, is_trusted=is_trusted
        )

    def expect(self, names: Sequence[str]) -> None:
        """Prepare the names that a starting request may need."""
        if names:
            self.vocabularies.prepare(tuple(names), self._likely_language)

    @property
    def _likely_language(self) -> str:
        """Return the language of the next request, as far as it can be guessed."""
        return self._last_language or (self.models.languages or ("en",))[0]

    def check(self, language: str | None) -> None:
        """Raise HearkenError if a request in this language cannot be served."""
        if self.models.model is None:
            raise ModelError(self.models.problem or "no speech model is loaded")
        if self.models.model.languages:
            code = resolve(language, self.models.model.languages)
            self._last_language = code or self._last_language

    def pin_model(self, *, is_trusted: bool = False) -> PinnedModel:
        """Return the model in use, for a request that may outlive it."""
        return PinnedModel(
            engine=self.models.loaded_engine,
            mel_bands=self.models.mel_bands,
            lane=self.lane(is_trusted=is_trusted),
        )

    def submit(
        self,
        recording: Recording,
        request: Request,
        priority: Priority,
        pinned: PinnedModel,
    ) -> Future[Transcription]:
        """Queue a recording; raise BusyError if too many are waiting."""

        def work() -> Transcription:
            with self.models.lend_engine(pinned.engine) as engine:
                return self._transcriber.transcribe(engine, recording, request)

        return pinned.lane.pool.submit(work, priority)

    def nothing_said(self, recording: Recording, request: Request) -> Transcription:
        """Return the transcription of a recording without speech; no model needed."""
        assert self.models.model is not None  # noqa: S101 - the request was checked
        return nothing_said(recording, request, self.models.model.name)

    async def result(self, future: Future[Transcription]) -> Transcription:
        """Wait for a transcription; raise HearkenError if there is none."""
        for lane in (self.trusted, self.strangers):
            lane.pool.promote(future)
        return await _wait(future, _TIME_LIMIT_SECONDS)

    async def propose_names(
        self,
        transcription: Transcription,
        request: Request,
        pinned: PinnedModel,
        sentences: Sequence[str] = (),
    ) -> Proposals:
        """Return texts with names, and sentences, that may have been said.

        Empty if that fails or takes too long: the transcript is not worse for it.
        """

        def work() -> Proposals:
            with self.models.lend_engine(pinned.engine) as engine:
                if engine.name != transcription.model:
                    return Proposals()
                return self._transcriber.propose(
                    engine, transcription, request, sentences
                )

        try:
            future = pinned.lane.pool.submit(work)
            return await _wait(future, _PROPOSAL_LIMIT_SECONDS)
        except HearkenError as err:
            _LOGGER.warning("no names were proposed: %s", err)
            return Proposals()

    async def look_again(
        self, samples: Samples, request: Request, pinned: PinnedModel
    ) -> str:
        """Return the text that a longer look finds, empty if it takes too long."""

        def work() -> str:
            with self.models.lend_engine(pinned.engine) as engine:
                return self._transcriber.look_again(engine, samples, request)

        try:
            future = pinned.lane.pool.submit(work)
            return await _wait(future, _LOOK_LIMIT_SECONDS)
        except HearkenError as err:
            _LOGGER.warning("there was no second look: %s", err)
            return ""

    def can_hear_phrases(self, *, is_trusted: bool) -> bool:
        """Return whether a good speech model is in memory and nobody waits for it."""
        engine = self.models.loaded_engine
        if engine is None or not engine.model.traits.judges_names:
            return False
        pool = self.lane(is_trusted=is_trusted).pool
        return pool.state.running + pool.state.waiting_final < pool.workers

    async def hear_phrase(
        self,
        samples: Samples,
        text: str,
        language: str,
        limit_seconds: float,
        *,
        is_trusted: bool,
    ) -> PhraseEvidence:
        """Return what the speech model says of a text in a language.

        Raise HearkenError if there is no answer, TimeoutError if it does not come in
        time.
        """

        def work() -> PhraseEvidence:
            with self.models.lend_engine() as engine:
                return phrase_evidence(
                    engine, samples, text, language, self._pronouncer
                )

        future = self.lane(is_trusted=is_trusted).pool.submit(work)
        async with asyncio.timeout(limit_seconds):
            return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let running requests finish and take no new ones."""
        self.models.close()
        for lane in (self.trusted, self.strangers):
            lane.close()
        self.vocabularies.close()


async def _wait[ResultT](future: Future[ResultT], seconds: float) -> ResultT:
    """Wait for a result of the pool; raise HearkenError if it does not come in time."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(future)
    except TimeoutError as err:
        msg = f"recognition took longer than {seconds:.0f} s"
        raise HearkenError(msg) from err
    except asyncio.CancelledError:
        if future.cancelled() and not _is_being_cancelled():
            msg = "the request had to make room for others; try again"
            raise BusyError(msg) from None
        raise


def _is_being_cancelled() -> bool:
    """Return whether the current task, not the future it awaits, is cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
