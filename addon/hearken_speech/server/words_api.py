"""Wake words of one's own in the control API: make, improve, rename, delete."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from aiohttp import web

from hearken_speech.audio.format import AudioFormat, Converter
from hearken_speech.errors import BusyError, HearkenError, WakeWordError
from hearken_speech.json_file import JsonFileError
from hearken_speech.protocol import SAMPLE_RATE_HZ, ControlPath, WakeKey
from hearken_speech.server.bodies import read_body
from hearken_speech.wake.making.phrase import PhraseError, check_phrase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.server.word_maker import Job, WordMaker

_MAX_RECORDING_BYTES: Final = 10 * SAMPLE_RATE_HZ * 2
_LIMIT_SECONDS: Final = 20.0
_TEXT = vol.All(str, vol.Length(min=1, max=100))
_MAKE = vol.Schema(
    {
        vol.Required("text"): _TEXT,
        vol.Optional("language", default="en"): vol.All(str, vol.Length(min=2, max=35)),
        vol.Optional("force", default=False): bool,
    }
)
_RENAME = vol.Schema({vol.Required("name"): _TEXT})

type _Handler = Callable[[WordMaker, web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, maker: WordMaker) -> None:
    """Add the routes of made words to the web application."""
    for method, path, handler in (
        ("GET", ControlPath.MADE_WORDS, _list),
        ("POST", ControlPath.MADE_WORDS, _make),
        ("POST", ControlPath.CANCEL_MAKING, _cancel),
        ("DELETE", ControlPath.MADE_WORD, _delete),
        ("POST", ControlPath.RENAME_WORD, _rename),
        ("POST", ControlPath.UNDO_WORD, _undo),
        ("POST", ControlPath.IMPROVE_WORD, _improve),
        ("POST", ControlPath.WORD_RECORDINGS, _record),
        ("DELETE", ControlPath.WORD_RECORDINGS, _delete_recordings),
    ):
        app.router.add_route(method, path, partial(_answer, handler, maker))

    async def close(_app: web.Application) -> None:
        """Stop making a word."""
        await maker.cancel()

    app.on_cleanup.append(close)


async def _answer(
    handler: _Handler, maker: WordMaker, request: web.Request
) -> web.StreamResponse:
    """Answer a request; map errors to HTTP statuses."""
    try:
        return await handler(maker, request)
    except JsonFileError:
        raise
    except PhraseError as err:
        body = {"error": str(err), "reason": err.reason.value}
        raise web.HTTPUnprocessableEntity(
            text=json.dumps(body), content_type="application/json"
        ) from err
    except WakeWordError as err:
        raise web.HTTPNotFound(text=f"{err}\n") from err
    except TimeoutError as err:
        raise web.HTTPRequestTimeout(text="the body did not arrive in time\n") from err
    except BusyError as err:
        raise web.HTTPConflict(text=f"{err}\n") from err
    except (HearkenError, ValueError) as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err


async def _list(maker: WordMaker, _request: web.Request) -> web.Response:
    """List the words that were made, and the one that is being made."""
    # Read first: a job that ends while the disk is read still counts as running.
    job = maker.job
    words = await asyncio.to_thread(maker.words.all)
    return web.json_response(
        {
            WakeKey.WORDS: [word.as_dict() for word in words],
            WakeKey.JOB: job.as_dict() if job else None,
        }
    )


async def _make(maker: WordMaker, request: web.Request) -> web.Response:
    """Start making a word."""
    wanted = await read_body(request, _MAKE)
    text, language, force = wanted["text"], wanted["language"], wanted["force"]
    phrase = await asyncio.to_thread(check_phrase, text, language, force=force)
    return _accepted(maker.make(phrase.text, phrase.language, force=force))


async def _cancel(maker: WordMaker, _request: web.Request) -> web.Response:
    """Stop making a word."""
    await maker.cancel()
    return web.Response(status=web.HTTPNoContent.status_code)


async def _improve(maker: WordMaker, request: web.Request) -> web.Response:
    """Start to learn from the recordings of a word."""
    name = request.match_info["name"]
    word = await asyncio.to_thread(maker.words.get, name)
    return _accepted(maker.improve(word))


async def _rename(maker: WordMaker, request: web.Request) -> web.Response:
    """Change how a word is shown."""
    wanted = await read_body(request, _RENAME)
    name = request.match_info["name"]
    word = await asyncio.to_thread(maker.words.rename, name, wanted["name"])
    await maker.refresh()
    return web.json_response(word.as_dict())


async def _undo(maker: WordMaker, request: web.Request) -> web.Response:
    """Go back to the version before the last improvement."""
    word = await asyncio.to_thread(maker.words.undo, request.match_info["name"])
    await maker.refresh()
    return web.json_response(word.as_dict())


async def _delete(maker: WordMaker, request: web.Request) -> web.Response:
    """Delete a word."""
    await asyncio.to_thread(maker.words.delete, request.match_info["name"])
    await maker.refresh()
    return web.Response(status=web.HTTPNoContent.status_code)


async def _record(maker: WordMaker, request: web.Request) -> web.Response:
    """Keep a recording of the owner: 16-bit samples at 16 kHz, mono."""
    samples = await _samples(request)
    name = request.match_info["name"]
    count = await asyncio.to_thread(maker.words.add_recording, name, samples)
    return web.json_response({WakeKey.RECORDINGS: count})


async def _delete_recordings(maker: WordMaker, request: web.Request) -> web.Response:
    """Delete the recordings of a word."""
    name = request.match_info["name"]
    await asyncio.to_thread(maker.words.delete_recordings, name)
    return web.Response(status=web.HTTPNoContent.status_code)


async def _samples(request: web.Request) -> Samples:
    """Return the samples in the body; raise ValueError if there are too many."""
    data = bytearray()
    async with asyncio.timeout(_LIMIT_SECONDS):
        async for piece in request.content.iter_any():
            data += piece
            if len(data) > _MAX_RECORDING_BYTES:
                msg = "a recording has at most 10 seconds"
                raise ValueError(msg)
    if len(data) < SAMPLE_RATE_HZ // 2:
        msg = "there is no recording in the request"
        raise ValueError(msg)
    return Converter(AudioFormat(SAMPLE_RATE_HZ, 2, 1)).convert(bytes(data))


def _accepted(job: Job) -> web.Response:
    """Return the answer to what takes long."""
    body: dict[str, Any] = {WakeKey.JOB: job.as_dict()}
    return web.json_response(body, status=web.HTTPAccepted.status_code)
