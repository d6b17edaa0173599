"""Speech models through the control API: the same as ``hearken-models``.

What takes long is begun and answered with 202; ``GET /api/v1/models`` tells how far
it is, and how it ended.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from aiohttp import web

from hearken_speech.errors import HearkenError
from hearken_speech.models import catalogue
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.listing import listed
from hearken_speech.models.manager import AUTO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.models.choice import Requirements
    from hearken_speech.models.keeper import ModelKeeper
    from hearken_speech.models.listing import ListedModel
    from hearken_speech.models.manager import ModelManager

_LOGGER = logging.getLogger(__name__)


def _number(value: object) -> object:
    """Let numbers pass; in Python, true is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = "expected a number"
        raise vol.Invalid(msg)
    return value


_USE = vol.Schema({vol.Optional("download", default=False): bool})
_LANGUAGE = vol.All(str, vol.Length(min=2, max=35))
_CHOICE = vol.Schema(
    {
        vol.Exclusive("language", "languages"): _LANGUAGE,
        vol.Exclusive("languages", "languages"): vol.All(
            [_LANGUAGE], vol.Length(min=1, max=100)
        ),
        vol.Optional("budget_seconds"): vol.All(_number, vol.Range(min=0.05, max=60)),
        vol.Optional("memory_limit_mb"): vol.All(_number, int, vol.Range(min=50)),
        vol.Optional("download", default=True): bool,
    }
)


class ModelJobs:
    """Work on models that takes long, one piece for each model at a time."""

    def __init__(self, keeper: ModelKeeper) -> None:
        """Take the models."""
        self._keeper = keeper
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._replaced: set[asyncio.Task[None]] = set()
        self.failures: dict[str, str] = {}

    def begin(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        instead_of_other: bool = False,
    ) -> None:
        """Begin work unless there is some for this model already.

        What is begun instead of other work makes that end by itself.
        """
        if name in self._tasks and instead_of_other:
            self._replaced.add(self._tasks.pop(name))
        if name in self._tasks:
            msg = f"there is work on {name} already"
            raise web.HTTPConflict(text=msg)
        self.failures.pop(name, None)
        self._tasks[name] = asyncio.create_task(self._do(name, work))

    @property
    def names(self) -> frozenset[str]:
        """Return the models on which there is work."""
        return frozenset(self._tasks)

    async def close(self, _app: web.Application) -> None:
        """Stop all work."""
        self._keeper.manager.close()
        tasks = [*self._tasks.values(), *self._replaced]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work and keep what went wrong."""
        try:
            await work()
        except HearkenError as err:
            _LOGGER.warning("%s", err)
            self.failures[name] = str(err)
        except Exception as err:
            # A full or broken disk, mostly: the owner is told, the server goes on.
            _LOGGER.exception("Work on %s failed", name)
            self.failures[name] = f"{type(err).__name__}: {err}"
        finally:
            task = asyncio.current_task()
            if self._tasks.get(name) is task:
                del self._tasks[name]
            elif task is not None:
                self._replaced.discard(task)


def add_routes(app: web.Application, keeper: ModelKeeper) -> None:
    """Add the models to the control API."""
    jobs = ModelJobs(keeper)
    app.on_cleanup.append(jobs.close)
    for method, path, handler in (
        ("GET", "/api/v1/models", _list),
        ("POST", "/api/v1/models/choose", _choose),
        ("POST", "/api/v1/models/{name}/download", _download),
        ("POST", "/api/v1/models/{name}/cancel", _cancel),
        ("POST", "/api/v1/models/{name}/measure", _measure),
        ("POST", "/api/v1/models/{name}/use", _use),
        ("DELETE", "/api/v1/models/{name}", _delete),
    ):
        app.router.add_route(method, path, partial(_answer, handler, keeper, jobs))


type _Handler = Callable[
    [ModelKeeper, ModelJobs, web.Request], Awaitable[web.StreamResponse]
]


async def _answer(
    handler: _Handler, keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.StreamResponse:
    """Answer a request; what is wrong becomes an answer, too."""
    try:
        return await handler(keeper, jobs, request)
    except UnknownModelError as err:
        raise web.HTTPNotFound(text=str(err)) from err
    except HearkenError as err:
        raise web.HTTPConflict(text=str(err)) from err


def _on_disk(
    manager: ModelManager, limits: Requirements
) -> tuple[list[ListedModel], set[str]]:
    """Return all models, and which of them this machine can run."""
    return listed(manager), manager.affordable(limits)


async def _list(
    keeper: ModelKeeper, jobs: ModelJobs, _request: web.Request
) -> web.Response:
    """Tell about all models."""
    manager = keeper.manager
    # Asked first: what ends while the disk is looked at counts as work until the next
    # time, when what is left of it is seen.
    busy = jobs.names
    found, affordable = await asyncio.to_thread(_on_disk, manager, keeper.limits)
    progress = manager.progress
    models: list[dict[str, Any]] = []
    for model in found:
        name, known, local = model.name, model.known, model.installed
        entry: dict[str, Any] = {
            "name": name,
            "installed": local is not None,
            "in_use": name == manager.model,
            "own": local is not None and local.own,
            "rank": known and known.rank,
            "affordable": name in affordable,
            "size_mb": model.size_mb,
            "memory_mb": known and known.memory_mb,
            "languages": model.languages,
            "seconds": model.seconds,
            "busy": name in busy,
            "problem": jobs.failures.get(name),
        }
        if model.unfinished_bytes is not None:
            entry["unfinished_bytes"] = model.unfinished_bytes
        if name in progress:
            entry["done_bytes"] = progress[name].done_bytes
            entry["total_bytes"] = progress[name].total_bytes
        models.append(entry)
    return web.json_response(
        {
            "configured": keeper.configured,
            "in_use": manager.model,
            "problem": keeper.problem or jobs.failures.get(AUTO),
            "models": models,
        }
    )


async def _choose(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Begin to choose the best model that is fast enough."""
    try:
        wanted = _CHOICE(await request.json())
    except (vol.Invalid, ValueError) as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err
    languages = wanted.pop("languages", None) or [wanted.pop("language", "")]
    if not languages[0]:
        raise web.HTTPBadRequest(text="give a language, or languages\n")
    jobs.begin(AUTO, partial(keeper.choose, languages, **wanted), instead_of_other=True)
    return web.Response(status=web.HTTPAccepted.status_code)


async def _download(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Begin to download a model."""
    name = catalogue.find(request.match_info["name"]).name
    jobs.begin(name, partial(keeper.install, name))
    return web.Response(status=web.HTTPAccepted.status_code)


async def _cancel(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Stop a download."""
    if not keeper.manager.cancel(request.match_info["name"]):
        raise web.HTTPNotFound(text="nothing of that name is being downloaded\n")
    return web.Response(status=web.HTTPAccepted.status_code)


async def _measure(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Time a 3 s command with an installed model."""
    name = request.match_info["name"]
    seconds = await keeper.measure(name)
    return web.json_response({"seconds": round(seconds, 4)})


async def _use(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Put an installed model to use; begin to download it first where allowed."""
    name = request.match_info["name"]
    try:
        wanted = _USE(await request.json() if request.can_read_body else {})
    except (vol.Invalid, ValueError) as err:
        raise web.HTTPBadRequest(text=f"{err}\n") from err
    library = keeper.manager.library
    if wanted["download"] and not await asyncio.to_thread(library.has, name):
        catalogue.find(name)
        jobs.begin(name, partial(keeper.use, name))
        return web.Response(status=web.HTTPAccepted.status_code)
    await asyncio.to_thread(library.find, name)
    await keeper.use(name)
    if keeper.problem:
        raise web.HTTPConflict(text=keeper.problem)
    return web.Response(status=web.HTTPNoContent.status_code)


async def _delete(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Remove a model from the disk."""
    await keeper.delete(request.match_info["name"])
    return web.Response(status=web.HTTPNoContent.status_code)
