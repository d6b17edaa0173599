"""A client of the control API of the real server."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.speech.server.program import LIMIT_SECONDS

if TYPE_CHECKING:
    import aiohttp

    from tests.speech.server.program import Server


class Api:
    """The control API, with its token."""

    def __init__(self, server: Server, session: aiohttp.ClientSession) -> None:
        """Read the server's token."""
        stored = json.loads((server.folder / "server.json").read_text())
        self._headers = {"Authorization": f"Bearer {stored['token']}"}
        self._base = server.http.replace("tcp:", "http:")
        self._session = session

    async def call(
        self, method: str, path: str, body: Any = None, data: bytes | None = None
    ) -> tuple[int, str]:
        """Return status and text of an answer to JSON, or to bytes."""
        async with self._session.request(
            method,
            f"{self._base}/api/v1{path}",
            headers=self._headers,
            json=body,
            data=data,
        ) as answer:
            return answer.status, await answer.text()

    async def model(self, name: str) -> dict[str, Any]:
        """Return the properties of a model."""
        _, text = await self.call("GET", "/models")
        (found,) = [m for m in json.loads(text)["models"] if m["name"] == name]
        return dict(found)

    async def status(self) -> dict[str, Any]:
        """Return the server's status."""
        _, text = await self.call("GET", "/status")
        return dict(json.loads(text))

    async def until_status(self, **wanted: Any) -> None:
        """Wait until the status has these values."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                status = await self.status()
                if all(status[key] == value for key, value in wanted.items()):
                    return
                await asyncio.sleep(0.02)

    async def until(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Wait until a model has these values."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                model = await self.model(name)
                if all(model[key] == value for key, value in wanted.items()):
                    return model
                await asyncio.sleep(0.02)
