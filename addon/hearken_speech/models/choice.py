"""Choose the best model that is fast enough here, by measuring."""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np

from hearken_speech import json_file
from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.json_file import JsonFileError
from hearken_speech.models.catalogue import EMBEDDED, CatalogueModel
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from hearken_speech.stt.engine import WhisperEngine

MEASURED_SECONDS: Final = 3.0
MEASURED_TOKENS: Final = 14
SOON_MB: Final = 150
"""Size of a download that arrives within minutes on a slow line."""
MEMORY_SHARE: Final = 0.5
"""Share of the free memory to use if no limit is set."""

_RUNS: Final = 3
_PREDICTION_SLACK: Final = 1.5
"""How far over the budget a predicted time may be to still measure the model."""
_MEBIBYTE: Final = 1 << 20
_GIBIBYTE: Final = 1 << 30

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a model may take."""

    budget_seconds: float = 1.0
    """Time limit for the transcript of a 3 s command."""
    memory_limit_mb: int | None = None
    """None for half of what is free."""


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a model has to satisfy."""

    language: str
    """Whisper's code."""
    others: tuple[str, ...] = ()
    """Further languages that the model has to know."""
    limits: Limits = field(default_factory=Limits)
    threads: int = 1

    def key(self) -> str:
        """Return everything a choice depends on, as one string."""
        values = (
            self.language,
            self.others,
            self.limits.budget_seconds,
            self.limits.memory_limit_mb,
            self.threads,
            machine(),
            memory_gb(),
        )
        return "|".join(str(value) for value in values)

    def are_spoken_by(self, model: CatalogueModel) -> bool:
        """Return whether a model knows all the languages."""
        return all(model.speaks(one) for one in (self.language, *self.others))


def machine() -> str:
    """Return what the speed of this machine depends on."""
    return f"{_processor()}|{os.cpu_count()}|{ctranslate2.__version__}"


def memory_gb() -> int:
    """Return the memory of this machine in gigabytes, rounded."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return round(pages / _GIBIBYTE)


def measure(engine: WhisperEngine, beam_size: int = 5) -> float:
    """Return the seconds that a 3 s command takes, the fastest of a few runs.

    Slower runs measure what else the machine does, above all while it starts. The
    number of tokens is fixed: the transcript of noise says nothing about speed.
    """
    noise = np.random.default_rng(0).normal(
        0, 300, int(MEASURED_SECONDS * SAMPLE_RATE_HZ)
    )
    mel = IncrementalMel(engine.model.mel_bands)
    mel.add(noise.astype(np.int16))
    return min(
        engine.time_tokens(mel, MEASURED_TOKENS, beam_size) for _ in range(_RUNS)
    )


def candidates(
    models: Iterable[CatalogueModel],
    wanted: Requirements,
    embedded_seconds: float,
    installed: Container[str] = (),
) -> list[CatalogueModel]:
    """Return the models that may satisfy the requirements, the best one first."""
    worth = [
        model
        for model in affordable(models, wanted.limits, embedded_seconds)
        if wanted.are_spoken_by(model) and (model.offered or model.name in installed)
    ]
    if wanted.are_spoken_by(EMBEDDED) and EMBEDDED not in worth:
        worth.append(EMBEDDED)
    # Of two that are as good, the smaller one.
    return sorted(worth, key=lambda model: (-model.rank, model.size_mb))


def stepping_stone(models: Iterable[CatalogueModel]) -> CatalogueModel | None:
    """Return the best model to use while the first of these is being downloaded.

    None if there is no need for one, or nothing that arrives much sooner.
    """
    best, *others = models
    if best.size_mb <= SOON_MB:
        return None
    return next((one for one in others if one.repo and one.size_mb <= SOON_MB), None)


def affordable(
    models: Iterable[CatalogueModel], limits: Limits, embedded_seconds: float
) -> list[CatalogueModel]:
    """Return the models that this machine has enough memory and speed for."""
    limit = limits.memory_limit_mb or free_memory_mb() * MEMORY_SHARE
    return [
        model
        for model in models
        if (model.name == EMBEDDED_MODEL or model.memory_mb <= limit)
        and model.cost * embedded_seconds <= limits.budget_seconds * _PREDICTION_SLACK
    ]


class Measurements:
    """Measured times and the last choice, stored in a file.

    If the file cannot be written, models are measured again the next time.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Set the file, which need not exist yet, and the threads of a request."""
        self._path = path
        self._threads = threads

    def seconds(self, model: str) -> float | None:
        """Return the measured time of a model, None if it is unknown."""
        value = self._read().get("seconds", {}).get(self._key(model))
        return float(value) if isinstance(value, int | float) else None

    def record(self, model: str, seconds: float) -> None:
        """Store the measured time of a model."""
        data = self._read()
        data.setdefault("seconds", {})[self._key(model)] = round(seconds, 4)
        self._save(data)

    def choice(self, wanted: Requirements) -> str | None:
        """Return the model that was chosen for these requirements before."""
        value = self._read().get("choices", {}).get(wanted.key())
        return value if isinstance(value, str) else None

    def record_choice(self, wanted: Requirements, model: str) -> None:
        """Store the choice for these requirements; it replaces the one before."""
        data = self._read()
        data["choices"] = {wanted.key(): model}
        self._save(data)

    def _key(self, model: str) -> str:
        """Return everything the time of a model depends on, as one string."""
        return f"{model}|{self._threads}|{machine()}"

    def _save(self, data: dict[str, Any]) -> None:
        """Write the file, if possible."""
        try:
            json_file.save(self._path, data)
        except JsonFileError as err:
            _LOGGER.warning("%s", err)

    def _read(self) -> dict[str, Any]:
        """Return the content of the file; nothing if it is damaged."""
        try:
            data = json_file.load(self._path)
        except JsonFileError:
            # It is measured again; there is nothing in it that somebody chose.
            return {}
        usable = all(isinstance(data.get(k, {}), dict) for k in ("seconds", "choices"))
        return data if usable else {}


def free_memory_mb() -> int:
    """Return the memory that is available to programs."""
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
