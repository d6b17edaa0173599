"""Choose the best model that is fast enough here, downloading it if necessary."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue, choice
from hearken_speech.models.errors import DownloadCancelledError, DownloadPausedError
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.protocol import ModelTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.models.catalogue import CatalogueModel
    from hearken_speech.models.choice import Limits, Requirements
    from hearken_speech.models.download import Progress, Stop
    from hearken_speech.models.manager import ModelManager

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Result of choosing a model."""

    name: str
    failure: ModelError | None = None
    """Why a better model cannot be used."""


@dataclass(kw_only=True)
class ChoiceJob:
    """A choice that is being made."""

    wanted: Requirements
    download: bool
    report: Callable[[Progress], None] | None
    stop: Stop | None
    failure: ModelError | None = None
    """The first failure: that of the best model."""
    _is_reachable: bool = field(default=True, init=False)

    @property
    def may_download(self) -> bool:
        """Return whether to download: not again from a hub that does not answer."""
        return self.download and self._is_reachable

    def add_failure(self, err: ModelError) -> None:
        """Log a failure, and keep the first one."""
        _LOGGER.warning("%s", err)
        self.failure = self.failure or err
        if err.trouble is ModelTrouble.UNREACHABLE:
            self._is_reachable = False


class Chooser:
    """Chooses among the models of a manager."""

    def __init__(self, manager: ModelManager) -> None:
        """Set the manager, which installs, measures and loads the models."""
        self._manager = manager

    def choose(self, job: ChoiceJob) -> ModelChoice:
        """Use the best model that is fast enough; download it if allowed.

        An earlier choice for the same machine, language and limits stands. Until a
        large model is here, the best one that is, or a small one, is used.
        """
        if before := self._use_earlier_choice(job.wanted):
            return ModelChoice(before)
        candidates = self._candidates(job.wanted)
        if job.download and candidates and self._manager.in_use == EMBEDDED_MODEL:
            self._use_meanwhile(candidates, job)
        for model in candidates:
            try:
                if not self._is_usable(model.name, job):
                    continue
                self._manager.ensure_in_use(model.name)
            except (DownloadCancelledError, DownloadPausedError):
                # A user who cancels a download does not want the next one instead.
                raise
            except ModelError as err:
                if job.stop and job.stop.is_set():
                    raise
                job.add_failure(err)
                continue
            if job.failure is None and job.download:
                # Without downloads it is only the best that happens to be installed.
                self._manager.measurements.record_choice(job.wanted, model.name)
            return ModelChoice(model.name, job.failure)
        if job.failure:
            raise job.failure
        raise ModelError(_why_none(job.wanted, download=job.download))

    def _candidates(self, wanted: Requirements) -> list[CatalogueModel]:
        """Return the models to try, the best one first."""
        return choice.candidates(
            catalogue.known_models(),
            wanted,
            self._manager.measure(EMBEDDED_MODEL),
            {model.name for model in self._manager.library.installed()},
        )

    def _use_meanwhile(self, candidates: list[CatalogueModel], job: ChoiceJob) -> None:
        """Use a model that is here, or soon will be, while the best is downloaded."""
        has = self._manager.library.has
        if has(candidates[0].name):
            return
        here = (one for one in candidates if one.repo and has(one.name))
        model = next(here, None) or choice.stepping_stone(candidates)
        if model is None:
            return
        try:
            if self._is_usable(model.name, job):
                self._manager.use(model.name)
        except (DownloadCancelledError, DownloadPausedError):
            raise
        except ModelError as err:
            # Whatever it is, choosing the best one shows it, too.
            _LOGGER.info("%s", err)

    def _use_earlier_choice(self, wanted: Requirements) -> str | None:
        """Use the model chosen earlier for the same requirements, if it works."""
        before = self._manager.measurements.choice(wanted)
        if before is None or not self._manager.library.has(before):
            return None
        try:
            self._manager.ensure_in_use(before)
        except ModelError as err:
            # Its files may be damaged; another model may work.
            _LOGGER.warning("%s", err)
            return None
        return before

    def _is_usable(self, name: str, job: ChoiceJob) -> bool:
        """Return whether a model is here and fast enough; download it if allowed."""
        if not self._manager.library.has(name):
            if not job.may_download:
                return False
            self._manager.install(name, job.report, job.stop)
        return self._is_fast_enough(name, job.wanted.limits)

    def _is_fast_enough(self, name: str, limits: Limits) -> bool:
        """Return whether an installed model is fast enough."""
        if name == EMBEDDED_MODEL:
            return True
        manager = self._manager
        seconds = manager.measurements.seconds(name) or manager.measure(name)
        return seconds <= limits.budget_seconds


def _why_none(wanted: Requirements, *, download: bool) -> str:
    """Return why no model satisfies the requirements."""
    names = ", ".join((wanted.language, *wanted.others))
    if not any(map(wanted.are_spoken_by, catalogue.known_models())):
        return f"no speech model is known that speaks: {names}"
    if not download:
        return f"no installed speech model knows {names} and is fast enough here"
    return f"no speech model for the language {names} is fast enough here"
