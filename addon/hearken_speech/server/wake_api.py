"""Wake words in the control API: words, records, recordings, live scores."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from hearken_speech.server.sockets import WRITE_LIMIT_SECONDS, until_closed
from hearken_speech.server.wake import read_clip_settings

if TYPE_CHECKING:
    from hearken_speech.server.services import Services
    from hearken_speech.wake.clips import ClipSettings
    from hearken_speech.wake.events import Scores

_PATH: Final = "/api/v1/wake"
_MAX_WAITING_SCORES: Final = 50


def add_routes(app: web.Application, services: Services) -> None:
    """Add the routes to the web application."""
    api = WakeApi(services)
    app.router.add_get(_PATH, api.state)
    app.router.add_get(f"{_PATH}/records", api.records)
    app.router.add_delete(f"{_PATH}/records", api.forget_records)
    app.router.add_put(f"{_PATH}/clips/settings", api.change_clip_settings)
    app.router.add_get(f"{_PATH}/clips", api.clips)
    app.router.add_delete(f"{_PATH}/clips", api.delete_clips)
    app.router.add_get(f"{_PATH}/clips/{{name}}", api.clip)
    app.router.add_delete(f"{_PATH}/clips/{{name}}", api.delete_clip)
    app.router.add_get(f"{_PATH}/scores/{{stream}}", api.scores)


class WakeApi:
    """Answers requests about wake words."""

    def __init__(self, services: Services) -> None:
        """Speak for these services."""
        self._wake = services.wake

    async def state(self, _request: web.Request) -> web.Response:
        """List the words and the streams, and say how the engine is doing."""
        engine = self._wake.engine
        words = [
            {
                "id": word.id,
                "phrase": word.phrase,
                "languages": list(word.languages),
                "licence": word.licence,
                "source": word.source.value,
                "problem": word.problem,
            }
            for word in self._wake.catalogue.words()
        ]
        return web.json_response(
            {
                "problem": self._wake.problem or None,
                "words": words,
                "streams": sorted(stream.name for stream in engine.streams())
                if engine
                else [],
                "engine": asdict(engine.stats()) if engine else None,
                "clips": _clip_settings(self._wake.clips.settings),
                "clips_dropped": self._wake.clips.dropped,
            }
        )

    async def records(self, _request: web.Request) -> web.Response:
        """Return what was heard and nearly heard, the newest first."""
        records = self._wake.journal.records()
        return web.json_response(
            [{**asdict(record), "clip": record.clip_name} for record in records]
        )

    async def forget_records(self, _request: web.Request) -> web.Response:
        """Forget all records."""
        self._wake.journal.clear()
        return web.Response(status=204)

    async def change_clip_settings(self, request: web.Request) -> web.Response:
        """Keep recordings, or keep none."""
        try:
            data: Any = await request.json()
            if not isinstance(data, dict):
                msg = "send an object"
                raise ValueError(msg)  # noqa: TRY301, TRY004 - one error for all
            settings = read_clip_settings(data, self._wake.clips.settings)
        except ValueError as err:
            raise web.HTTPBadRequest(text=f"{err}\n") from err
        await asyncio.to_thread(self._wake.change_clip_settings, settings)
        return web.json_response(_clip_settings(settings))

    async def clips(self, _request: web.Request) -> web.Response:
        """List the recordings, the newest first."""
        clips = await asyncio.to_thread(self._wake.clips.clips)
        return web.json_response([asdict(clip) for clip in clips])

    async def clip(self, request: web.Request) -> web.Response:
        """Return a recording."""
        name = request.match_info["name"]
        try:
            data = await asyncio.to_thread(self._wake.clips.read, name)
        except KeyError as err:
            raise web.HTTPNotFound(text="there is no such recording\n") from err
        return web.Response(body=data, content_type="audio/wav")

    async def delete_clip(self, request: web.Request) -> web.Response:
        """Delete a recording."""
        await asyncio.to_thread(self._wake.clips.delete, request.match_info["name"])
        return web.Response(status=204)

    async def delete_clips(self, _request: web.Request) -> web.Response:
        """Delete all recordings."""
        await asyncio.to_thread(self._wake.clips.delete_all)
        return web.Response(status=204)

    async def scores(self, request: web.Request) -> web.WebSocketResponse:
        """Send a stream's scores, step by step, for as long as somebody looks."""
        name = request.match_info["stream"]
        engine = self._wake.engine
        if engine is None:
            raise web.HTTPServiceUnavailable(text=f"{self._wake.problem}\n")
        socket = web.WebSocketResponse(heartbeat=WRITE_LIMIT_SECONDS)
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[Scores] = asyncio.Queue(_MAX_WAITING_SCORES)

        def keep(scores: Scores) -> None:
            """Keep the newest scores."""
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(scores)

        def watch(scores: Scores) -> None:
            """Take scores from the wake thread."""
            loop.call_soon_threadsafe(keep, scores)

        stop = engine.watch(name, watch)
        try:
            await until_closed(socket, lambda: _send_scores(socket, waiting))
        finally:
            stop()
        return socket


async def _send_scores(
    socket: web.WebSocketResponse, waiting: asyncio.Queue[Scores]
) -> None:
    """Send scores as they come; end with a peer that does not read."""
    while True:
        scores = await waiting.get()
        async with asyncio.timeout(WRITE_LIMIT_SECONDS):
            await socket.send_json(
                {
                    "position_samples": scores.position_samples,
                    "scores": {k: round(v, 4) for k, v in scores.scores.items()},
                    "level_dbfs": scores.level_dbfs,
                }
            )


def _clip_settings(settings: ClipSettings) -> dict[str, Any]:
    """Return the settings as they are stored and sent."""
    return {
        "keep_clips": settings.enabled,
        "max_days": settings.max_days,
        "max_megabytes": settings.max_megabytes,
    }
