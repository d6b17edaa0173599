"""Speech to text as the server uses it: models, threads and stored names."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import BusyError, HearkenError, ModelError
from hearken_speech.server.wanted import Languages, WantedFile
from hearken_speech.store import StoreError
from hearken_speech.stt.catalogue import find
from hearken_speech.stt.choice import DEFAULT_BUDGET_SECONDS, Wishes
from hearken_speech.stt.errors import DownloadCancelledError, DownloadError
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
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.tokens import WhisperTokens
    from hearken_speech.stt.transcriber import Recording, Request, Transcription

_LOGGER = logging.getLogger(__name__)

_QUEUE_LIMIT: Final = 16
_TIME_LIMIT_SECONDS: Final = 60.0
_KEPT_VOCABULARIES: Final = 64
_FORGOTTEN_SECONDS: Final = 7 * 86_400.0
_IDLE_CHECK_SECONDS: Final = 30.0
RETRY_MIN_SECONDS: Final = 60.0
RETRY_MAX_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model in use, as clients see it."""

    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The model that a request began with."""

    engine: WhisperEngine | None
    """None where it had left the memory: then the one in use is loaded."""
    mel_bands: int


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
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Longest time that model may take for a 3 s command."""
    memory_limit_mb: int | None = None
    """Most memory it may take; None for half of what is free."""
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
        self._wanted = WantedFile(options.folder / "chosen.json", self.configured)
        self._is_missed = False
        """Whether what is wanted may come when the hub can be reached again."""
        self._stop = threading.Event()
        """Ends the download that the change before this one waits for."""
        self.model: ModelInfo | None = None
        self._language = options.language
        self._limits = (options.budget_seconds, options.memory_limit_mb)
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
        self._heard: str | None = None
        """Language of the last request."""

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

        Until then, and where that fails, the embedded one serves; where the hub cannot
        be reached, it is tried again.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_trying())
            tasks.create_task(self._watch_idle())

    async def _keep_trying(self) -> None:
        """Put to use what is wanted, again and again while the hub is out of reach."""
        await self._put_to_use()
        wait_seconds = RETRY_MIN_SECONDS
        while True:
            await asyncio.sleep(wait_seconds)
            if self.loading or not self._is_missed:
                wait_seconds = RETRY_MIN_SECONDS
                continue
            wait_seconds = min(2 * wait_seconds, RETRY_MAX_SECONDS)
            await self._put_to_use()

    async def _put_to_use(self) -> None:
        """Put to use what was chosen, or else what is configured."""
        chosen = await asyncio.to_thread(self._wanted.read)
        if isinstance(chosen, Languages):
            await self._choose(chosen)
        elif chosen is not None:
            await self._change(chosen)
        elif self.configured == AUTO:
            if self._language:
                await self._choose(_for((self._language,), *self._limits))
        elif self.configured != EMBEDDED_MODEL:
            self.problem = f"speech model {self.configured} is being loaded"
            await self._change(self.configured)
        self._is_missed = self.trouble == DownloadError.trouble

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
        wanted = _for(languages, budget_seconds, memory_limit_mb, download=download)
        await self._remember(wanted)
        await self._choose(wanted)
        self._is_missed = self.trouble == DownloadError.trouble

    async def _remember(self, wanted: Languages) -> None:
        """Keep a wish; where that cannot be, it holds until the server ends."""
        try:
            await asyncio.to_thread(self._wanted.keep, wanted)
        except StoreError as err:
            _LOGGER.warning("%s", err)

    async def _choose(self, wanted: Languages) -> None:
        """Choose a model."""
        self.languages = wanted.languages
        first, *others = wanted.languages
        wishes = Wishes(
            language=first,
            others=tuple(others),
            budget_seconds=wanted.budget_seconds,
            memory_limit_mb=wanted.memory_limit_mb,
            threads=self._threads,
        )
        names = ", ".join(wanted.languages)
        self.problem = f"a speech model for {names} is being chosen"

        def work(stop: threading.Event) -> ModelError | None:
            return self.manager.choose(
                wishes, download=wanted.download, stop=stop
            ).missed

        await self._try(work)

    async def use(self, name: str) -> None:
        """Put a model to use; where that fails, the one before goes on.

        The choice outlives the server, until another model is configured.
        """
        self._is_missed = False
        if await self._change(name):
            self.languages = None
            await asyncio.to_thread(self._wanted.keep, name)

    async def delete(self, name: str) -> None:
        """Remove a model from the disk; it is no longer wanted, either.

        Where it was chosen for languages, the best of the others takes its place.
        """
        served = name == self.manager.model
        await asyncio.to_thread(self.manager.delete, name)
        await asyncio.to_thread(self._wanted.forget, name)
        self.refresh()
        wanted = await asyncio.to_thread(self._wanted.read) if served else None
        if isinstance(wanted, Languages):
            wanted = replace(wanted, download=False)
            await self._remember(wanted)
            await self._choose(wanted)

    def store(self, vocabulary: Vocabulary) -> None:
        """Keep the names of a client for its later requests."""
        self._vocabularies[vocabulary.key] = vocabulary
        self._vocabularies.move_to_end(vocabulary.key)
        while len(self._vocabularies) > _KEPT_VOCABULARIES:
            self._vocabularies.popitem(last=False)
        language = self._heard or (self.languages or ("en",))[0]

        def work() -> None:
            self._transcriber.index(vocabulary.names, language)

        # Otherwise the first command would wait until all names are pronounced.
        with contextlib.suppress(BusyError):
            self._pool.submit(work, Priority.SPECULATIVE)

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
            self._heard = self._tokens.language(language)

    def keep(self) -> Kept:
        """Return what a request needs of the model in use, whatever comes later."""
        return Kept(engine=self.manager.slot.present, mel_bands=self.mel_bands)

    def submit(
        self, recording: Recording, request: Request, priority: Priority, kept: Kept
    ) -> Future[Transcription]:
        """Queue a recording; BusyError when too many wait."""

        def work() -> Transcription:
            with self.manager.slot.use(kept.engine) as engine:
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

        def work(stop: threading.Event) -> None:
            if "/" not in name and not self.manager.library.has(name):
                find(name)
                self.manager.install(name, stop=stop)
            self.manager.use(name)

        return await self._try(work)

    async def _try(self, work: Callable[[threading.Event], ModelError | None]) -> bool:
        """Change the model on a thread and note how that went.

        A change that waits for a download makes room for the next one.
        """
        loop = asyncio.get_running_loop()
        self._stop.set()
        stop = self._stop = threading.Event()
        self.loading = True
        missed: ModelError | None
        try:
            missed = await loop.run_in_executor(self._loading, work, stop)
        except DownloadCancelledError as err:
            # The owner wanted it so: the model before is no makeshift.
            missed = None
            done = False
            _LOGGER.info("%s", err)
        except ModelError as err:
            missed, done = err, False
        except Exception as err:
            # Whatever is wrong with a model or a disk, the one before serves.
            _LOGGER.exception("The speech model could not be changed")
            missed, done = ModelError(f"{type(err).__name__}: {err}"), False
        else:
            done = True
        if stop.is_set():
            return False  # the next change tells how things are
        self.loading = False
        self.problem, self.trouble = (
            (str(missed), missed.trouble) if missed else (None, None)
        )
        if missed:
            _LOGGER.error("%s; %s serves instead", missed, self.manager.model)
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
            # It waits while a model is loaded, so not on the event loop.
            await asyncio.to_thread(self.manager.slot.unload_if_idle)


def _for(
    languages: Sequence[str],
    budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    memory_limit_mb: int | None = None,
    *,
    download: bool = True,
) -> Languages:
    """Return a wish in Whisper's words."""
    first, *others = dict.fromkeys(whisper_language(one) for one in languages)
    return Languages(
        languages=(first, *sorted(others)),
        budget_seconds=budget_seconds,
        memory_limit_mb=memory_limit_mb,
        download=download,
    )


def _being_cancelled() -> bool:
    """Tell whether the task itself is to end, rather than what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
