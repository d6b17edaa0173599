"""The control API: HTTP with JSON, for Home Assistant and people with the token."""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hearken_speech.server import models_api, wake_control
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.server.services import Services

_OPEN_PATHS: Final = frozenset({"/health"})


def make_app(services: Services) -> web.Application:
    """Return the web application."""

    @web.middleware
    async def authenticate(
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Let in those who have the token."""
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {services.identity.token}"
        if request.path not in _OPEN_PATHS and not hmac.compare_digest(
            given.encode(errors="surrogateescape"), wanted.encode()
        ):
            raise web.HTTPUnauthorized(
                text="Send the header 'Authorization: Bearer TOKEN'; "
                "the token is in server.json in the data folder.\n"
            )
        return await handler(request)

    async def health(_request: web.Request) -> web.Response:
        """Say that the server runs, to a watchdog."""
        return web.json_response({"status": "ok", "version": VERSION})

    async def status(_request: web.Request) -> web.Response:
        """Say what is in use and what happened lately."""
        return web.json_response(_status(services, time.monotonic() - started))

    started = time.monotonic()
    app = web.Application(middlewares=[authenticate], client_max_size=64 * 1024)
    app.router.add_get("/health", health)
    app.router.add_get("/api/v1/status", status)
    wake_control.add_routes(app, services)
    models_api.add_routes(app, services.recognizer)
    return app


def _status(services: Services, uptime_seconds: float) -> dict[str, object]:
    recognizer = services.recognizer
    return {
        "id": services.identity.id,
        "name": services.name,
        "version": VERSION,
        "uptime_seconds": round(uptime_seconds, 1),
        "model": recognizer.model.name if recognizer.model else None,
        "model_configured": recognizer.configured,
        "model_problem": recognizer.problem,
        "wake_words": [word.id for word in services.wake.catalogue.usable()],
        "counts": dict(services.journal.counts),
        "recent": services.journal.recent(),
    }
