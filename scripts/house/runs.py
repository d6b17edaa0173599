"""Follow the runs of one Assist pipeline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from house import timeline
from house.api import ApiError
from house.timeline import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from house.api import HomeAssistantApi

_DEBUG = "assist_pipeline/pipeline_debug"
_OPEN_SECONDS = 5.0


def _is_listening(run: Command) -> bool:
    """Tell whether a run listens to what nobody said a wake word before."""
    is_open = "stt-start" in run.times and "stt-end" not in run.times
    return is_open and run.wake_word is None and run.error is None


class Runs:
    """The runs seen so far, so that a new one is noticed."""

    def __init__(self, api: HomeAssistantApi, pipeline_id: str) -> None:
        """Follow this pipeline."""
        self._api = api
        self._pipeline_id = pipeline_id
        self._seen: set[str] = set()

    async def wait(self, wake_seconds: float, run_seconds: float) -> Command | None:
        """Return the next command with a detected wake word, when it has ended.

        Return None if no wake word is detected in time, and an unfinished command if
        it does not end in time.
        """
        run_id = await self._wait_for(lambda run: bool(run.wake_word), wake_seconds)
        return None if run_id is None else await self._ended(run_id, run_seconds)

    async def wait_for_reply(self, run_seconds: float) -> Command | None:
        """Return the run that listens without a wake word, when it has ended."""
        run_id = await self._wait_for(_is_listening, _OPEN_SECONDS)
        return None if run_id is None else await self._ended(run_id, run_seconds)

    async def _ended(self, run_id: str, run_seconds: float) -> Command:
        """Return a run when it has ended, or as it is when the time is over."""
        self._seen.add(run_id)
        loop = asyncio.get_running_loop()
        end = loop.time() + run_seconds
        command = await self._read(run_id)
        while loop.time() < end and not command.ended:
            await asyncio.sleep(0.1)
            command = await self._read(run_id)
        return command

    async def _wait_for(
        self, is_wanted: Callable[[Command], bool], limit_seconds: float
    ) -> str | None:
        """Return the newest run that was not seen before and is wanted."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_seconds
        while loop.time() < end:
            for run_id in reversed(await self._listed()):
                if is_wanted(await self._read(run_id)):
                    return run_id
            await asyncio.sleep(0.1)
        return None

    async def _listed(self) -> list[str]:
        listed = await self._call("list")
        found = [str(run["pipeline_run_id"]) for run in listed["pipeline_runs"]]
        return [run_id for run_id in found if run_id not in self._seen]

    async def _read(self, run_id: str) -> Command:
        try:
            details = await self._call("get", pipeline_run_id=run_id)
        except ApiError:
            # Home Assistant keeps the last ten runs: this one has been dropped.
            return Command()
        return timeline.read_run(details["events"])

    async def _call(self, what: str, **fields: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self._api.call(
            f"{_DEBUG}/{what}", pipeline_id=self._pipeline_id, **fields
        )
        return answer
