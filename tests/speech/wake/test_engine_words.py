"""Test changing words, watched scores and recordings of the engine."""

from pathlib import Path

import pytest

from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.clips import ClipSettings, ClipStore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import (
    NearlyHeard,
    Scores,
    WordFailed,
)
from hearken_speech.wake.records import WakeRecords
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.wake import models
from tests.speech.wake.owner import Owner, said, settle, until
from tests.speech.wake.sounds import noise


def test_scores_can_be_watched(engine: WakeEngine) -> None:
    """A watcher receives every step, and nothing after it stopped."""
    other = Owner(engine, name="other")
    other.stream.add_audio(noise(0.5))
    owner = Owner(engine, StreamSettings(words={"alexa": None, "hey_jarvis": None}))
    shown: list[Scores] = []
    stop = engine.watch("room", shown.append)
    owner.stream.add_audio(said())
    until(lambda: len(shown) >= len(said()) // 1280)
    settle(engine)
    stop()
    seen = len(shown)
    owner.stream.add_audio(said())
    owner.finish()
    assert seen == len(said()) // 1280
    assert len(shown) == seen
    assert set(shown[0].scores) == {"alexa", "hey_jarvis"}
    assert max(score.scores["alexa"] for score in shown) > 0.9
    assert min(score.level_dbfs for score in shown) < -50
    assert max(score.level_dbfs for score in shown) > -30


def test_word_that_gives_no_numbers_is_switched_off(
    engine: WakeEngine, catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """The owners are notified, and other words still work."""
    models.not_a_number(word_folder / "nan.onnx")
    catalogue.refresh()
    owner = Owner(engine, StreamSettings(words={"nan": None, "alexa": None}))
    owner.stream.add_audio(said())
    owner.finish()
    (failed,) = owner.of(WordFailed)
    assert isinstance(failed, WordFailed)
    assert failed.word == "nan"
    assert "not numbers" in failed.reason
    assert owner.words() == ["alexa"]
    word = catalogue.get("nan")
    assert word is not None
    assert word.problem == failed.reason


def test_word_whose_file_goes_is_told(
    engine: WakeEngine, catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A word can be removed and added while a stream is open."""
    path = models.always(word_folder / "mine.onnx")
    catalogue.refresh()
    settings = StreamSettings(
        words={"mine": WordSettings(refractory_seconds=0.5), "alexa": None}
    )
    owner = Owner(engine, settings)
    owner.stream.add_audio(said())
    settle(engine)
    assert "mine" in owner.words()
    path.unlink()
    catalogue.refresh()
    owner.stream.add_audio(said())
    owner.finish()
    (failed,) = owner.of(WordFailed)
    assert isinstance(failed, WordFailed)
    assert failed.word == "mine"
    assert owner.words().count("alexa") == 2


def test_all_words_are_those_that_come_later_too(
    engine: WakeEngine, catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A stream that listens for all words detects new ones."""
    owner = Owner(engine, StreamSettings())
    owner.stream.add_audio(said())
    settle(engine)
    assert set(owner.words()) == {"alexa"}
    path = models.always(word_folder / "mine.onnx")
    catalogue.refresh()
    owner.stream.add_audio(said())
    settle(engine)
    assert "mine" in owner.words()
    path.unlink()
    catalogue.refresh()
    before = owner.words().count("mine")
    owner.stream.add_audio(said())
    owner.finish()
    assert owner.words().count("alexa") == 3
    assert owner.words().count("mine") == before


def test_word_may_look_back_further_than_others(
    engine: WakeEngine, catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A model with a longer history can be added to a running stream."""
    owner = Owner(engine)
    owner.stream.add_audio(said())
    settle(engine)
    word_folder.mkdir()
    models.long(word_folder / "long.onnx", steps=40)
    catalogue.refresh()
    owner.stream.update(StreamSettings(words={"alexa": None, "long": None}))
    owner.stream.add_audio(said())
    owner.finish()
    assert set(owner.words()) == {"alexa", "long"}
    assert owner.words().count("alexa") == 2


def test_near_misses_and_detections_are_kept_with_their_sound(
    catalogue: WakeCatalogue, tmp_path: Path
) -> None:
    """Records and clips are available if they are turned on."""
    clips = ClipStore(tmp_path / "clips", ClipSettings(enabled=True))
    records = WakeRecords(clips)
    engine = WakeEngine(catalogue, records)
    strict = WordSettings(threshold=1.0, patience=25)
    near = Owner(engine, StreamSettings(words={"alexa": strict}), name="kitchen")
    near.stream.add_audio(said())
    near.finish()
    owner = Owner(engine, name="bath")
    owner.stream.add_audio(said())
    owner.finish()
    engine.close()
    clips.close()
    newest, older = records.newest()
    assert (newest.stream, newest.detected) == ("bath", True)
    assert (older.stream, older.detected) == ("kitchen", False)
    assert older.peak > 0.5
    assert near.of(NearlyHeard)
    kept = {clip.name: clip for clip in clips.clips()}
    assert set(kept) == {newest.clip_name, older.clip_name}
    seconds = (kept[newest.clip_name].size_bytes - 44) / 32_000
    assert seconds == pytest.approx(2.0, abs=0.01)


def test_recordings_are_off_unless_turned_on(
    catalogue: WakeCatalogue, tmp_path: Path
) -> None:
    """Without clips there are records, but no audio on disk."""
    clips = ClipStore(tmp_path / "clips")
    engine = WakeEngine(catalogue, WakeRecords(clips))
    owner = Owner(engine)
    owner.stream.add_audio(said())
    owner.finish()
    engine.close()
    assert len(engine.records.newest()) == 1
    assert not (tmp_path / "clips").exists()
