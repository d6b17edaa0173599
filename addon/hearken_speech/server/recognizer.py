"""Speech to text as the server uses it: models, threads and stored names."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import store
from hearken_speech.errors import BusyError, HearkenError, ModelError
from hearken_speech.stt.catalogue import find
from hearken_speech.stt.choice import DEFAULT_BUDGET_SECONDS, Wishes
from hearken_speech.stt.errors import DownloadCancelledError
from hearken_speech.stt.loading import EMBEDDED_MODEL
from hearken_speech.stt.manager import AUTO, ManagerOptions, ModelManager
from hearken_speech.stt.pool import DecoderPool, Priority
from hearken_speech.stt.tokens import whisper_language
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from hearken_speech.protocol import Vocabulary
    from hearken_speech.stt.tokens import WhisperTokens
    from hearken_speech.stt.transcriber import Recording, Request, Transcription

_LOGGER = logging.getLogger(__name__)

_QUEUE_LIMIT: Final = 16
_TIME_LIMIT_SECONDS: Final = 60.0
_KEPT_VOCABULARIES: Final = 64
_FORGOTTEN_SECONDS: Final = 7 * 86_400.0
_IDLE_CHECK_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model in use, as clients see it."""

    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecognizerOptions:
    """How speech to text is run."""

    model: str
    """Name, folder, or ``auto``."""
    folder: Path
    """Where downloaded models lie."""
    threads: int = 1
    language: str | None = None
    """For which the model ``auto`` is chosen."""
    beam_size: int = 5
    """Texts that the decoder follows at a time, 1 to 5."""
    speculate: bool = True
    """Begin to decode in pauses."""
    idle_seconds: float | None = None
    """Time after which an unused model leaves the memory."""


class Recognizer:
    """Holds the speech model and the threads that use it."""

    def __init__(self, options: RecognizerOptions) -> None:
        """Remember what to load; ``start`` loads it."""
        workers = max(1, (os.cpu_count() or 1) // options.threads)
        self.manager = ModelManager(
            options.folder,
            ManagerOptions(
                threads=options.threads,
                workers=workers,
                idle_seconds=options.idle_seconds,
            ),
        )
        self.configured = options.model or AUTO
        self.beam_size = options.beam_size
        self.speculate = options.speculate
        self.problem: str | None = None
        self.trouble: str | None = None
        """What kind of problem it is, for programs."""
        self.loading = False
        """Whether a model is being fetched or loaded right now."""
        self.languages: tuple[str, ...] | None = None
        """For which the model was chosen; None if it was named."""
        self._chosen = options.folder / "chosen.json"
        self.model: ModelInfo | None = None
        self._language = options.language
        self._threads = options.threads
        self._pool = DecoderPool(workers, _QUEUE_LIMIT)
        self._transcriber = Transcriber()
        self._vocabularies: OrderedDict[str, Vocabulary] = OrderedDict()
        self._loading = ThreadPoolExecutor(1, thread_name_prefix="stt-load")
        self.listening = ThreadPoolExecutor(1, thread_name_prefix="stt-listen")
        """Where features and voice activity are worked out."""
        self.vad: SileroModel | None = None
        # Kept when an idle model leaves the memory.
        self.mel_bands = 80
        self._tokens: WhisperTokens | None = None

    async def start(self) -> None:
        """Load the model that answers at once; the configured one comes later."""
        loop = asyncio.get_running_loop()
        self.vad = await loop.run_in_executor(self._loading, SileroModel)
        await loop.run_in_executor(
            self._loading, self.manager.remove_leftovers, _FORGOTTEN_SECONDS
        )
        await self._change(EMBEDDED_MODEL)

    async def load_configured(self) -> None:
        """Put the configured model to use, downloading it where it is missing.

        Until then, and where that fails, the embedded one serves.
        """
        chosen = await asyncio.to_thread(self._read_choice)
        if isinstance(chosen, Wishes):
            await self._choose(chosen)
        elif chosen is not None:
            await self._change(chosen)
        elif self.configured == AUTO:
            if self._language:
                await self._choose(self._wishes((self._language,)))
        elif self.configured != EMBEDDED_MODEL:
            self.problem = f"speech model {self.configured} is being loaded"
            await self._change(self.configured)
        await self._watch_idle()

    async def choose(
        self,
        languages: Sequence[str],
        *,
        budget_seconds: float = DEFAULT_BUDGET_SECONDS,
        memory_limit_mb: int | None = None,
        download: bool = True,
    ) -> None:
        """Put the best model to use that knows the languages and is fast enough here.

        The wish outlives the server, until another one is told or another model is
        configured.
        """
        wishes = self._wishes(languages, budget_seconds, memory_limit_mb)
        value = {
            "languages": [wishes.language, *wishes.others],
            "budget_seconds": budget_seconds,
            "memory_limit_mb": memory_limit_mb,
            "instead_of": self.configured,
        }
        await asyncio.to_thread(store.save, self._chosen, value)
        await self._choose(wishes, download=download)

    def _wishes(
        self,
        languages: Sequence[str],
        budget_seconds: float = DEFAULT_BUDGET_SECONDS,
        memory_limit_mb: int | None = None,
    ) -> Wishes:
        """Return what is wished for, in Whisper's words."""
        first, *others = dict.fromkeys(whisper_language(one) for one in languages)
        return Wishes(
            language=first,
            others=tuple(sorted(others)),
            budget_seconds=budget_seconds,
            memory_limit_mb=memory_limit_mb,
            threads=self._threads,
        )

    async def _choose(self, wishes: Wishes, *, download: bool = True) -> None:
        """Choose a model."""
        self.languages = (wishes.language, *wishes.others)
        wanted = ", ".join(self.languages)
        self.problem = f"a speech model for {wanted} is being chosen"

        def work() -> None:
            self.manager.choose(wishes, download=download)

        await self._try(work)

    async def use(self, name: str) -> None:
        """Put a model to use; where that fails, the one before goes on.

        The choice outlives the server, until another model is configured.
        """
        if await self._change(name):
            self.languages = None
            value = {"model": name, "instead_of": self.configured}
            await asyncio.to_thread(store.save, self._chosen, value)

    async def delete(self, name: str) -> None:
        """Remove a model from the disk; it is no longer wanted, either."""
        await asyncio.to_thread(self.manager.delete, name)
        if await asyncio.to_thread(self._read_choice) == name:
            await asyncio.to_thread(store.save, self._chosen, {})
        self.refresh()

    def _read_choice(self) -> str | Wishes | None:
        """Return what was chosen instead of the configured model."""
        try:
            stored = store.load(self._chosen)
        except store.StoreError as err:
            _LOGGER.warning("%s", err)
            return None
        if stored.get("instead_of") != self.configured:
            return None
        name = stored.get("model")
        return name if isinstance(name, str) else self._read_wishes(stored)

    def _read_wishes(self, stored: dict[str, Any]) -> Wishes | None:
        """Return the stored wishes, None where they make no sense."""
        languages, budget = stored.get("languages"), stored.get("budget_seconds")
        limit = stored.get("memory_limit_mb")
        if (
            not isinstance(languages, list)
            or not languages
            or not all(isinstance(language, str) for language in languages)
            or not isinstance(budget, int | float)
            or not isinstance(limit, int | None)
        ):
            return None
        return self._wishes(languages, budget, limit)

    def store(self, vocabulary: Vocabulary) -> None:
        """Keep the names of a client for its later requests."""
        self._vocabularies[vocabulary.key] = vocabulary
        self._vocabularies.move_to_end(vocabulary.key)
        while len(self._vocabularies) > _KEPT_VOCABULARIES:
            self._vocabularies.popitem(last=False)

    def vocabularies(self) -> list[Vocabulary]:
        """Return all names that are stored."""
        return list(self._vocabularies.values())

    def vocabulary(self, key: str) -> Vocabulary | None:
        """Return the names stored under a key."""
        return self._vocabularies.get(key)

    def check(self, language: str | None) -> None:
        """Raise a HearkenError where a request cannot be served."""
        if self.model is None:
            raise ModelError(self.problem or "no speech model is loaded")
        if language and self._tokens:
            self._tokens.language(language)

    def submit(
        self, recording: Recording, request: Request, priority: Priority
    ) -> Future[Transcription]:
        """Queue a recording; BusyError when too many wait."""

        def work() -> Transcription:
            with self.manager.slot.use() as engine:
                return self._transcriber.transcribe(engine, recording, request)

        return self._pool.submit(work, priority)

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
        self.manager.cancel_all()
        self._pool.close(timeout_seconds=0.0)
        for pool in (self._loading, self.listening):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _change(self, name: str) -> bool:
        """Load a model, downloading it where it is missing; tell whether it serves."""

        def work() -> None:
            if "/" not in name and not self.manager.library.has(name):
                find(name)
                self.manager.install(name)
            self.manager.use(name)

        return await self._try(work)

    async def _try(self, work: Callable[[], None]) -> bool:
        """Change the model on a thread and note how that went."""
        loop = asyncio.get_running_loop()
        self.loading = True
        done = False
        try:
            await loop.run_in_executor(self._loading, work)
        except DownloadCancelledError as err:
            # The owner wanted it so: the model before is no makeshift.
            self.problem = self.trouble = None
            _LOGGER.info("%s", err)
        except ModelError as err:
            self.problem, self.trouble = str(err), err.trouble
            _LOGGER.error("%s; %s serves instead", err, self.manager.model)  # noqa: TRY400 - for users
        else:
            self.problem = self.trouble = None
            done = True
        finally:
            self.loading = False
        self.refresh()
        return done

    def refresh(self) -> None:
        """Take note of the model in use."""
        if self.manager.slot.loaded:
            engine = self.manager.slot.engine()
            self._tokens = engine.model.tokens
            self.mel_bands = engine.model.mel_bands
            languages = tuple(sorted(self._tokens.languages))
            self.model = ModelInfo(engine.name, languages)

    async def _watch_idle(self) -> None:
        """Free the memory of a model that nobody uses."""
        if self.manager.options.idle_seconds is None:
            return
        while True:
            await asyncio.sleep(_IDLE_CHECK_SECONDS)
            self.manager.slot.unload_if_idle()


def _being_cancelled() -> bool:
    """Tell whether the task itself is to end, rather than what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
