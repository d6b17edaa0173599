"""Test choosing a model by measurements."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.models.catalogue import known_models
from hearken_speech.models.choice import (
    Limits,
    Measurements,
    Requirements,
    candidates,
    free_memory_mb,
    measure,
)
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.stt.engine import WhisperEngine


def _names(requirements: Requirements, embedded_seconds: float) -> list[str]:
    """Return the candidates' names."""
    return [m.name for m in candidates(known_models(), requirements, embedded_seconds)]


def test_fast_machine_tries_better_models() -> None:
    """The faster the machine, the better the first candidate."""
    requirements = Requirements(language="de", limits=Limits(memory_limit_mb=4_000))
    slow, fast = _names(requirements, 0.3), _names(requirements, 0.03)
    assert fast[0] == "large-v3-turbo"
    assert slow[0] == "base-int8"
    assert set(slow) < set(fast)


def test_memory_limit_is_kept() -> None:
    """A model over the memory limit is not tried."""
    names = _names(
        Requirements(language="de", limits=Limits(memory_limit_mb=300)), 0.001
    )
    assert names == ["base-int8", "tiny-int8"]


def test_language_decides() -> None:
    """English has more models; German has no embedded one."""
    english = _names(
        Requirements(language="en", limits=Limits(memory_limit_mb=4_000)), 0.001
    )
    german = _names(
        Requirements(language="de", limits=Limits(memory_limit_mb=4_000)), 0.001
    )
    assert "base.en" in english
    assert english[-1] == EMBEDDED_MODEL
    assert "base.en" not in german
    assert EMBEDDED_MODEL not in german


def test_embedded_model_is_the_last_resort() -> None:
    """However slow the machine, English has something."""
    assert _names(Requirements(language="en"), 100.0) == [EMBEDDED_MODEL]


def test_larger_models_measure_slower(
    engine: WhisperEngine, toy: WhisperEngine
) -> None:
    """A measurement is a time, with the work of a whole command in it."""
    assert 0 < measure(engine) < 10
    assert 0 < measure(toy) < 10
    assert measure(engine, beam_size=1) > 0


class CountingEngine:
    """Stands for an engine: notes what is measured, and gets faster."""

    def __init__(self) -> None:
        """Be slow at first."""
        self.model = SimpleNamespace(mel_bands=80)
        self.heard: list[tuple[int, float, int, int]] = []
        self._times = iter((0.5, 0.2, 0.3))

    def time_tokens(self, mel: IncrementalMel, tokens: int, beam_size: int) -> float:
        """Note the length of the sound, how much it moves, and the work."""
        loudness = float(np.std(mel.features(mel.samples)))
        self.heard.append((mel.samples, loudness, tokens, beam_size))
        return next(self._times)


def test_measurement_is_of_a_whole_command() -> None:
    """Three seconds of sound are decoded a few times; the fastest counts."""
    engine = CountingEngine()

    assert measure(cast("WhisperEngine", engine), beam_size=3) == 0.2
    assert len(engine.heard) == 3
    for samples, loudness, tokens, beam_size in engine.heard:
        assert samples == 3 * 16_000
        assert loudness > 0
        assert tokens > 5
        assert beam_size == 3


def test_measurements_and_choices_are_kept(tmp_path: Path) -> None:
    """They are read by the next process; other requirements need a new choice."""
    path = tmp_path / "models" / "measured.json"
    requirements = Requirements(language="en")
    first = Measurements(path)
    assert first.seconds("x") is None
    first.record("x", 0.25)
    first.record_choice(requirements, "x")
    again = Measurements(path)
    assert again.seconds("x") == 0.25
    assert again.choice(requirements) == "x"
    assert (
        again.choice(Requirements(language="en", limits=Limits(budget_seconds=2.0)))
        is None
    )
    assert again.choice(Requirements(language="de")) is None


def test_damaged_file_is_measured_anew(tmp_path: Path) -> None:
    """A damaged file counts as empty."""
    path = tmp_path / "measured.json"
    for text in ("{", "[]", '{"seconds": 3}'):
        path.write_text(text)
        assert Measurements(path).seconds("x") is None
    Measurements(path).record("x", 1.0)
    assert Measurements(path).seconds("x") == 1.0


def test_memory_of_this_machine() -> None:
    """Measurements depend on the number of threads."""
    assert free_memory_mb() > 50


def test_measurement_is_of_so_many_threads(tmp_path: Path) -> None:
    """The free memory of this machine is known."""
    path = tmp_path / "measured.json"
    Measurements(path, threads=1).record("x", 2.0)
    assert Measurements(path, threads=4).seconds("x") is None
    Measurements(path, threads=4).record("x", 0.5)
    assert Measurements(path, threads=1).seconds("x") == 2.0


def test_folder_that_takes_nothing_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a writable file, models are measured again, and the log says why."""
    (tmp_path / "file").touch()
    measurements = Measurements(tmp_path / "file" / "measured.json")
    measurements.record("x", 1.0)
    measurements.record_choice(Requirements(language="en"), "x")
    assert measurements.seconds("x") is None
    assert "cannot be written" in caplog.text
