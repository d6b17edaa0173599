"""A simulated control API that can also misbehave."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Self

from aiohttp import WSCloseCode, web

from tests.simulators.peer import HOST, PATIENCE_SECONDS

TOKEN = "a-token-that-opens"  # noqa: S105 - of a simulator


class ControlServer:
    """A control API like that of the speech server."""

    def __init__(self, server_id: str = "server-1") -> None:
        """Start as a healthy server."""
        self.port = 0
        self.token = TOKEN
        self.first: Any = None
        """What is sent instead of the first status."""
        self.has_live = True
        self.is_frozen = False
        """Takes connections and never says anything."""
        self.refuses_models = False
        self.is_slow = False
        """Takes what it is asked for and never answers."""
        self.used: list[tuple[str, Any]] = []
        self.asked: list[tuple[str, Any]] = []
        """What else the server was asked for."""
        self.jobs: list[dict[str, Any]] = []
        """How the making of a wake word goes on, one for each time it is asked."""
        self.records: Any = []
        """What was heard and nearly heard, the newest first."""
        self.records_read = 0
        self.refusal: dict[str, str] | None = None
        """Why a text is refused as a wake word."""
        self.words: list[dict[str, Any]] = []
        """The wake words that were made."""
        self.problems: list[str | None] = []
        """What is wrong with the next recordings of a wake word."""
        self.recordings: list[bytes] = []
        self.clips: dict[str, bytes] = {}
        """What the server kept of the house, the newest first."""
        self.told: list[Any] = []
        """What it was told about the house."""
        self.connection_count = 0
        self.models: Any = {
            "models": [
                {
                    "name": "hearken-commands-en",
                    "installed": True,
                    "rank": 1,
                    "affordable": True,
                    "languages": ["en"],
                    "size_mb": 6,
                },
                {"name": "tiny-int8", "installed": False, "rank": 20},
                {"name": "own", "installed": False, "unfinished_bytes": 5_000_000},
            ]
        }
        self.status: dict[str, Any] = {
            "api_version": 1,
            "id": server_id,
            "name": "Speech",
            "version": "1.2.3",
            "state": "ready",
            "uptime_seconds": 7200.0,
            "memory_bytes": 314_572_800,
            "model": "hearken-commands-en",
            "model_problem": None,
            "model_trouble": None,
            "languages": None,
            "storage": {"free_bytes": 5_000_000_000, "needed_bytes": 67_108_864},
            "overload": {"refused": 0, "refused_lately": 0},
            "downloads": {},
            "requests": 12,
            "wake_words_last_hour": 3,
            "phantoms_stopped": 2,
            "stages": {
                "decode": {"count": 5, "p50_ms": 80.0, "p95_ms": 140.5},
                "end_of_speech": {"count": 5, "p50_ms": 500.0, "p95_ms": 900.0},
                "answer": {"count": 0, "p50_ms": None, "p95_ms": None},
            },
        }
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Condition()
        self._is_over = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application()
        app.router.add_get("/api/v1/status", self._answer_status)
        app.router.add_get("/api/v1/models", self._answer_models)
        app.router.add_post("/api/v1/models/{name}/use", self._answer_use)
        for path in (
            *("models/choose", "models/{name}/cancel", "statistics/reset"),
            *("house", "wake/words/cancel", "wake/words/{name}/rename"),
            *("wake/words/{name}/accept", "wake/words/{name}/discard"),
            *("wake/words/{name}/undo", "wake/words/{name}/clips"),
        ):
            app.router.add_post(f"/api/v1/{path}", self._answer_other)
        recordings = "/api/v1/wake/words/{name}/recordings"
        app.router.add_delete(recordings, self._answer_other)
        app.router.add_post(recordings, self._answer_recording)
        app.router.add_post("/api/v1/wake/words/{name}/improve", self._answer_improve)
        app.router.add_get("/api/v1/wake/clips", self._answer_clips)
        app.router.add_get("/api/v1/wake/clips/{name}", self._answer_clip)
        app.router.add_delete("/api/v1/wake/words/{name}", self._answer_other)
        app.router.add_get("/api/v1/wake/records", self._answer_records)
        app.router.add_post("/api/v1/wake/words", self._answer_make)
        app.router.add_get("/api/v1/wake/words", self._answer_job)
        if self.has_live:
            app.router.add_get("/api/v1/live", self._answer_live)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        self._is_over.set()
        if self._runner is not None:
            for socket in list(self._sockets):
                with suppress(ConnectionError):
                    await socket.close(code=WSCloseCode.GOING_AWAY)
            await self._runner.cleanup()
            self._runner = None

    async def send(self, message: Any) -> None:
        """Send a message to all connections, bytes unchanged."""
        for socket in list(self._sockets):
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            elif isinstance(message, str):
                await socket.send_str(message)
            else:
                await socket.send_json(message)

    async def ping(self, data: bytes) -> None:
        """Ping all connections."""
        for socket in list(self._sockets):
            await socket.ping(data)

    async def pong(self) -> None:
        """Answer pings that nobody has sent."""
        for socket in list(self._sockets):
            await socket.pong(b"")

    async def change(self, **changes: Any) -> None:
        """Change the status and notify clients."""
        self.status |= changes
        await self.send({"type": "status", "status": self.status})

    async def wait_until_connected(self, count: int = 1) -> None:
        """Wait until there were this many live connections in total."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.connection_count >= count)

    def _check(self, request: web.Request) -> None:
        """Check the token of a request."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise web.HTTPUnauthorized(text="run hearken-server --show-token")

    async def _answer_make(self, request: web.Request) -> web.Response:
        self._check(request)
        path = request.path.removeprefix("/api/v1/")
        self.asked.append((path, await request.json()))
        if self.refusal is not None:
            return web.json_response(self.refusal, status=422)
        return web.json_response({"job": self.jobs[0]}, status=202)

    async def _answer_job(self, request: web.Request) -> web.Response:
        self._check(request)
        if len(self.jobs) > 1:
            self.jobs.pop(0)
        job = self.jobs[0] if self.jobs else None
        return web.json_response({"words": self.words, "job": job})

    async def _answer_improve(self, request: web.Request) -> web.Response:
        self._check(request)
        self.asked.append((request.path.removeprefix("/api/v1/"), None))
        if self.refuses_models:
            raise web.HTTPConflict(text="a wake word is being made")
        return web.json_response({"job": self.jobs[0]}, status=202)

    async def _answer_recording(self, request: web.Request) -> web.Response:
        self._check(request)
        recorded = await request.read()
        problem = self.problems.pop(0) if self.problems else None
        if problem is not None:
            refusal = {"error": "it cannot be used", "reason": problem}
            return web.json_response(refusal, status=422)
        if self.refuses_models:
            raise web.HTTPBadRequest(text="there are 20 of these already")
        self.recordings.append(recorded)
        return web.json_response({"recordings": len(self.recordings)})

    async def _answer_clips(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response([{"name": name} for name in self.clips])

    async def _answer_clip(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.Response(body=self.clips[request.match_info["name"]])

    async def _answer_records(self, request: web.Request) -> web.Response:
        self._check(request)
        self.records_read += 1
        return web.json_response(self.records)

    async def _answer_status(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(self.status)

    async def _answer_models(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(self.models)

    async def _answer_use(self, request: web.Request) -> web.Response:
        self._check(request)
        self.used.append((request.match_info["name"], await request.json()))
        if self.refuses_models:
            raise web.HTTPConflict(text="there is work on it already")
        return web.Response(status=202)

    async def _answer_other(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await request.json() if request.can_read_body else None
        path = request.path.removeprefix("/api/v1/")
        if path == "house":
            self.told.append(body)
        else:
            self.asked.append((path, body))
        if self.is_slow:
            await self._is_over.wait()
        if self.refuses_models:
            raise web.HTTPConflict(text="there is work on it already")
        return web.Response(status=204)

    async def _answer_live(self, request: web.Request) -> web.WebSocketResponse:
        self._check(request)
        socket = web.WebSocketResponse(autoping=not self.is_frozen)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            if not self.is_frozen:
                status = {"type": "status", "status": self.status}
                await socket.send_json(status if self.first is None else self.first)
            async with self._changed:
                self.connection_count += 1
                self._changed.notify_all()
            async for _message in socket:
                pass
        finally:
            self._sockets.discard(socket)
        return socket
