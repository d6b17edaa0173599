"""Follow the runs of one Assist pipeline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from house import timeline
from house.api import ApiError
from house.timeline import Command

if TYPE_CHECKING:
    from house.api import HomeAssistantApi

_DEBUG = "assist_pipeline/pipeline_debug"


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
        run_id = await self._wait_for_wake_word(wake_seconds)
        if run_id is None:
            return None
        self._seen.add(run_id)
        loop = asyncio.get_running_loop()
        end = loop.time() + run_seconds
        command = await self._read(run_id)
        while loop.time() < end and not command.ended:
            await asyncio.sleep(0.1)
            command = await self._read(run_id)
        return command

    async def _wait_for_wake_word(self, limit_seconds: float) -> str | None:
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_seconds
        while loop.time() < end:
            for run_id in await self._listed():
                if (await self._read(run_id)).wake_word:
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
