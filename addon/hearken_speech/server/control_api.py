"""The control API: HTTP with JSON, for Home Assistant and users with the token."""

from __future__ import annotations

import errno
import hmac
import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hearken_speech.json_file import JsonFileError
from hearken_speech.protocol import ControlPath, StatusKey
from hearken_speech.server import models_api, wake_api, words_api
from hearken_speech.server.bodies import MAX_BODY_BYTES
from hearken_speech.server.live import Live
from hearken_speech.server.status import status as status_of
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from hearken_speech.server.control_port import ControlPort
    from hearken_speech.server.services import Services

_LOGGER = logging.getLogger(__name__)

_OPEN_PATHS: Final = frozenset({ControlPath.HEALTH})
_DISK_ERRORS: Final = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO),
        *(errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR),
    }
)


def make_app(services: Services, port: ControlPort) -> web.Application:
    """Return the web application."""

    async def health(_request: web.Request) -> web.Response:
        """Answer a watchdog."""
        return web.json_response({"status": "ok", "version": VERSION})

    async def status(_request: web.Request) -> web.Response:
        """Return the status and the last events."""
        return web.json_response(
            {**status_of(services), StatusKey.RECENT: services.journal.recent()}
        )

    async def reset(_request: web.Request) -> web.Response:
        """Reset the statistics."""
        services.journal.reset()
        return web.Response(status=web.HTTPNoContent.status_code)

    async def vocabulary(_request: web.Request) -> web.Response:
        """Return the names and terms of each client."""
        return web.json_response(
            {
                stored.key: {"names": stored.names, "terms": stored.terms}
                for stored in services.recognizer.vocabularies.all()
            }
        )

    live = Live(services)
    app = web.Application(
        middlewares=[authentication(services, port), tell_disk_errors],
        client_max_size=MAX_BODY_BYTES,
    )
    app.router.add_get(ControlPath.HEALTH, health)
    app.router.add_get(ControlPath.STATUS, status)
    app.router.add_get(ControlPath.LIVE, live.connect)
    app.router.add_get(ControlPath.VOCABULARY, vocabulary)
    app.router.add_post(ControlPath.RESET_STATISTICS, reset)
    app.on_shutdown.append(live.close)
    wake_api.add_routes(app, services)
    words_api.add_routes(app, services.wake)
    models_api.add_routes(app, services.recognizer.models)
    return app


@web.middleware
async def tell_disk_errors(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Refuse a request whose result cannot be stored, and say why."""
    try:
        return await handler(request)
    except JsonFileError as err:
        reason = str(err)
    except OSError as err:
        if err.errno not in _DISK_ERRORS:
            raise
        reason = f"{err.filename} cannot be changed: {err.strerror}"
    _LOGGER.error("request refused: %s", reason)
    raise web.HTTPInsufficientStorage(text=f"{reason}\n")


def authentication(services: Services, port: ControlPort) -> Middleware:
    """Return the middleware that rejects requests without the token."""

    @web.middleware
    async def authenticate(
        request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Reject requests without the token, and close those connections."""
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {services.identity.token}"
        if hmac.compare_digest(given.encode(errors="surrogateescape"), wanted.encode()):
            port.trust(request)
            return await handler(request)
        if request.path not in _OPEN_PATHS:
            services.journal.count("unauthorized")
            refusal = web.HTTPUnauthorized(
                text="Send the header 'Authorization: Bearer TOKEN'; "
                "`hearken-server --show-token` prints it; it is in server.json in the "
                "data folder.\n"
            )
            refusal.force_close()
            raise refusal
        answer = await handler(request)
        answer.force_close()
        return answer

    return authenticate
