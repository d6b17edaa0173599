"""Speech models in the control API: the same as ``hearken-models``.

What takes long is answered with 202; the list of models shows progress and problems.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from aiohttp import web

from hearken_speech.errors import HearkenError
from hearken_speech.json_file import JsonFileError
from hearken_speech.models import AUTO, UnknownModelError, find_on_hub
from hearken_speech.protocol import ControlPath, ModelKey
from hearken_speech.server.bodies import read_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.models import ListedModel, ModelKeeper

_LOGGER = logging.getLogger(__name__)

_HOUSE_JOB: Final = "house"


def _number(value: object) -> object:
    """Accept numbers, but not booleans."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = "expected a number"
        raise vol.Invalid(msg)
    return value


_USE = vol.Schema({vol.Optional(ModelKey.DOWNLOAD.value, default=False): bool})
_LANGUAGE = vol.All(str, vol.Length(min=2, max=35))
_LANGUAGES = vol.All([_LANGUAGE], vol.Length(min=1, max=100))
_HOUSE = vol.Schema(
    {
        vol.Required(ModelKey.LANGUAGES.value): _LANGUAGES,
        vol.Optional(ModelKey.DOWNLOAD.value, default=True): bool,
    }
)
_CHOICE = vol.Schema(
    {
        vol.Exclusive(ModelKey.LANGUAGE.value, "languages"): _LANGUAGE,
        vol.Exclusive(ModelKey.LANGUAGES.value, "languages"): _LANGUAGES,
        vol.Optional(ModelKey.BUDGET_SECONDS.value): vol.All(
            _number, vol.Range(min=0.05, max=60)
        ),
        vol.Optional(ModelKey.MEMORY_LIMIT_MB.value): vol.All(
            _number, int, vol.Range(min=50)
        ),
        vol.Optional(ModelKey.DOWNLOAD.value, default=True): bool,
    }
)


class ModelJobs:
    """Long-running jobs, at most one per model."""

    def __init__(self, keeper: ModelKeeper) -> None:
        """Set the models to work on."""
        self._keeper = keeper
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._replaced: set[asyncio.Task[None]] = set()
        self.failures: dict[str, str] = {}

    def start(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        instead_of_other: bool = False,
    ) -> None:
        """Start a job, unless there is one for this model already.

        A job that is started instead of another one makes that end by itself.
        """
        if name in self._tasks and instead_of_other:
            self._replaced.add(self._tasks.pop(name))
        if name in self._tasks:
            msg = f"another job is running for {name}"
            raise web.HTTPConflict(text=msg)
        self.failures.pop(name, None)
        self._tasks[name] = asyncio.create_task(self._run(name, work))

    @property
    def names(self) -> frozenset[str]:
        """Return the models that have a job."""
        return frozenset(self._tasks)

    async def close(self, _app: web.Application) -> None:
        """Cancel all jobs."""
        self._keeper.stop_downloads()
        tasks = [*self._tasks.values(), *self._replaced]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run a job and store its error."""
        try:
            await work()
        except HearkenError as err:
            _LOGGER.warning("%s", err)
            self.failures[name] = str(err)
        except Exception as err:
            # Mostly a full or broken disk: report it and go on.
            _LOGGER.exception("The job for %s failed", name)
            self.failures[name] = f"{type(err).__name__}: {err}"
        finally:
            task = asyncio.current_task()
            if self._tasks.get(name) is task:
                del self._tasks[name]
            elif task is not None:
                self._replaced.discard(task)


def add_routes(app: web.Application, keeper: ModelKeeper) -> None:
    """Add the routes of models to the web application."""
    jobs = ModelJobs(keeper)
    app.on_cleanup.append(jobs.close)
    for method, path, handler in (
        ("GET", ControlPath.MODELS, _list),
        ("POST", ControlPath.CHOOSE_MODEL, _choose),
        ("POST", ControlPath.HOUSE, _serve_house),
        ("POST", ControlPath.DOWNLOAD_MODEL, _download),
        ("POST", ControlPath.CANCEL_DOWNLOAD, _cancel),
        ("POST", ControlPath.MEASURE_MODEL, _measure),
        ("POST", ControlPath.USE_MODEL, _use),
        ("DELETE", ControlPath.MODEL, _delete),
    ):
        app.router.add_route(method, path, partial(_answer, handler, keeper, jobs))


type _Handler = Callable[
    [ModelKeeper, ModelJobs, web.Request], Awaitable[web.StreamResponse]
]


async def _answer(
    handler: _Handler, keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.StreamResponse:
    """Answer a request; map errors to HTTP statuses."""
    try:
        return await handler(keeper, jobs, request)
    except JsonFileError:
        raise
    except UnknownModelError as err:
        raise web.HTTPNotFound(text=str(err)) from err
    except HearkenError as err:
        raise web.HTTPConflict(text=str(err)) from err


async def _list(
    keeper: ModelKeeper, jobs: ModelJobs, _request: web.Request
) -> web.Response:
    """List all models."""
    # Read first: a job that ends while the disk is read still counts as busy, because
    # the list may not show its result yet.
    busy = jobs.names
    found = await keeper.list_models()
    return web.json_response(
        {
            ModelKey.CONFIGURED: keeper.configured,
            ModelKey.IN_USE: keeper.in_use,
            ModelKey.PROBLEM: keeper.problem or jobs.failures.get(AUTO),
            ModelKey.MODELS: [
                {
                    **_entry(model, keeper),
                    ModelKey.BUSY: model.name in busy,
                    ModelKey.PROBLEM: jobs.failures.get(model.name),
                }
                for model in found
            ],
        }
    )


def _entry(model: ListedModel, keeper: ModelKeeper) -> dict[str, Any]:
    """Return one model of the list."""
    entry: dict[str, Any] = {
        ModelKey.NAME: model.name,
        ModelKey.INSTALLED: model.installed is not None,
        ModelKey.IN_USE: model.name == keeper.in_use,
        ModelKey.OWN: model.is_own,
        ModelKey.RANK: model.rank,
        ModelKey.AFFORDABLE: model.is_affordable,
        ModelKey.SIZE_MB: model.size_mb,
        ModelKey.MEMORY_MB: model.memory_mb,
        ModelKey.LANGUAGES: model.languages,
        ModelKey.SECONDS: model.seconds,
    }
    if model.unfinished_bytes is not None:
        entry[ModelKey.UNFINISHED_BYTES] = model.unfinished_bytes
    progress = keeper.progress.get(model.name)
    if progress is not None:
        entry[ModelKey.DONE_BYTES] = progress.done_bytes
        entry[ModelKey.TOTAL_BYTES] = progress.total_bytes
    return entry


async def _choose(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Start choosing the best model that is fast enough."""
    wanted = await read_body(request, _CHOICE)
    languages = wanted.pop(ModelKey.LANGUAGES, None) or [
        wanted.pop(ModelKey.LANGUAGE, "")
    ]
    if not languages[0]:
        raise web.HTTPBadRequest(text="give a language, or languages\n")
    jobs.start(AUTO, partial(keeper.choose, languages, **wanted), instead_of_other=True)
    return web.Response(status=web.HTTPAccepted.status_code)


async def _serve_house(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Start choosing a model for the house, unless its owner chose one."""
    house = await read_body(request, _HOUSE)
    languages = house.pop(ModelKey.LANGUAGES)
    jobs.start(
        _HOUSE_JOB,
        partial(keeper.serve_house, languages, **house),
        instead_of_other=True,
    )
    return web.Response(status=web.HTTPAccepted.status_code)


async def _download(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Start downloading a model."""
    name = find_on_hub(request.match_info["name"]).name
    jobs.start(name, partial(keeper.install, name))
    return web.Response(status=web.HTTPAccepted.status_code)


async def _cancel(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Cancel a download."""
    if not keeper.cancel_download(request.match_info["name"]):
        raise web.HTTPNotFound(text="nothing of that name is being downloaded\n")
    return web.Response(status=web.HTTPAccepted.status_code)


def _allowed(keeper: ModelKeeper, request: web.Request) -> str:
    """Return the model that a request names; refuse folders anywhere on the disk.

    Only whoever starts the server may name one, on its command line.
    """
    name = keeper.name_of(request.match_info["name"])
    if keeper.is_folder(name) and name != keeper.configured:
        msg = f'the speech model "{name}" is not in a folder for models'
        raise UnknownModelError(msg)
    return name


async def _measure(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Measure the time of a 3 s command with an installed model."""
    name = _allowed(keeper, request)
    seconds = await keeper.measure(name)
    return web.json_response({ModelKey.SECONDS: round(seconds, 4)})


async def _use(
    keeper: ModelKeeper, jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Use an installed model, or start downloading it if allowed."""
    name = _allowed(keeper, request)
    wanted = await read_body(request, _USE) if request.can_read_body else _USE({})
    if wanted[ModelKey.DOWNLOAD] and not await keeper.is_installed(name):
        find_on_hub(name)
        jobs.start(name, partial(keeper.use, name))
        return web.Response(status=web.HTTPAccepted.status_code)
    await keeper.check_installed(name)
    await keeper.use(name)
    if keeper.problem:
        raise web.HTTPConflict(text=keeper.problem)
    return web.Response(status=web.HTTPNoContent.status_code)


async def _delete(
    keeper: ModelKeeper, _jobs: ModelJobs, request: web.Request
) -> web.Response:
    """Delete a model."""
    await keeper.delete(request.match_info["name"])
    return web.Response(status=web.HTTPNoContent.status_code)
