"""Test replacing the engine in use without failing requests."""

import threading
from pathlib import Path

import pytest

from hearken_speech.errors import ModelError
from hearken_speech.models.loading import load_model
from hearken_speech.models.slot import EngineSlot
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from tests.simulators.voices import say


def _fail() -> WhisperEngine:
    """Fail to load."""
    msg = "damaged"
    raise ModelError(msg)


def test_model_is_loaded_once_and_when_needed(engine: WhisperEngine) -> None:
    """Concurrent first requests share one load."""
    loads: list[int] = []

    def load() -> WhisperEngine:
        loads.append(1)
        return engine

    slot = EngineSlot(load)
    assert not slot.loaded
    threads = [threading.Thread(target=slot.engine) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert slot.loaded
    assert len(loads) == 1


def test_running_request_keeps_its_model(
    engine: WhisperEngine, toy_folder: Path
) -> None:
    """A switch does not affect a running request."""
    slot = EngineSlot(lambda: engine)
    with slot.use() as lent:
        slot.switch(lambda: WhisperEngine(load_model(toy_folder)))
        result = decode_samples(
            lent, say("close the garage door"), DecodeOptions(language="en")
        )
    assert result.best.text == "close the garage door"
    assert slot.engine().name == "toy"


def test_failed_switch_changes_nothing(engine: WhisperEngine) -> None:
    """The engine before stays in use."""
    slot = EngineSlot(lambda: engine)
    slot.engine()
    with pytest.raises(ModelError):
        slot.switch(_fail)
    assert slot.engine() is engine


def test_failed_loading_is_tried_again(engine: WhisperEngine) -> None:
    """A failed load is tried again."""
    attempts = [True, False]

    def load() -> WhisperEngine:
        return _fail() if attempts.pop(0) else engine

    slot = EngineSlot(load)
    with pytest.raises(ModelError):
        slot.engine()
    assert slot.engine() is engine


def test_idle_model_leaves_the_memory_and_comes_back(engine: WhisperEngine) -> None:
    """A request in progress keeps the engine in memory."""
    now = [0.0]
    slot = EngineSlot(lambda: engine, unload_after_seconds=60, clock=lambda: now[0])
    slot.engine()
    now[0] = 59.0
    assert not slot.unload_if_idle()
    with slot.use():
        now[0] = 500.0
        assert not slot.unload_if_idle()
    assert not slot.unload_if_idle()
    now[0] = 561.0
    assert slot.unload_if_idle()
    assert not slot.loaded
    assert slot.engine() is engine


def test_model_stays_where_no_time_is_set(engine: WhisperEngine) -> None:
    """Without a time limit, the engine stays in memory."""
    now = [0.0]
    slot = EngineSlot(lambda: engine, clock=lambda: now[0])
    slot.engine()
    now[0] = 1e9
    assert not slot.unload_if_idle()
    assert slot.loaded


def test_model_that_fails_its_first_text_changes_nothing(
    engine: WhisperEngine, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some damage shows only during decoding."""
    slot = EngineSlot(lambda: engine)
    slot.engine()
    bad = WhisperEngine(load_model(toy_folder))

    def crash(*_: object, **__: object) -> None:
        msg = "no such token"
        raise ValueError(msg)

    monkeypatch.setattr(bad, "_run", crash)
    with pytest.raises(ModelError, match="no such token"):
        slot.switch(lambda: bad)
    assert slot.engine() is engine


def test_request_keeps_the_model_it_began_with(
    engine: WhisperEngine, toy_folder: Path
) -> None:
    """A pinned engine is used even if the model changed meanwhile."""
    slot = EngineSlot(lambda: engine)
    slot.engine()
    kept = slot.present
    slot.switch(lambda: WhisperEngine(load_model(toy_folder)))
    with slot.use(kept) as lent:
        assert lent is engine
    with slot.use() as lent:
        assert lent.name == "toy"
