"""Wake words of one's own in the control API: make, improve, rename, delete."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from aiohttp import web

from hearken_speech.audio.format import AudioFormat, Converter
from hearken_speech.errors import BusyError, HearkenError, WakeWordError
from hearken_speech.json_file import JsonFileError
from hearken_speech.protocol import SAMPLE_RATE_HZ, ControlPath, WakeKey
from hearken_speech.server.bodies import read_body
from hearken_speech.server.own_sounds import OwnSounds
from hearken_speech.wake.made import MadeWords
from hearken_speech.wake.making.phrase import PhraseError, check_phrase
from hearken_speech.wake.making.recording import RecordingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from enum import StrEnum

    from hearken_speech.audio.format import Samples
    from hearken_speech.server.wake import WakeService
    from hearken_speech.server.word_maker import Job, WordMaker
    from hearken_speech.wake.made import MadeWord

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
_CLIP = vol.Schema(
    {
        vol.Required(WakeKey.CLIP.value): vol.All(str, vol.Length(min=1, max=200)),
        vol.Required(WakeKey.IS_WORD.value): bool,
    }
)
_UNCHECKED: Final = "unchecked"
"""The parameter of a request that keeps a recording whatever it sounds like."""
_AT_ONCE: Final = 4
"""Recordings that are received at the same time."""

type _Handler = Callable[[_Words, web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class _Words:
    """What the requests work with."""

    maker: WordMaker
    sounds: OwnSounds
    receiving: asyncio.Semaphore


def add_routes(app: web.Application, wake: WakeService) -> None:
    """Add the routes of made words to the web application."""
    words = _Words(wake.maker, OwnSounds(wake), asyncio.Semaphore(_AT_ONCE))
    for method, path, handler in (
        ("GET", ControlPath.MADE_WORDS, _list),
        ("POST", ControlPath.MADE_WORDS, _make),
        ("POST", ControlPath.CANCEL_MAKING, _cancel),
        ("DELETE", ControlPath.MADE_WORD, _delete),
        ("POST", ControlPath.RENAME_WORD, _rename),
        ("POST", ControlPath.ACCEPT_WORD, _change(MadeWords.accept)),
        ("POST", ControlPath.DISCARD_WORD, _change(MadeWords.discard)),
        ("POST", ControlPath.UNDO_WORD, _change(MadeWords.undo)),
        ("POST", ControlPath.IMPROVE_WORD, _improve),
        ("POST", ControlPath.WORD_RECORDINGS, _record),
        ("DELETE", ControlPath.WORD_RECORDINGS, _delete_sounds),
        ("POST", ControlPath.WORD_CLIPS, _add_clip),
    ):
        app.router.add_route(method, path, partial(_answer, handler, words))

    async def close(_app: web.Application) -> None:
        """Stop making a word."""
        await wake.maker.cancel()

    app.on_cleanup.append(close)


async def _answer(
    handler: _Handler, words: _Words, request: web.Request
) -> web.StreamResponse:
    """Answer a request; map errors to HTTP statuses."""
    try:
        return await handler(words, request)
    except JsonFileError:
        raise
    except PhraseError as err:
        raise _unprocessable(err, err.reason) from err
    except RecordingError as err:
        raise _unprocessable(err, err.problem) from err
    except WakeWordError as err:
        raise web.HTTPNotFound(text=f"{err}\n") from err
    except TimeoutError as err:
        raise web.HTTPRequestTimeout(text="the body did not arrive in time\n") from err
    except BusyError as err:
        raise web.HTTPConflict(text=f"{err}\n") from err
    except (HearkenError, ValueError) as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err


def _unprocessable(err: HearkenError, reason: StrEnum) -> web.HTTPException:
    """Return the answer to what cannot be used, with the reason for programs."""
    body = {"error": str(err), "reason": reason.value}
    return web.HTTPUnprocessableEntity(
        text=json.dumps(body), content_type="application/json"
    )


async def _list(words: _Words, _request: web.Request) -> web.Response:
    """List the words that were made, and the one that is being made."""
    # Read first: a job that ends while the disk is read still counts as running.
    job = words.maker.job
    known = await asyncio.to_thread(words.maker.words.all)
    return web.json_response(
        {
            WakeKey.WORDS: [word.as_dict() for word in known],
            WakeKey.JOB: job.as_dict() if job else None,
        }
    )


async def _make(words: _Words, request: web.Request) -> web.Response:
    """Start making a word."""
    wanted = await read_body(request, _MAKE)
    text, language, force = wanted["text"], wanted["language"], wanted["force"]
    phrase = await asyncio.to_thread(check_phrase, text, language, force=force)
    return _accepted(words.maker.make(phrase.text, phrase.language, force=force))


async def _cancel(words: _Words, _request: web.Request) -> web.Response:
    """Stop making a word."""
    await words.maker.cancel()
    return web.Response(status=web.HTTPNoContent.status_code)


async def _improve(words: _Words, request: web.Request) -> web.Response:
    """Start to learn from the recordings of a word."""
    name = request.match_info["name"]
    word = await asyncio.to_thread(words.maker.words.get, name)
    return _accepted(words.maker.improve(word))


async def _rename(words: _Words, request: web.Request) -> web.Response:
    """Change how a word is shown."""
    wanted = await read_body(request, _RENAME)
    name = request.match_info["name"]
    word = await asyncio.to_thread(words.maker.words.rename, name, wanted["name"])
    await words.maker.refresh()
    return web.json_response(word.as_dict())


def _change(change: Callable[[MadeWords, str], MadeWord]) -> _Handler:
    """Return what changes a word that is named in a request."""

    async def handle(words: _Words, request: web.Request) -> web.Response:
        """Change the word, and let the catalogue see it."""
        maker = words.maker
        word = await asyncio.to_thread(change, maker.words, request.match_info["name"])
        await maker.refresh()
        return web.json_response(word.as_dict())

    return handle


async def _delete(words: _Words, request: web.Request) -> web.Response:
    """Delete a word."""
    await asyncio.to_thread(words.maker.words.delete, request.match_info["name"])
    await words.maker.refresh()
    return web.Response(status=web.HTTPNoContent.status_code)


async def _record(words: _Words, request: web.Request) -> web.Response:
    """Keep a recording of the owner: 16-bit samples at 16 kHz, mono."""
    if words.receiving.locked():
        msg = "other recordings are being received; try again"
        raise BusyError(msg)
    async with words.receiving:
        samples = await _samples(request)
        count = await words.sounds.add_recording(
            request.match_info["name"],
            samples,
            is_checked=_UNCHECKED not in request.query,
        )
    return web.json_response({WakeKey.RECORDINGS: count})


async def _add_clip(words: _Words, request: web.Request) -> web.Response:
    """Keep a clip of the house that the owner has listened to."""
    wanted = await read_body(request, _CLIP)
    is_word = wanted[WakeKey.IS_WORD]
    count = await words.sounds.add_clip(
        request.match_info["name"], wanted[WakeKey.CLIP], is_word=is_word
    )
    return web.json_response({WakeKey.RECORDINGS if is_word else WakeKey.OTHERS: count})


async def _delete_sounds(words: _Words, request: web.Request) -> web.Response:
    """Delete the sounds of the owner that are kept for a word."""
    name = request.match_info["name"]
    await asyncio.to_thread(words.maker.words.delete_sounds, name)
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
