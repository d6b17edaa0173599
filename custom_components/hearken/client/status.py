"""The status and the models of a server, with everything invalid removed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..const import MAX_LIST_ITEMS
from ..errors import BadEventError, ProtocolVersionError
from ..protocol import (
    CONTROL_VERSION,
    MAX_TEXT_CHARACTERS,
    ModelKey,
    ServerStage,
    ServerState,
    StatusKey,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageTimes:
    """Recent durations of a stage; None if it has not happened yet."""

    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerStatus:
    """The status of a speech server."""

    id: str
    version: str
    state: ServerState
    model: str | None
    model_trouble: str | None
    """Kind of the problem (see `ModelTrouble`)."""
    languages: tuple[str, ...] | None
    """Languages for which the server selected the model; None if the owner did."""
    uptime_seconds: float | None
    memory_bytes: float | None
    requests: int
    wake_words_last_hour: int
    phantoms_stopped: int
    refused_lately: int
    """Requests refused for lack of capacity in the last ten minutes."""
    free_bytes: float | None
    """Free disk space where the models are stored."""
    needed_bytes: float
    """Disk space that should be free there."""
    stages: Mapping[ServerStage, StageTimes]
    set_aside: tuple[str, ...]
    """Damaged files that the server has set aside since it started."""
    downloads: Mapping[str, float]
    """Progress of running downloads in percent, by model."""
    details: Mapping[str, Any]
    """The whole status as it was received, for diagnostics."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerModel:
    """A speech model that the server has or can download."""

    name: str
    installed: bool
    rank: int | None = None
    """Rank by accuracy, higher is better; None if it is not known."""
    is_affordable: bool = False
    """Whether the server has enough memory and is fast enough for it."""
    languages: tuple[str, ...] | None = None
    """Supported languages; None for all languages of Whisper."""
    size_mb: float | None = None

    @property
    def is_offered(self) -> bool:
        """Return whether it can be selected; unranked ones may be incomplete."""
        return self.installed or self.rank is not None

    def supports(self, languages: Iterable[str]) -> bool:
        """Return whether the model supports these languages."""
        known = self.languages
        return known is None or set(languages) <= set(known)


def read_status(data: Any) -> ServerStatus:
    """Return the status; raise if it is invalid or its version is incompatible."""
    if not isinstance(data, dict) or not _text(data.get(StatusKey.ID)):
        msg = "the status has no server id"
        raise BadEventError(msg)
    version = data.get(StatusKey.API_VERSION)
    if version != CONTROL_VERSION:
        msg = f"control API {version} there, {CONTROL_VERSION} here"
        is_newer = type(version) is int and version > CONTROL_VERSION
        raise ProtocolVersionError(msg, is_other_older=not is_newer)
    state = _text(data.get(StatusKey.STATE))
    stages = _mapping(data.get(StatusKey.STAGES))
    storage = _mapping(data.get(StatusKey.STORAGE))
    return ServerStatus(
        id=data[StatusKey.ID],
        version=_text(data.get(StatusKey.VERSION)) or "",
        state=ServerState(state) if state in set(ServerState) else ServerState.PROBLEM,
        model=_text(data.get(StatusKey.MODEL)),
        model_trouble=_text(data.get(StatusKey.MODEL_TROUBLE)),
        languages=_texts(data.get(StatusKey.LANGUAGES)),
        uptime_seconds=_number(data.get(StatusKey.UPTIME_SECONDS)),
        memory_bytes=_number(data.get(StatusKey.MEMORY_BYTES)),
        requests=_count(data.get(StatusKey.REQUESTS)),
        wake_words_last_hour=_count(data.get(StatusKey.WAKE_WORDS_LAST_HOUR)),
        phantoms_stopped=_count(data.get(StatusKey.PHANTOMS_STOPPED)),
        refused_lately=_count(
            _mapping(data.get(StatusKey.OVERLOAD)).get(StatusKey.REFUSED_LATELY)
        ),
        free_bytes=_number(storage.get(StatusKey.FREE_BYTES)),
        needed_bytes=_number(storage.get(StatusKey.NEEDED_BYTES)) or 0,
        stages={stage: _times(stages.get(stage.value)) for stage in ServerStage},
        set_aside=_texts(data.get(StatusKey.SET_ASIDE)) or (),
        downloads={
            name: _percent(progress)
            for name, progress in _mapping(data.get(StatusKey.DOWNLOADS)).items()
        },
        details=data,
    )


def read_models(data: Any) -> tuple[ServerModel, ...]:
    """Return the models that have a name; raise BadEventError if there is no list."""
    models = _mapping(data).get(ModelKey.MODELS)
    if not isinstance(models, list):
        msg = "the response has no list of models"
        raise BadEventError(msg)
    by_name = {
        name: ServerModel(
            name=name,
            installed=model.get(ModelKey.INSTALLED) is True,
            rank=_count(model.get(ModelKey.RANK)) or None,
            is_affordable=model.get(ModelKey.AFFORDABLE) is True,
            languages=_texts(model.get(ModelKey.LANGUAGES)),
            size_mb=_number(model.get(ModelKey.SIZE_MB)),
        )
        for model in models[:MAX_LIST_ITEMS]
        if isinstance(model, dict) and (name := _text(model.get(ModelKey.NAME)))
    }
    return tuple(by_name.values())


def _times(data: Any) -> StageTimes:
    """Return the durations of one stage."""
    times = _mapping(data)
    return StageTimes(
        p50_ms=_number(times.get(StatusKey.P50_MS)),
        p95_ms=_number(times.get(StatusKey.P95_MS)),
    )


def _percent(data: Any) -> float:
    """Return the progress of a download in percent."""
    progress = _mapping(data)
    total = _number(progress.get(StatusKey.TOTAL_BYTES))
    done = _number(progress.get(StatusKey.DONE_BYTES))
    return min(100.0, round(100 * done / total, 1)) if total and done else 0.0


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return the value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """Return the value if it is a short text, otherwise None."""
    is_text = isinstance(value, str) and 0 < len(value) <= MAX_TEXT_CHARACTERS
    return value if is_text else None


def _texts(value: Any) -> tuple[str, ...] | None:
    """Return the short texts of a list, None if the value is no list."""
    if not isinstance(value, list):
        return None
    return tuple(text for one in value[:MAX_LIST_ITEMS] if (text := _text(one)))


def _number(value: Any) -> float | None:
    """Return the value if it is a number of at least 0, otherwise None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isfinite(value) and value >= 0 else None


def _count(value: Any) -> int:
    """Return the value if it is an integer above 0, otherwise 0."""
    return value if type(value) is int and value > 0 else 0
