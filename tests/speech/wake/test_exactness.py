"""Compare the engine with openWakeWord itself."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.wake import packages
from hearken_speech.wake.events import Detected
from hearken_speech.wake.features import STEP_SAMPLES, FeatureBank
from hearken_speech.wake.heads import Head, load_head
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.sounds import needs_recordings
from tests.speech.wake import reference
from tests.speech.wake.conftest import Listen
from tests.speech.wake.reference import WARM_UP_STEPS, WORDS
from tests.speech.wake.sounds import (
    PAUSE,
    between_pauses,
    noise,
    recordings,
    spoken,
)

TOLERANCE = 1e-4
FOLDERS = (
    "wake/easy",
    "wake/quiet",
    "wake/fragile",
    "wake/missed",
    "wake/negative",
    "wake/few_shot/enrol",
    "wake/few_shot/test",
    "speech",
)


@cache
def _heads() -> dict[str, Head]:
    """Return the classifiers."""
    return {
        word: load_head(packages.openwakeword_model(f"{word}_v0.1.onnx"))
        for word in WORDS
    }


def _scores(sounds: list[Samples]) -> list[dict[str, np.ndarray]]:
    """Return the scores of several sounds, processed side by side."""
    bank = FeatureBank()
    slots = [bank.open() for _ in sounds]
    steps = [len(sound) // STEP_SAMPLES for sound in sounds]
    found = [{word: np.zeros(count) for word in WORDS} for count in steps]
    for step in range(max(steps)):
        rows = [row for row, count in enumerate(steps) if step < count]
        cut = slice(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES)
        samples = np.stack([sounds[row][cut] for row in rows]).astype(np.float32)
        history = bank.step([slots[row] for row in rows], samples)
        for word, head in _heads().items():
            for row, score in zip(rows, head.score(history), strict=True):
                found[row][word][step] = score
    return found


@needs_recordings
@pytest.mark.parametrize("folder", FOLDERS)
def test_scores_of_recordings_are_equal(folder: str) -> None:
    """Recordings get the same scores side by side as alone in openWakeWord."""
    lead = np.zeros(2 * len(PAUSE), np.int16)
    # `scripts/bench wake` compares all of them.
    paths = recordings(folder)[:6]
    sounds = [np.concatenate([lead, between_pauses(path)]) for path in paths]
    assert sounds
    for ours, sound in zip(_scores(sounds), sounds, strict=True):
        theirs = reference.scores(sound)
        for word in WORDS:
            np.testing.assert_allclose(
                ours[word][WARM_UP_STEPS:],
                theirs[word][WARM_UP_STEPS:],
                atol=TOLERANCE,
            )


def test_scores_of_generated_speech_are_equal() -> None:
    """Synthesized speech and noise get the same scores."""
    sounds = [
        np.concatenate([noise(3), spoken(text, voice), noise(1.5)])
        for text in ("alexa", "hey jarvis", "alexa turn on the light")
        for voice in ("slt", "awb")
    ]
    sounds.append(noise(6, 8000))
    sounds.append(np.tile(np.array([32767, -32768], np.int16), 40_000))
    heard = 0
    for ours, sound in zip(_scores(sounds), sounds, strict=True):
        theirs = reference.scores(sound)
        for word in WORDS:
            np.testing.assert_allclose(
                ours[word][WARM_UP_STEPS:],
                theirs[word][WARM_UP_STEPS:],
                atol=TOLERANCE,
            )
            heard += int((theirs[word][WARM_UP_STEPS:] > 0.9).any())
    assert heard >= 4, "the comparison saw words, too"


@needs_recordings
@pytest.mark.parametrize(
    "threshold",
    [
        pytest.param(0.3, marks=pytest.mark.long),
        0.5,
        pytest.param(0.7, marks=pytest.mark.long),
    ],
)
def test_detections_are_equal(listen: Listen, threshold: float) -> None:
    """The engine and openWakeWord's rules detect words at the same steps.

    With a patience of more than one step, the rule is our own.
    """
    patience = 1
    ids = {word: "alexa_openwakeword" if word == "alexa" else word for word in WORDS}
    settings = StreamSettings(
        words=dict.fromkeys(ids.values()),
        default=WordSettings(threshold=threshold, patience=patience),
    )
    lead = np.zeros(2 * len(PAUSE), np.int16)
    for path in recordings("wake/easy") + recordings("wake/negative"):
        sound = np.concatenate([lead, between_pauses(path)])
        sound = sound[: len(sound) // STEP_SAMPLES * STEP_SAMPLES]
        theirs = _reference_scores(path, sound.tobytes())
        expected = {
            (ids[word], (step + 1) * STEP_SAMPLES)
            for word in WORDS
            for step in reference.detections(theirs[word], threshold, patience)
            if step >= WARM_UP_STEPS
        }
        heard = {
            (event.word, event.position_samples)
            for event in listen(sound, settings)
            if isinstance(event, Detected)
            and event.position_samples > WARM_UP_STEPS * STEP_SAMPLES
        }
        assert heard == expected, path.name


@cache
def _reference_scores(path: Path, sound: bytes) -> dict[str, np.ndarray]:
    """Return openWakeWord's scores of a recording, cached."""
    return reference.scores(np.frombuffer(sound, np.int16))


@needs_recordings
def test_easy_words_are_heard_once_and_negatives_never(listen: Listen) -> None:
    """The recordings meet their expectations with the default settings."""
    for path in recordings("wake/easy") + recordings("wake/quiet"):
        word = "hey_jarvis" if path.name.startswith("jarvis") else "alexa"
        events = listen(between_pauses(path), StreamSettings())
        heard = [event.word for event in events if isinstance(event, Detected)]
        assert heard == [word], path.name
    for path in recordings("wake/negative"):
        events = listen(between_pauses(path), StreamSettings())
        heard = [event.word for event in events if isinstance(event, Detected)]
        # Not every speaker of a word is heard without the check by the speech model.
        said = {"computer"} if path.name.startswith("computer") else set()
        assert said.issuperset(heard), path.name


def test_nothing_heavy_is_imported() -> None:
    """A running engine does not import openWakeWord's dependencies."""
    program = (
        "import sys, numpy, threading\n"
        "from hearken_speech.wake.catalogue import WakeCatalogue\n"
        "from hearken_speech.wake.engine import WakeEngine\n"
        "from hearken_speech.wake.events import Finished\n"
        "from hearken_speech.wake.settings import StreamSettings\n"
        "engine = WakeEngine(WakeCatalogue())\n"
        "done = threading.Event()\n"
        "stream = engine.open('x', StreamSettings(), lambda event: done.set())\n"
        "stream.add_audio(numpy.zeros(16000, numpy.int16)); stream.flush()\n"
        "assert done.wait(10)\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(names & {'scipy', 'sklearn', 'openwakeword',\n"
        "    'pyopen_wakeword', 'onnx', 'requests'}))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
