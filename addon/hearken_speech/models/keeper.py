"""The speech model that is wanted: loaded, fetched, chosen, tried again, deleted."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models.catalogue import catalogue, find
from hearken_speech.models.choice import DEFAULT_BUDGET_SECONDS, Requirements
from hearken_speech.models.errors import (
    DownloadCancelledError,
    DownloadError,
    UnknownModelError,
)
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.models.manager import AUTO, ManagerOptions, ModelManager
from hearken_speech.models.wish import Languages, WantedFile
from hearken_speech.store import StoreError
from hearken_speech.stt.tokens import whisper_language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hearken_speech.stt.tokens import WhisperTokens

_LOGGER = logging.getLogger(__name__)

_FORGOTTEN_SECONDS: Final = 7 * 86_400.0
_WATCH_SECONDS: Final = 30.0
RETRY_MIN_SECONDS: Final = 60.0
RETRY_MAX_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model in use, as clients see it."""

    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Which model is wanted, and what it may take."""

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
    idle_seconds: float | None = None
    """Time after which an unused model leaves the memory."""

    @property
    def workers(self) -> int:
        """Return how many recordings are recognised at a time."""
        return max(1, (os.cpu_count() or 1) // self.threads)


class ModelKeeper:
    """Keeps the model in use that the owner wants, as far as that can be."""

    def __init__(self, options: ModelOptions) -> None:
        """Remember what to load; ``start`` loads it."""
        self._options = options
        self.manager = ModelManager(
            options.folder,
            ManagerOptions(
                threads=options.threads,
                workers=options.workers,
                idle_seconds=options.idle_seconds,
            ),
        )
        self.configured = options.model or AUTO
        self.problem: str | None = None
        self.trouble: str | None = None
        """What kind of problem it is, for programs."""
        self.loading = False
        """Whether a model is being fetched or loaded right now."""
        self.languages: tuple[str, ...] | None = None
        """For which the model was chosen; None if it was named."""
        self.model: ModelInfo | None = None
        # Kept when an idle model leaves the memory.
        self.mel_bands = 80
        self.tokens: WhisperTokens | None = None
        self._remembering = asyncio.Lock()
        self._wanted = WantedFile(
            options.folder / "chosen.json", self.configured, options.language
        )
        self._wish: str | Languages | None = None
        """What was chosen instead of what is configured; the file outlives it."""
        self._is_missed = False
        """Whether what is wanted may come when the hub can be reached again."""
        self._stop = threading.Event()
        """Ends the download that the change before this one waits for."""
        self._loading = ThreadPoolExecutor(1, thread_name_prefix="stt-load")
        self._fetching = ThreadPoolExecutor(
            len(catalogue()), thread_name_prefix="stt-fetch"
        )

    async def start(self) -> None:
        """Load the model that answers at once; the wanted one comes later."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            self._loading, self.manager.remove_leftovers, _FORGOTTEN_SECONDS
        )
        await loop.run_in_executor(self._loading, self.manager.look_at_disk)
        self._wish = await loop.run_in_executor(self._loading, self._wanted.read)
        await self._change(EMBEDDED_MODEL)

    def close(self) -> None:
        """Let what runs end, and begin nothing new."""
        self.manager.close()
        for pool in (self._loading, self._fetching):
            pool.shutdown(wait=False, cancel_futures=True)

    async def keep(self) -> None:
        """Put the configured model to use, downloading it where it is missing.

        Until then, and where that fails, the embedded one serves; where the hub cannot
        be reached, it is tried again.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_trying())
            tasks.create_task(self._watch())

    async def _keep_trying(self) -> None:
        """Put to use what is wanted, again and again while the hub is out of reach."""
        # Whoever was quicker than this task has asked for what is wanted now.
        if not self.loading:
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
        if isinstance(self._wish, Languages):
            await self._choose(self._wish)
        elif self._wish is not None:
            await self._change(self._wish)
        elif self.configured == AUTO:
            if self._options.language:
                await self._choose(_for((self._options.language,)))
        elif self.configured != EMBEDDED_MODEL:
            self.problem = f"speech model {self.configured} is being loaded"
            await self._change(self.configured)
        self._is_missed = self.trouble == DownloadError.trouble

    async def choose(
        self,
        languages: Sequence[str],
        *,
        budget_seconds: float | None = None,
        memory_limit_mb: int | None = None,
        download: bool = True,
    ) -> None:
        """Put the best model to use that knows the languages and is fast enough here.

        The limits are those of the server unless others are given. The wish outlives
        the server, until another one is told or another model is configured.
        """
        wanted = _for(languages, budget_seconds, memory_limit_mb, download=download)
        await self._remember(wanted)
        await self._choose(wanted)
        self._is_missed = self.trouble == DownloadError.trouble

    @property
    def limits(self) -> Requirements:
        """Return what every model has to keep to, whatever its languages."""
        return Requirements(
            language="",
            budget_seconds=self._options.budget_seconds,
            memory_limit_mb=self._options.memory_limit_mb,
            threads=self._options.threads,
        )

    async def _remember(self, wanted: str | Languages | None) -> None:
        """Keep a choice, or none; what cannot be kept holds until the server ends."""
        self._wish = wanted
        # What is written last has to be the last wish.
        async with self._remembering:
            try:
                if self._wish is None:
                    await asyncio.to_thread(self._wanted.forget)
                else:
                    await asyncio.to_thread(self._wanted.keep, self._wish)
            except StoreError as err:
                _LOGGER.warning("%s", err)

    async def _choose(self, wanted: Languages) -> None:
        """Choose a model."""
        self.languages = wanted.languages
        first, *others = wanted.languages
        wishes = replace(
            self.limits,
            language=first,
            others=tuple(others),
            budget_seconds=wanted.budget_seconds or self._options.budget_seconds,
            memory_limit_mb=wanted.memory_limit_mb or self._options.memory_limit_mb,
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

        The choice outlives the server, until another model is configured. Where the
        hub cannot be reached, it is tried again.
        """
        done = await self._change(name)
        is_missed = done is False and self.trouble == DownloadError.trouble
        if done or is_missed:
            self._is_missed = is_missed
            self.languages = None
            await self._remember(name)

    async def delete(self, name: str) -> None:
        """Remove a model from the disk; it is no longer wanted, either.

        Where it was chosen for languages, the best of the others takes its place.
        """
        served = name == self.manager.model
        try:
            await asyncio.to_thread(self.manager.delete, name)
        except UnknownModelError:
            if self._wish != name:
                raise
            # It did not come so far, and now it need not.
        finally:
            self.refresh()
        if self._wish == name:
            await self._remember(None)
            self._is_missed = False
            if not self.loading:
                self._settle(None)
        elif served and self.languages:
            wish = self._wish if isinstance(self._wish, Languages) else None
            wanted = replace(wish or _for(self.languages), download=False)
            await self._remember(wanted)
            await self._choose(wanted)

    async def install(self, name: str) -> None:
        """Download a model, which takes a thread of its own for long."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._fetching, self.manager.install, name)

    async def measure(self, name: str) -> float:
        """Return the seconds that a 3 s command takes with an installed model."""
        if self.loading:
            msg = "a speech model is being loaded; measure again when it is ready"
            raise ModelError(msg)
        loop = asyncio.get_running_loop()
        # One after the other: each model that is measured takes memory.
        return await loop.run_in_executor(self._loading, self.manager.measure, name)

    async def _change(self, name: str) -> bool | None:
        """Load a model, downloading it where it is missing; tell whether it serves."""

        def work(stop: threading.Event) -> None:
            if "/" not in name and not self.manager.library.has(name):
                find(name)
                self.manager.install(name, stop=stop)
            self.manager.use(name)

        return await self._try(work)

    async def _try(
        self, work: Callable[[threading.Event], ModelError | None]
    ) -> bool | None:
        """Change the model on a thread and note how that went.

        A change that waits for a download makes room for the next one; it returns
        None.
        """
        loop = asyncio.get_running_loop()
        self._stop.set()
        stop = self._stop = threading.Event()
        self.loading = True
        missed: ModelError | None

        def step() -> ModelError | None:
            if stop.is_set():
                msg = "another speech model is wanted meanwhile"
                raise DownloadCancelledError(msg)
            return work(stop)

        try:
            missed = await loop.run_in_executor(self._loading, step)
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
            return None  # the next change tells how things are
        self._settle(missed)
        if missed:
            _LOGGER.error("%s; %s serves instead", missed, self.manager.model)
        elif done:
            self.manager.forget_need()
        self.refresh()
        return done

    def _settle(self, missed: ModelError | None) -> None:
        """Note what the model that is wanted lacks, if anything."""
        self.loading = False
        self.problem, self.trouble = (
            (str(missed), missed.trouble) if missed else (None, None)
        )

    def refresh(self) -> None:
        """Take note of the model in use."""
        engine = self.manager.slot.present
        if engine is not None:
            self.tokens = engine.model.tokens
            self.mel_bands = engine.model.mel_bands
            languages = tuple(sorted(self.tokens.languages))
            self.model = ModelInfo(engine.name, languages)

    async def _watch(self) -> None:
        """Look at the disk, and free the memory of a model that nobody uses."""
        idle_seconds = self.manager.options.idle_seconds or _WATCH_SECONDS
        while True:
            await asyncio.sleep(max(1.0, min(_WATCH_SECONDS, idle_seconds)))
            # A disk may hang and a model may be loading: not on the event loop.
            await asyncio.to_thread(self.manager.look_at_disk)
            await asyncio.to_thread(self.manager.slot.unload_if_idle)


def _for(
    languages: Sequence[str],
    budget_seconds: float | None = None,
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
