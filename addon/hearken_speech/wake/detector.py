"""Wake words by openWakeWord, one detector a stream."""

from __future__ import annotations

import importlib.util
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import WakeWordError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hearken_speech.audio.format import Samples

STEP_SAMPLES: Final = 1280
"""openWakeWord looks every 80 ms."""
WAKE_WORD_LICENCE: Final = "CC-BY-NC-SA-4.0"
"""Licence of openWakeWord's pre-trained words; its code is Apache-2.0."""

_THRESHOLD: Final = 0.5
# Two steps in a row cost 0.6 points of recall on clean speech and remove the
# false accepts of kitchen noise.
_PATIENCE_STEPS: Final = 2
_REFRACTORY_STEPS: Final = 25
# The first scores after a start rest on made-up features.
_WARM_UP_STEPS: Final = 5
# Its modules import each other: a second thread would find them half made.
_IMPORTING: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class WakeWord:
    """One word that can be listened for."""

    id: str
    phrase: str
    model: Path
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class Detected:
    """A wake word was heard."""

    word: WakeWord
    score: float
    threshold: float
    end_sample: int
    """Position in the stream, in samples, at which it was noticed."""


class Catalogue:
    """The wake words that are installed."""

    def __init__(self, words: Iterable[WakeWord]) -> None:
        """Take the words."""
        self._words = {word.id: word for word in words}

    @property
    def words(self) -> list[WakeWord]:
        """Return all words."""
        return list(self._words.values())

    def select(self, names: Sequence[str] | None) -> list[WakeWord]:
        """Return the words of these names, all for none; raise WakeWordError."""
        if not names:
            return self.words
        unknown = [name for name in names if name not in self._words]
        if unknown:
            msg = f"unknown wake word: {', '.join(unknown[:5])[:200]}"
            raise WakeWordError(msg)
        return [self._words[name] for name in dict.fromkeys(names)]


def installed() -> Catalogue:
    """Return the words that the openwakeword package carries."""
    # Found without importing the package: that takes seconds and 100 MB.
    spec = importlib.util.find_spec("openwakeword")
    if spec is None or not spec.submodule_search_locations:
        return Catalogue(())
    folder = Path(spec.submodule_search_locations[0]) / "resources" / "models"
    phrases = {
        "hey_jarvis": "hey jarvis",
        "alexa": "alexa",
        "hey_mycroft": "hey mycroft",
        "hey_rhasspy": "hey rhasspy",
    }
    return Catalogue(
        WakeWord(word_id, phrase, path)
        for word_id, phrase in phrases.items()
        if (path := folder / f"{word_id}_v0.1.onnx").is_file()
    )


def _leave_out_training() -> None:
    """Keep openwakeword from importing what only its training needs.

    That is scikit-learn and scipy, which are not part of the app.
    """
    name = "openwakeword.custom_verifier_model"
    training = ModuleType(name)
    training.__dict__["train_custom_verifier"] = None
    sys.modules.setdefault(name, training)


class Detector:
    """Listen to one stream for a few words. Not for the event loop: it computes."""

    def __init__(self, words: Sequence[WakeWord]) -> None:
        """Load the words' models."""
        with _IMPORTING:
            _leave_out_training()
            from openwakeword.model import Model  # noqa: PLC0415 - slow to import

        self._words = {word.model.stem: word for word in words}
        self._model = Model(
            wakeword_models=[str(word.model) for word in words],
            inference_framework="onnx",
        )
        self._pending = np.zeros(0, dtype=np.int16)
        self._steps = 0
        self._over = dict.fromkeys(self._words, 0)
        self._quiet_until = _WARM_UP_STEPS

    def feed(self, samples: Samples) -> list[Detected]:
        """Return what was heard with these samples, of any number."""
        self._pending = np.concatenate((self._pending, samples))
        heard = []
        while len(self._pending) >= STEP_SAMPLES:
            step, self._pending = np.split(self._pending, [STEP_SAMPLES])
            heard.extend(self._step(step))
        return heard

    def _step(self, samples: Samples) -> list[Detected]:
        scores = self._model.predict(samples)
        self._steps += 1
        heard = []
        for name, word in self._words.items():
            score = float(scores[name])
            over = score >= _THRESHOLD and self._steps > self._quiet_until
            self._over[name] = self._over[name] + 1 if over else 0
            if self._over[name] >= _PATIENCE_STEPS:
                self._over[name] = 0
                self._quiet_until = self._steps + _REFRACTORY_STEPS
                end_sample = self._steps * STEP_SAMPLES
                heard.append(Detected(word, score, _THRESHOLD, end_sample))
        return heard


def seconds(samples: int) -> float:
    """Return the length of so many samples."""
    return samples / SAMPLE_RATE_HZ
