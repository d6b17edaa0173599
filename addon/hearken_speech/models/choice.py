"""Which model answers fast enough on this machine: measured, not guessed."""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np

from hearken_speech import store
from hearken_speech.audio.whisper_mel import SAMPLE_RATE_HZ, IncrementalMel
from hearken_speech.models.catalogue import EMBEDDED, CatalogueModel
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hearken_speech.stt.engine import WhisperEngine

DEFAULT_BUDGET_SECONDS: Final = 1.0
MEASURED_SECONDS: Final = 3.0
MEASURED_TOKENS: Final = 14
MEMORY_SHARE: Final = 0.5
"""Share of the free memory that may be taken where no limit is set."""

_RUNS: Final = 3
_PREDICTION_SLACK: Final = 1.5
"""How far a prediction may be over the budget and still be worth a try."""
_MEBIBYTE: Final = 1 << 20
_GIBIBYTE: Final = 1 << 30

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a model has to satisfy."""

    language: str
    """Whisper's code."""
    others: tuple[str, ...] = ()
    """Languages that the model has to know as well."""
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Longest time to the text of a 3 s command."""
    memory_limit_mb: int | None = None
    threads: int = 1

    def key(self) -> str:
        """Return what a choice depends on; another key asks for another choice."""
        values = (*asdict(self).values(), machine(), memory_gb())
        return "|".join(str(value) for value in values)

    def are_spoken_by(self, model: CatalogueModel) -> bool:
        """Tell whether a model knows all the languages."""
        return all(model.speaks(one) for one in (self.language, *self.others))


def machine() -> str:
    """Return what makes this machine as fast as it is."""
    return f"{_processor()}|{os.cpu_count()}|{ctranslate2.__version__}"


def memory_gb() -> int:
    """Return the memory of this machine, rounded."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return round(pages / _GIBIBYTE)


def measure(engine: WhisperEngine, beam_size: int = 5) -> float:
    """Return the seconds that a 3 s command takes, the quickest of a few runs.

    Others are slower by what else the machine does, which is most when it starts.
    The number of tokens is fixed: what a model makes of noise says nothing about
    its speed.
    """
    noise = np.random.default_rng(0).normal(
        0, 300, int(MEASURED_SECONDS * SAMPLE_RATE_HZ)
    )
    mel = IncrementalMel(engine.model.mel_bands)
    mel.feed(noise.astype(np.int16))
    return min(
        engine.time_tokens(mel, MEASURED_TOKENS, beam_size) for _ in range(_RUNS)
    )


def candidates(
    models: Iterable[CatalogueModel], wishes: Requirements, embedded_seconds: float
) -> list[CatalogueModel]:
    """Return the models that may satisfy the wishes, the best one first."""
    worth = [
        model
        for model in affordable(models, wishes, embedded_seconds)
        if wishes.are_spoken_by(model)
    ]
    if wishes.are_spoken_by(EMBEDDED) and EMBEDDED not in worth:
        worth.append(EMBEDDED)
    return sorted(worth, key=lambda model: model.rank, reverse=True)


def affordable(
    models: Iterable[CatalogueModel], wishes: Requirements, embedded_seconds: float
) -> list[CatalogueModel]:
    """Return the models that this machine has the memory and the time for."""
    limit = wishes.memory_limit_mb or free_memory_mb() * MEMORY_SHARE
    return [
        model
        for model in models
        if (model.name == EMBEDDED_MODEL or model.memory_mb <= limit)
        and model.cost * embedded_seconds <= wishes.budget_seconds * _PREDICTION_SLACK
    ]


class Measurements:
    """What was measured on this machine, kept in a file.

    Where the file cannot be written, it is measured again the next time.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Take the file, which need not exist yet, and the threads of a request."""
        self._path = path
        self._threads = threads

    def seconds(self, model: str) -> float | None:
        """Return the measured time of a model, None where it is unknown."""
        value = self._read().get("seconds", {}).get(self._key(model))
        return float(value) if isinstance(value, int | float) else None

    def note(self, model: str, seconds: float) -> None:
        """Keep the measured time of a model."""
        data = self._read()
        data.setdefault("seconds", {})[self._key(model)] = round(seconds, 4)
        self._save(data)

    def choice(self, wishes: Requirements) -> str | None:
        """Return the model that was chosen for these wishes before."""
        value = self._read().get("choices", {}).get(wishes.key())
        return value if isinstance(value, str) else None

    def choose(self, wishes: Requirements, model: str) -> None:
        """Keep the choice for these wishes; older ones are forgotten."""
        data = self._read()
        data["choices"] = {wishes.key(): model}
        self._save(data)

    def _key(self, model: str) -> str:
        """Return what the time of a model depends on."""
        return f"{model}|{self._threads}|{machine()}"

    def _save(self, data: dict[str, Any]) -> None:
        """Keep everything, if that is possible."""
        try:
            store.save(self._path, data)
        except StoreError as err:
            _LOGGER.warning("%s", err)

    def _read(self) -> dict[str, Any]:
        """Return all that is kept; a damaged file is measured anew."""
        try:
            data = store.load(self._path)
        except StoreError:
            return {}
        usable = all(isinstance(data.get(k, {}), dict) for k in ("seconds", "choices"))
        return data if usable else {}


def free_memory_mb() -> int:
    """Return the memory that programs may still take."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBIBYTE


def _processor() -> str:
    """Return the name of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    except (OSError, IndexError):
        pass
    return platform.machine()
