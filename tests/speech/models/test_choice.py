"""Test choosing a model by measurements."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.models import choice
from hearken_speech.models.catalogue import EMBEDDED, CatalogueModel, known_models
from hearken_speech.models.choice import (
    SOON_MB,
    Limits,
    Measurements,
    Requirements,
    affordable,
    candidates,
    free_memory_mb,
    measure,
    stepping_stone,
)
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.transcription import Request


def _model(name: str, **changed: Any) -> CatalogueModel:
    """Return a model that can be downloaded, with these changes."""
    fields: dict[str, Any] = {
        "repo": f"owner/{name}",
        "languages": ("de", "en"),
        "rank": 2,
        "size_mb": 100,
        "memory_mb": 300,
        "cost": 2.0,
    }
    return CatalogueModel(name=name, **(fields | changed))


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


def test_every_language_of_the_house_is_needed() -> None:
    """A model that knows only one of two languages is not tried."""
    models = [_model("german", languages=("de",)), _model("both")]
    wanted = Requirements(language="de", others=("en",))
    assert [one.name for one in candidates(models, wanted, 0.001)] == ["both"]


def test_of_two_equals_the_smaller_one() -> None:
    """The rank comes first; of equals, the smaller download."""
    models = [
        _model("large", size_mb=900),
        _model("small", size_mb=90),
        _model("best", size_mb=990, rank=3),
    ]
    wanted = Requirements(language="de")
    found = [one.name for one in candidates(models, wanted, 0.001)]
    assert found == ["best", "small", "large"]


def test_installed_model_is_tried_even_if_it_is_not_offered() -> None:
    """A model that is not offered needs no download any more."""
    models = [_model("hidden", offered=False)]
    wanted = Requirements(language="de")
    assert candidates(models, wanted, 0.001) == []
    assert candidates(models, wanted, 0.001, {"hidden"}) == models


@pytest.mark.parametrize(
    ("memory_mb", "seconds", "fits"),
    [(400, 0.75, True), (401, 0.75, False), (400, 0.76, False)],
)
def test_limits_may_be_reached(memory_mb: int, seconds: float, *, fits: bool) -> None:
    """What just fits, fits; a prediction may be over the budget by half."""
    models = [_model("one", memory_mb=memory_mb, cost=2.0)]
    limits = Limits(budget_seconds=1.0, memory_limit_mb=400)
    assert (affordable(models, limits, seconds) == models) is fits


def test_embedded_model_needs_no_memory_of_its_own() -> None:
    """It is loaded to measure this machine anyway."""
    limits = Limits(memory_limit_mb=1)
    assert affordable([EMBEDDED], limits, 0.1) == [EMBEDDED]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # Worth it only if the best one takes long, and another one does not.
        ([SOON_MB, 20], None),
        ([SOON_MB + 1, 20], 20),
        ([900, SOON_MB, 20], SOON_MB),
        ([900, SOON_MB + 1, 20], 20),
        ([900, SOON_MB + 1], None),
        ([900], None),
    ],
)
def test_stepping_stone_arrives_soon(sizes: list[int], expected: int | None) -> None:
    """While a large model is downloaded, the best of the small ones helps out."""
    found = stepping_stone([_model(str(size), size_mb=size) for size in sizes])
    assert (found and found.size_mb) == expected


def test_embedded_model_is_no_stepping_stone() -> None:
    """It is there already, and nothing has to be downloaded for it."""
    assert stepping_stone([_model("large", size_mb=900), EMBEDDED]) is None


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


def test_measurement_decodes_like_a_command() -> None:
    """Unless configured otherwise, with the same number of hypotheses."""
    engine = CountingEngine()
    measure(cast("WhisperEngine", engine))
    assert {one[3] for one in engine.heard} == {Request().beam_size}


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


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the processor and the memory are described."""
    monkeypatch.setattr(choice, "Path", lambda path: tmp_path / path.lstrip("/"))
    folder = tmp_path / "proc"
    folder.mkdir()
    return folder


def _has_memory(monkeypatch: pytest.MonkeyPatch, megabytes: int) -> None:
    """Give this machine so much memory."""
    values = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": megabytes * 256}
    monkeypatch.setattr("os.sysconf", values.__getitem__)


def test_memory_of_this_machine() -> None:
    """The free memory of this machine is known."""
    assert free_memory_mb() > 50


def test_free_memory_is_what_programs_can_get(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system keeps only to be faster counts; without figures, all does."""
    _has_memory(monkeypatch, 8_000)
    assert free_memory_mb() == 8_000
    (proc / "meminfo").write_text(
        "MemTotal: 8192000 kB\nMemFree: 102400 kB\nMemAvailable: 2048000 kB\n"
    )
    assert free_memory_mb() == 2_000
    (proc / "meminfo").write_text("MemAvailable:\n")
    assert free_memory_mb() == 8_000


def test_half_of_the_free_memory_is_used(proc: Path) -> None:
    """Without a limit, a model may take half of what is free."""
    (proc / "meminfo").write_text("MemAvailable: 614400 kB\n")
    models = [_model("fits", memory_mb=300), _model("does not", memory_mb=301)]
    assert affordable(models, Limits(), 0.001) == models[:1]


def test_choice_is_for_one_machine(
    proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another processor, or another size of the memory, needs a new choice."""
    path, wanted = tmp_path / "measured.json", Requirements(language="en")
    _has_memory(monkeypatch, 4_000)
    (proc / "cpuinfo").write_text("processor: 0\nmodel name : A\nModel: Board\n")
    Measurements(path).record("x", 0.25)
    Measurements(path).record_choice(wanted, "x")
    assert Measurements(path).choice(Requirements(language="en", threads=1)) == "x"
    assert Measurements(path).choice(Requirements(language="en", threads=2)) is None

    _has_memory(monkeypatch, 3_900)  # as much, to a person
    assert Measurements(path).choice(wanted) == "x"
    _has_memory(monkeypatch, 8_000)
    assert Measurements(path).choice(wanted) is None
    assert Measurements(path).seconds("x") == 0.25

    (proc / "cpuinfo").write_text("processor: 0\nmodel name : B\nModel: Board\n")
    assert Measurements(path).seconds("x") is None
    (proc / "cpuinfo").unlink()
    Measurements(path).record("x", 0.5)
    assert Measurements(path).seconds("x") == 0.5


@pytest.mark.parametrize("megabytes", [3_800, 4_096, 4_400])
def test_memory_is_rounded(megabytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of the memory is kept for the hardware, and not always the same."""
    _has_memory(monkeypatch, megabytes)
    assert choice.memory_gb() == 4


def test_measurement_is_of_so_many_threads(tmp_path: Path) -> None:
    """Measurements depend on the number of threads."""
    path = tmp_path / "measured.json"
    Measurements(path).record("x", 2.0)
    assert Measurements(path, threads=1).seconds("x") == 2.0
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
