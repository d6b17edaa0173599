"""Wake words in the control API: words, records, clips, live scores."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hearken_speech.protocol import ControlPath, WakeKey
from hearken_speech.server.bodies import read_json
from hearken_speech.server.sockets import WRITE_LIMIT_SECONDS, until_closed
from hearken_speech.server.wake import clip_settings_as_dict, read_clip_settings

if TYPE_CHECKING:
    from hearken_speech.server.services import Services
    from hearken_speech.wake.events import Scores

_MAX_WAITING_SCORES: Final = 50


def add_routes(app: web.Application, services: Services) -> None:
    """Add the routes of wake words to the web application."""
    api = WakeApi(services)
    app.router.add_get(ControlPath.WAKE, api.state)
    app.router.add_get(ControlPath.WAKE_RECORDS, api.records)
    app.router.add_delete(ControlPath.WAKE_RECORDS, api.delete_records)
    app.router.add_put(ControlPath.WAKE_CLIP_SETTINGS, api.change_clip_settings)
    app.router.add_get(ControlPath.WAKE_CLIPS, api.clips)
    app.router.add_delete(ControlPath.WAKE_CLIPS, api.delete_clips)
    app.router.add_get(ControlPath.WAKE_CLIP, api.clip)
    app.router.add_delete(ControlPath.WAKE_CLIP, api.delete_clip)
    app.router.add_get(ControlPath.WAKE_SCORES, api.scores)


class WakeApi:
    """Answers requests about wake words."""

    def __init__(self, services: Services) -> None:
        """Set the services to report on."""
        self._wake = services.wake

    async def state(self, _request: web.Request) -> web.Response:
        """Return the words, the streams and the load of the engine."""
        engine, check = self._wake.engine, self._wake.check
        words = [
            {
                WakeKey.ID: word.id,
                WakeKey.PHRASE: word.phrase,
                WakeKey.LANGUAGES: list(word.languages),
                WakeKey.LICENCE: word.licence,
                WakeKey.SOURCE: word.source.value,
                WakeKey.IS_CHECKED: word.is_checked,
                WakeKey.PROBLEM: word.problem,
            }
            for word in self._wake.catalogue.words()
        ]
        return web.json_response(
            {
                WakeKey.PROBLEM: self._wake.problem or None,
                WakeKey.WORDS: words,
                WakeKey.FOLDER_PROBLEM: self._wake.catalogue.folder_problem,
                WakeKey.STREAMS: sorted(stream.name for stream in engine.streams())
                if engine
                else [],
                WakeKey.ENGINE: asdict(engine.stats()) if engine else None,
                WakeKey.CLIPS: clip_settings_as_dict(self._wake.clips.settings),
                WakeKey.CLIPS_DROPPED: self._wake.clips.dropped,
                WakeKey.CHECKS: dict(check.counts) if check else None,
            }
        )

    async def records(self, _request: web.Request) -> web.Response:
        """Return detections and near misses, the newest first."""
        records = self._wake.records.newest()
        return web.json_response(
            [{**asdict(record), WakeKey.CLIP: record.clip_name} for record in records]
        )

    async def delete_records(self, _request: web.Request) -> web.Response:
        """Delete all records."""
        self._wake.records.clear()
        return web.Response(status=204)

    async def change_clip_settings(self, request: web.Request) -> web.Response:
        """Turn clips on or off, and set their limits."""
        data = await read_json(request)
        if not isinstance(data, dict):
            raise web.HTTPBadRequest(text="send an object\n")
        try:
            settings = read_clip_settings(data, self._wake.clips.settings)
        except ValueError as err:
            raise web.HTTPBadRequest(text=f"{err}\n") from err
        await asyncio.to_thread(self._wake.change_clip_settings, settings)
        return web.json_response(clip_settings_as_dict(settings))

    async def clips(self, _request: web.Request) -> web.Response:
        """List the clips, the newest first."""
        clips = await asyncio.to_thread(self._wake.clips.clips)
        return web.json_response([asdict(clip) for clip in clips])

    async def clip(self, request: web.Request) -> web.Response:
        """Return a clip."""
        name = request.match_info["name"]
        try:
            data = await asyncio.to_thread(self._wake.clips.read, name)
        except KeyError as err:
            raise web.HTTPNotFound(text="there is no such recording\n") from err
        return web.Response(body=data, content_type="audio/wav")

    async def delete_clip(self, request: web.Request) -> web.Response:
        """Delete a clip."""
        await asyncio.to_thread(self._wake.clips.delete, request.match_info["name"])
        return web.Response(status=204)

    async def delete_clips(self, _request: web.Request) -> web.Response:
        """Delete all clips."""
        await asyncio.to_thread(self._wake.clips.delete_all)
        return web.Response(status=204)

    async def scores(self, request: web.Request) -> web.WebSocketResponse:
        """Send the scores of a stream, step by step, until the client disconnects."""
        name = request.match_info["stream"]
        engine = self._wake.engine
        if engine is None:
            raise web.HTTPServiceUnavailable(text=f"{self._wake.problem}\n")
        socket = web.WebSocketResponse(heartbeat=WRITE_LIMIT_SECONDS)
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[Scores] = asyncio.Queue(_MAX_WAITING_SCORES)

        def enqueue(scores: Scores) -> None:
            """Queue scores; drop the oldest if the queue is full."""
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(scores)

        def watch(scores: Scores) -> None:
            """Receive scores on the wake thread."""
            loop.call_soon_threadsafe(enqueue, scores)

        stop = engine.watch(name, watch)
        try:
            await until_closed(socket, lambda: _send_scores(socket, waiting))
        finally:
            stop()
        return socket


async def _send_scores(
    socket: web.WebSocketResponse, waiting: asyncio.Queue[Scores]
) -> None:
    """Send scores; raise TimeoutError if the client does not read."""
    while True:
        scores = await waiting.get()
        async with asyncio.timeout(WRITE_LIMIT_SECONDS):
            await socket.send_json(
                {
                    WakeKey.POSITION_SAMPLES: scores.position_samples,
                    WakeKey.SCORES: {k: round(v, 4) for k, v in scores.scores.items()},
                    WakeKey.LEVEL_DBFS: scores.level_dbfs,
                }
            )
