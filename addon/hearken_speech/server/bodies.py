"""Read the bodies of requests to the control API."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import voluptuous as vol
from aiohttp import web

from hearken_speech import strict_json

MAX_BODY_BYTES: Final = 64 * 1024
_LIMIT_SECONDS: Final = 10.0


async def read_json(request: web.Request) -> Any:
    """Return the JSON of a request; refuse it if it is invalid or comes too slowly."""
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            return strict_json.loads(await request.read())
    except TimeoutError as err:
        raise web.HTTPRequestTimeout(text="the body did not arrive in time\n") from err
    except ValueError as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err


async def read_body(request: web.Request, schema: vol.Schema) -> dict[str, Any]:
    """Return the body of a request; refuse one that does not fit the schema."""
    value = await read_json(request)
    try:
        body: dict[str, Any] = schema(value)
    except vol.Invalid as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err
    return body
