"""openWakeWord itself, for comparison."""

from functools import cache
from typing import Any

import numpy as np
from openwakeword.model import Model

from hearken_speech.audio.format import Samples
from hearken_speech.wake import packages

WORDS = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy")
WARM_UP_STEPS = 26
"""Until then a score rests on openWakeWord's random start."""


@cache
def _paths() -> tuple[str, ...]:
    """Return the model files."""
    return tuple(
        str(packages.openwakeword_model(f"{word}_v0.1.onnx")) for word in WORDS
    )


def model() -> Any:
    """Return openWakeWord in its default configuration."""
    return Model(wakeword_models=list(_paths()), inference_framework="onnx")


def scores(sound: Samples) -> dict[str, np.ndarray]:
    """Return the score of each word for every 80 ms."""
    reference = model()
    steps = [
        reference.predict(sound[first : first + 1280])
        for first in range(0, len(sound) - 1279, 1280)
    ]
    return {word: np.array([step[f"{word}_v0.1"] for step in steps]) for word in WORDS}


def detections(
    scores: np.ndarray, threshold: float, patience: int, refractory_steps: int = 25
) -> list[int]:
    """Return the steps at which openWakeWord's rules detect a word."""
    found: list[int] = []
    in_a_row, quiet_until = 0, 5
    for step, score in enumerate(scores):
        in_a_row = in_a_row + 1 if score >= threshold and step >= quiet_until else 0
        if in_a_row >= patience:
            found.append(step)
            in_a_row, quiet_until = 0, step + refractory_steps
    return found
