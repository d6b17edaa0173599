"""Keep the wanted speech model in use: load, download, choose, retry, delete."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models.catalogue import known_models
from hearken_speech.models.choice import Limits, Requirements
from hearken_speech.models.errors import DownloadCancelledError, UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.models.manager import AUTO, ModelManager
from hearken_speech.models.options import ModelInfo
from hearken_speech.models.selection import LanguageSelection, select_languages
from hearken_speech.models.wanted import WantedModel
from hearken_speech.protocol import ModelTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from hearken_speech.models.download import Progress
    from hearken_speech.models.listing import ListedModel
    from hearken_speech.models.options import ModelOptions
    from hearken_speech.stt.engine import WhisperEngine

_LOGGER = logging.getLogger(__name__)

_ABANDONED_SECONDS: Final = 7 * 86_400.0
_WATCH_SECONDS: Final = 30.0
RETRY_MIN_SECONDS: Final = 60.0
RETRY_MAX_SECONDS: Final = 900.0
_PASSING_TROUBLES: Final = frozenset(
    {ModelTrouble.UNREACHABLE, ModelTrouble.DAMAGED, ModelTrouble.NO_SPACE}
)
"""Troubles of downloads that may end without anybody doing something here."""


class ModelKeeper:
    """Keeps the wanted model in use, and the embedded one until it is ready."""

    def __init__(self, options: ModelOptions) -> None:
        """Set the options; ``start`` loads a model."""
        self._options = options
        self._manager = ModelManager(options.folder, options.manager)
        self.configured = self.name_of(options.model) or AUTO
        self.problem: str | None = None
        self.trouble: ModelTrouble | None = None
        """Kind of the problem, for programs."""
        self.loading = False
        """Whether a model is being downloaded or loaded right now."""
        self.languages: tuple[str, ...] | None = None
        """Languages the model was chosen for; None if it was named."""
        self.model: ModelInfo | None = None
        # These stay known when an idle model is unloaded.
        self.mel_bands = 80
        self._wanted = WantedModel(options, self.configured)
        self._is_retried = False
        """Whether the wanted model failed only because it could not be downloaded."""
        self._stop = threading.Event()
        """Stops the change before the next one, if it waits for a download."""
        self._load_pool = ThreadPoolExecutor(1, thread_name_prefix="stt-load")
        self._download_pool = ThreadPoolExecutor(
            len(known_models()), thread_name_prefix="stt-fetch"
        )

    async def start(self) -> None:
        """Load the embedded model; ``run`` loads the wanted one."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            self._load_pool, self._manager.remove_leftovers, _ABANDONED_SECONDS
        )
        await loop.run_in_executor(self._load_pool, self._manager.check_disk)
        await loop.run_in_executor(self._load_pool, self._wanted.load)
        await self._change(EMBEDDED_MODEL)

    def close(self) -> None:
        """Stop downloads and start nothing new; running work ends by itself."""
        self._manager.close()
        for pool in (self._load_pool, self._download_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    async def run(self) -> None:
        """Load the wanted model and keep it in use; download it if necessary.

        Until it is ready, and if it fails, the embedded one is used. While the hub is
        unreachable, this retries.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._retry())
            tasks.create_task(self._watch())

    # The model in use

    @property
    def in_use(self) -> str:
        """Return the name of the model in use."""
        return self._manager.in_use

    @property
    def purpose(self) -> str:
        """Return what the model in use is good for, for users."""
        return self._manager.purpose

    def name_of(self, text: str) -> str:
        """Return the name of the model that a user means; this may read the disk."""
        name = self._manager.library.name_of(text)
        return AUTO if name.casefold() == AUTO else name

    def is_folder(self, name: str) -> bool:
        """Return whether a name is that of a folder outside those for models."""
        return self._manager.library.is_path(name)

    @property
    def loaded_engine(self) -> WhisperEngine | None:
        """Return the engine if it is in memory."""
        return self._manager.slot.present

    def lend_engine(
        self, pinned: WhisperEngine | None = None
    ) -> AbstractContextManager[WhisperEngine]:
        """Lend the engine in use, or a pinned one; load it if it was unloaded."""
        return self._manager.slot.use(pinned)

    # What is installed, downloading, and free

    @property
    def progress(self) -> dict[str, Progress]:
        """Return the progress of the running downloads."""
        return self._manager.progress

    @property
    def free_bytes(self) -> int | None:
        """Return the free disk space, None if it is unknown."""
        return self._manager.free_bytes

    @property
    def needed_bytes(self) -> int:
        """Return the disk space that should be free."""
        return self._manager.needed_bytes

    async def list_models(self) -> list[ListedModel]:
        """Return all models with whether this machine can run them."""
        return await asyncio.to_thread(self._manager.list_models, self._options.limits)

    async def is_installed(self, name: str) -> bool:
        """Return whether a model of this name is installed."""
        return await asyncio.to_thread(self._manager.library.has, name)

    async def check_installed(self, name: str) -> None:
        """Raise UnknownModelError unless a model or folder of this name exists."""
        await asyncio.to_thread(self._manager.library.find, name)

    async def install(self, name: str) -> None:
        """Download a model."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._download_pool, self._manager.install, name)

    def cancel_download(self, name: str) -> bool:
        """Cancel a download; return whether there was one."""
        return self._manager.cancel(name)

    def stop_downloads(self) -> None:
        """Stop all downloads; they resume at the next start."""
        self._manager.close()

    async def measure(self, name: str) -> float:
        """Return the seconds that a 3 s command takes with an installed model."""
        if self.loading:
            msg = "a speech model is being loaded; measure again when it is ready"
            raise ModelError(msg)
        loop = asyncio.get_running_loop()
        # One at a time: each measured model takes memory.
        return await loop.run_in_executor(self._load_pool, self._manager.measure, name)

    # Which model is wanted

    async def choose(
        self,
        languages: Sequence[str],
        *,
        budget_seconds: float | None = None,
        memory_limit_mb: int | None = None,
        download: bool = True,
    ) -> None:
        """Use the best model that knows the languages and is fast enough here.

        The server's limits apply unless others are given. The selection is stored; it
        applies until the next one, or until another model is configured.
        """
        selection = select_languages(
            languages, budget_seconds, memory_limit_mb, download=download
        )
        await self._wanted.select(selection)
        await self._choose(selection)
        self._is_retried = self._has_passing_trouble

    async def serve_house(
        self, languages: Sequence[str], *, download: bool = True
    ) -> None:
        """Choose the best model for the languages of the house; download it if allowed.

        If the owner configured or selected a model or languages, nothing happens.
        """
        is_new = await self._wanted.serve(
            select_languages(languages, download=download)
        )
        if is_new and self._wanted.is_for_house:
            await self._use_wanted()

    async def use(self, name: str) -> None:
        """Use a model; if that fails, the one before stays in use.

        The selection is stored until another model is configured; raise JsonFileError,
        and change nothing, if it cannot be. While the hub is unreachable, this retries.
        """
        name = self.name_of(name)
        before = self._wanted.selection
        await self._wanted.select(name)
        done = await self._change(name)
        is_retried = done is False and self._has_passing_trouble
        if done or is_retried:
            self._is_retried = is_retried
            self.languages = None
        elif self._wanted.selection == name:
            await self._wanted.select(before)

    async def delete(self, name: str) -> None:
        """Delete a model, and the selection of it.

        If it was chosen for languages, the best of the others replaces it.
        """
        name = self.name_of(name)
        was_in_use = name == self.in_use
        try:
            await asyncio.to_thread(self._manager.delete, name)
        except UnknownModelError:
            # A selected model may not have been downloaded yet.
            if self._wanted.selection != name:
                raise
        finally:
            self._update_info()
        if self._wanted.selection == name:
            await self._wanted.select(None)
            self._is_retried = False
            if not self.loading:
                self._end_change(None)
        elif was_in_use and self.languages:
            before = self._wanted.selection
            if not isinstance(before, LanguageSelection):
                before = select_languages(self.languages)
            selection = replace(before, download=False)
            await self._wanted.select(selection)
            await self._choose(selection)

    async def _retry(self) -> None:
        """Load the wanted model; retry while it cannot be downloaded."""
        # A client may already have asked for another model.
        if not self.loading:
            await self._use_wanted()
        wait_seconds = RETRY_MIN_SECONDS
        while True:
            await asyncio.sleep(wait_seconds)
            if self.loading or not self._is_retried:
                wait_seconds = RETRY_MIN_SECONDS
                continue
            wait_seconds = min(2 * wait_seconds, RETRY_MAX_SECONDS)
            await self._use_wanted()

    async def _use_wanted(self) -> None:
        """Use the wanted model."""
        wanted = self._wanted.current
        if isinstance(wanted, LanguageSelection):
            await self._choose(wanted)
        elif wanted is not None and wanted != EMBEDDED_MODEL:
            self.problem = f"speech model {wanted} is being loaded"
            await self._change(wanted)
        elif wanted is None and await asyncio.to_thread(self._manager.has_real_model):
            # Better than the embedded one until somebody says what is spoken here.
            await self._choose(select_languages(("en",), download=False))
        self._is_retried = self._has_passing_trouble

    @property
    def _has_passing_trouble(self) -> bool:
        """Return whether the last change failed for a reason that may go away."""
        return self.trouble in _PASSING_TROUBLES

    async def _choose(self, selection: LanguageSelection) -> None:
        """Choose a model for languages."""
        self.languages = selection.languages
        first, *others = selection.languages
        limits = self._options.limits
        wanted = Requirements(
            language=first,
            others=tuple(others),
            limits=Limits(
                budget_seconds=selection.budget_seconds or limits.budget_seconds,
                memory_limit_mb=selection.memory_limit_mb or limits.memory_limit_mb,
            ),
            threads=self._options.manager.load.threads,
        )
        names = ", ".join(selection.languages)
        self.problem = f"a speech model for {names} is being chosen"

        def work(stop: threading.Event) -> ModelError | None:
            choice = self._manager.choose(
                wanted, download=selection.download, stop=stop
            )
            return choice.failure

        await self._run_change(work)

    async def _change(self, name: str) -> bool | None:
        """Load a model, downloading it if necessary; return as ``_run_change``."""

        def work(stop: threading.Event) -> None:
            if not self._manager.library.has_folder(name):
                self._manager.install(name, stop=stop)
            self._manager.use(name)

        return await self._run_change(work)

    async def _run_change(
        self, work: Callable[[threading.Event], ModelError | None]
    ) -> bool | None:
        """Change the model on a thread; return whether that worked.

        A change that waits for a download is stopped by the next one, and returns None.
        """
        loop = asyncio.get_running_loop()
        self._stop.set()
        stop = self._stop = threading.Event()
        self.loading = True
        failure: ModelError | None

        def step() -> ModelError | None:
            if stop.is_set():
                msg = "another speech model was selected meanwhile"
                raise DownloadCancelledError(msg)
            return work(stop)

        try:
            failure = await loop.run_in_executor(self._load_pool, step)
        except DownloadCancelledError as err:
            # The user cancelled it, so this is no problem to report.
            failure = None
            done = False
            _LOGGER.info("%s", err)
        except ModelError as err:
            failure, done = err, False
        except Exception as err:
            # Whatever is wrong with a model or a disk, the model before still works.
            _LOGGER.exception("The speech model could not be changed")
            failure, done = ModelError(f"{type(err).__name__}: {err}"), False
        else:
            done = True
        if stop.is_set():
            return None  # the next change reports the result
        self._end_change(failure)
        if failure:
            _LOGGER.error("%s; %s is used instead", failure, self.in_use)
        elif done:
            self._manager.reset_needed_space()
        self._update_info()
        return done

    def _end_change(self, failure: ModelError | None) -> None:
        """Set the problem, if there is one, after a change."""
        self.loading = False
        self.problem, self.trouble = (
            (str(failure), failure.trouble) if failure else (None, None)
        )

    def _update_info(self) -> None:
        """Update what is known of the model in use."""
        engine = self.loaded_engine
        if engine is not None:
            self.mel_bands = engine.model.mel_bands
            languages = tuple(sorted(engine.model.languages))
            self.model = ModelInfo(engine.name, languages)

    async def _watch(self) -> None:
        """Check the disk and unload an idle model, periodically."""
        idle_seconds = self._options.manager.unload_after_seconds or _WATCH_SECONDS
        while True:
            await asyncio.sleep(max(1.0, min(_WATCH_SECONDS, idle_seconds)))
            # A disk may hang, and a model may be loading: not on the event loop.
            await asyncio.to_thread(self._manager.check_disk)
            await asyncio.to_thread(self._manager.slot.unload_if_idle)
