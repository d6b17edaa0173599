"""Makes wake words in the background: one at a time, in a process of its own.

The process is the command ``hearken-wake``. It runs behind everything else, so that
streams do not wait for it, and its memory is free again when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.errors import BusyError
from hearken_speech.wake.made import MadeWords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hearken_speech.wake.made import MadeWord

_LOGGER = logging.getLogger(__name__)

_MODULE: Final = "hearken_speech.wake.making"
_LIMIT_SECONDS: Final = 1800.0
_STOP_SECONDS: Final = 5.0
_THREADS: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A wake word that is being made, or was made last."""

    number: int
    text: str
    stage: str = "speaking"
    percent: int = 0
    word: dict[str, Any] | None = None
    """The word, once it is made."""
    error: str | None = None
    reason: str | None = None
    """Why it failed, for programs."""

    @property
    def is_running(self) -> bool:
        """Return whether it is not over yet."""
        return self.word is None and self.error is None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as they are sent."""
        return {
            "number": self.number,
            "text": self.text,
            "running": self.is_running,
            "stage": self.stage,
            "percent": self.percent,
            "word": self.word,
            "error": self.error,
            "reason": self.reason,
        }


class WordMaker:
    """Runs the command that makes wake words."""

    def __init__(
        self, data_dir: Path, on_change: Callable[[], object], *, download: bool = True
    ) -> None:
        """Set the data folder, what looks for words, and whether to download voices."""
        self.words = MadeWords(data_dir)
        self.job: Job | None = None
        self._data_dir = data_dir
        self._voices = () if download else ("--no-download",)
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._made: dict[str, Any] | None = None
        """The word, until the catalogue has it: only then the job is over."""

    @property
    def is_busy(self) -> bool:
        """Return whether a word is being made."""
        return self._task is not None and not self._task.done()

    def make(self, text: str, language: str, *, force: bool = False) -> Job:
        """Start making a word; raise BusyError while another one is made."""
        options = ["--language", language, *self._voices]
        options += ["--force"] if force else []
        return self._start(text, ["make", *options, "--", text])

    def improve(self, word: MadeWord) -> Job:
        """Start to learn from the recordings of a word."""
        return self._start(word.text, ["improve", word.id])

    async def cancel(self) -> None:
        """Stop making a word."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_STOP_SECONDS * 2)

    async def refresh(self) -> None:
        """Let the catalogue see what changed."""
        await asyncio.to_thread(self._on_change)

    def _start(self, text: str, arguments: Sequence[str]) -> Job:
        """Start the command."""
        if self.is_busy:
            msg = "a wake word is being made; wait for it, or cancel it"
            raise BusyError(msg)
        number = self.job.number + 1 if self.job else 1
        self.job = Job(number=number, text=text)
        self._made = None
        self._task = asyncio.create_task(self._run(arguments))
        return self.job

    async def _run(self, arguments: Sequence[str]) -> None:
        """Run the command, follow its progress and note how it ends."""
        process: asyncio.subprocess.Process | None = None
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                name, *rest = arguments
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", _MODULE, name),
                    *("--json", "--data-dir", str(self._data_dir), *rest),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    env={**os.environ, **_THREADS},
                )
                assert process.stdout is not None  # noqa: S101 - a pipe was asked for
                async for line in process.stdout:
                    self._note(line)
                await process.wait()
            await self.refresh()
            self._end("it failed; the log of the server says more")
        except asyncio.CancelledError:
            self._end("it was cancelled", "cancelled")
            raise
        except TimeoutError:
            self._end("it took too long")
        except (OSError, ValueError) as err:
            self._end(f"it failed: {err}")
        finally:
            await _stop(process)

    def _note(self, line: bytes) -> None:
        """Note a line of the command."""
        try:
            told = json.loads(line)
        except ValueError:
            _LOGGER.debug("hearken-wake: %s", line)
            return
        if self.job is not None and isinstance(told, dict):
            self._made = told.get("word", self._made)
            known = ("stage", "percent", "error", "reason")
            self.job = replace(self.job, **{k: told[k] for k in known if k in told})

    def _end(self, error: str, reason: str = "failed") -> None:
        """Note that the job is over, with an error if there is no word."""
        if self.job is None or not self.job.is_running:
            return
        if self._made is not None:
            self.job = replace(self.job, word=self._made)
        else:
            self.job = replace(self.job, error=error, reason=reason)


async def _stop(process: asyncio.subprocess.Process | None) -> None:
    """End the process if it is still running."""
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
