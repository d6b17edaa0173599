"""Test the thread that processes all streams."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.clips import ClipSettings, ClipStore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.errors import (
    EngineClosedError,
    EngineFullError,
    UnknownWordError,
)
from hearken_speech.wake.events import (
    Detected,
    Finished,
    NearlyHeard,
    Scores,
    WakeEvent,
    WordFailed,
)
from hearken_speech.wake.records import WakeRecords
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.wake import models
from tests.speech.wake.conftest import Listen
from tests.speech.wake.sounds import noise, spoken

WAIT_SECONDS = 20
ALEXA = StreamSettings(words={"alexa": None})


class Owner:
    """The owner of a stream, who collects its events."""

    def __init__(
        self, engine: WakeEngine, settings: StreamSettings = ALEXA, name: str = "room"
    ) -> None:
        """Open a stream."""
        self.events: list[WakeEvent] = []
        self.news = threading.Condition()
        self.stream = engine.open(name, settings, self._take)

    def _take(self, event: WakeEvent) -> None:
        """Collect an event."""
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def finish(self) -> list[WakeEvent]:
        """End the audio and return all events."""
        before = len(self.of(Finished))
        self.stream.flush()
        with self.news:
            assert self.news.wait_for(
                lambda: len(self.of(Finished)) > before, WAIT_SECONDS
            )
        return self.events

    def of(self, kind: type[WakeEvent]) -> list[WakeEvent]:
        """Return the events of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    def words(self) -> list[str]:
        """Return the detected words."""
        return [e.word for e in self.events if isinstance(e, Detected)]


def said(text: str = "alexa") -> Samples:
    """Return a spoken text with silence around it."""
    return np.concatenate([noise(1.2), spoken(text), noise(0.8)])


def settle(engine: WakeEngine) -> None:
    """Wait until all queued audio is processed."""
    until(lambda: engine.stats().lag_seconds < 0.08)
    # Audio taken from the queue is processed when a value stays the same for a while.
    known: list[float] = []
    until(lambda: _unchanged(known, engine.stats().busy_seconds))


def _unchanged(known: list[float], value: float) -> bool:
    """Return whether a value was the same ten times in a row."""
    known.append(value)
    return len(known) >= 10 and len(set(known[-10:])) == 1


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    ended = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < ended
        time.sleep(0.01)


@pytest.mark.parametrize("chunk", [1, 100, 1279, 1280, 4000])
def test_chunks_of_any_size_are_heard_alike(listen: Listen, chunk: int) -> None:
    """Chunk sizes do not matter; empty chunks are ignored."""
    sound = said()[-24_000:] if chunk == 1 else said()
    heard = [e for e in listen(sound, ALEXA, chunk=chunk) if isinstance(e, Detected)]
    whole = [e for e in listen(sound, ALEXA) if isinstance(e, Detected)]
    assert len(heard) == 1
    assert heard == whole


def test_detection_tells_why(listen: Listen) -> None:
    """Score, peak, level and position of a detection are plausible."""
    word = spoken("alexa")
    begin = round(1.2 * 16_000)
    sound = np.concatenate([noise(1.2, 2), word, noise(0.8, 2)])
    events = listen(sound, ALEXA)
    (heard,) = [event for event in events if isinstance(event, Detected)]
    assert heard.word == "alexa"
    assert 0.5 <= heard.score <= heard.peak <= 1
    assert (heard.threshold, heard.frames_over) == (0.5, 2)
    assert heard.begin_samples == pytest.approx(begin, abs=1600)
    assert heard.end_samples == pytest.approx(begin + len(word), abs=1600)
    assert heard.end_samples <= heard.position_samples + 1600
    quieter = listen((sound * 0.1).astype(np.int16), ALEXA)
    (soft,) = [event for event in quieter if isinstance(event, Detected)]
    assert soft.level_dbfs == pytest.approx(heard.level_dbfs - 20, abs=1.5)


def test_several_words_are_told_apart(listen: Listen) -> None:
    """Each word is reported by itself."""
    sound = np.concatenate([said("alexa"), said("hey jarvis")])
    events = listen(sound, StreamSettings())
    words = [event.word for event in events if isinstance(event, Detected)]
    assert words == ["alexa", "hey_jarvis"]
    assert isinstance(events[-1], Finished)
    assert events[-1].detected
    only = StreamSettings(words={"hey jarvis": None})
    again = [e.word for e in listen(sound, only) if isinstance(e, Detected)]
    assert again == ["hey_jarvis"]


def test_each_word_of_a_stream_has_its_own_settings(listen: Listen) -> None:
    """A failing word does not stop the other."""
    never = WordSettings(threshold=1.0, patience=25)
    sound = np.concatenate([said("alexa"), said("hey jarvis")])
    words = StreamSettings(words={"alexa": never, "hey_jarvis": None})
    heard = [e.word for e in listen(sound, words) if isinstance(e, Detected)]
    assert heard == ["hey_jarvis"]
    all_words = StreamSettings(own={"alexa": never})
    heard = [e.word for e in listen(sound, all_words) if isinstance(e, Detected)]
    assert heard == ["hey_jarvis"]


def test_unknown_word_is_refused(engine: WakeEngine) -> None:
    """Unknown words are refused for new and changed streams."""
    with pytest.raises(UnknownWordError):
        Owner(engine, StreamSettings(words={"nope": None}))
    owner = Owner(engine)
    with pytest.raises(UnknownWordError):
        owner.stream.update(StreamSettings(words={"nope": None}))
    assert engine.stats().streams == 1


def test_changed_settings_hold_from_the_next_step(engine: WakeEngine) -> None:
    """A stream detects a word before and after it was removed, not in between."""
    owner = Owner(engine)
    owner.stream.add_audio(said())
    settle(engine)
    assert owner.words() == ["alexa"]
    owner.stream.update(StreamSettings(words={"hey_jarvis": None}))
    owner.stream.add_audio(said())
    settle(engine)
    assert owner.words() == ["alexa"]
    owner.stream.update(ALEXA)
    owner.stream.add_audio(said())
    owner.finish()
    assert owner.words() == ["alexa", "alexa"]


def test_streams_do_not_touch_each_other(engine: WakeEngine) -> None:
    """Streams side by side give the same detections as alone."""
    sounds = [
        np.concatenate([said(), said("hey jarvis")]),
        noise(5.0, 12_000),
        np.zeros(80_000, np.int16),
        np.full(80_000, -32768, np.int16),
        np.concatenate([said("hey jarvis"), said()]),
    ]
    alone = []
    for sound in sounds:
        owner = Owner(engine, StreamSettings())
        owner.stream.add_audio(sound[:40_000])
        settle(engine)
        owner.stream.add_audio(sound[40_000:])
        alone.append(owner.finish())
        owner.stream.close()
    owners = [Owner(engine, StreamSettings()) for _ in sounds]
    for first in range(0, max(map(len, sounds)), 1000):
        for count, (owner, sound) in enumerate(zip(owners, sounds, strict=True)):
            # Each stream has another offset within its step.
            begin = max(0, first - 300 * count)
            end = max(0, first + 1000 - 300 * count)
            owner.stream.add_audio(sound[begin:end])
        if first % 16_000 == 0:
            settle(engine)
    for owner, sound in zip(owners, sounds, strict=True):
        fed = (max(map(len, sounds)) + 999) // 1000 * 1000
        owner.stream.add_audio(sound[fed - 300 * owners.index(owner) :])
    for owner, expected in zip(owners, alone, strict=True):
        heard = [(type(e), getattr(e, "word", "")) for e in owner.finish()]
        assert heard == [(type(e), getattr(e, "word", "")) for e in expected]
    assert owners[0].words() == ["alexa", "hey_jarvis"]


def test_stream_that_stalls_delays_nobody(engine: WakeEngine) -> None:
    """A stalled stream does not delay the others."""
    stalled = Owner(engine)
    stalled.stream.add_audio(said()[:20_000])
    owner = Owner(engine)
    owner.stream.add_audio(said())
    owner.finish()
    assert owner.words() == ["alexa"]
    assert stalled.events == []
    stalled.stream.add_audio(said()[20_000:])
    stalled.finish()
    assert stalled.words() == ["alexa"]


def test_stream_begins_anew_after_its_end(engine: WakeEngine) -> None:
    """Positions and state are reset for the next audio."""
    owner = Owner(engine)
    for _ in range(2):
        owner.stream.add_audio(said())
        owner.finish()
    first, second = (e for e in owner.events if isinstance(e, Detected))
    assert first == second
    ends = owner.of(Finished)
    assert [end.position_samples for end in ends] == [ends[0].position_samples] * 2


def test_live_audio_that_cannot_be_followed_is_dropped(engine: WakeEngine) -> None:
    """A burst keeps the newest audio, and the position of a word is correct."""
    owner = Owner(engine)
    sound = np.concatenate([noise(10), said()])
    owner.stream.add_audio(sound)
    owner.finish()
    assert owner.words() == ["alexa"]
    dropped = engine.stats().dropped_samples
    assert dropped == owner.stream.dropped_samples == len(sound) - 48_000
    (heard,) = owner.of(Detected)
    assert isinstance(heard, Detected)
    end = len(sound) - round(0.8 * 16_000)
    assert heard.end_samples == pytest.approx(end, abs=1600)
    owner.stream.close()
    assert engine.stats().dropped_samples == dropped, "counted for good"


def test_fast_sender_is_asked_to_wait_and_loses_nothing(
    engine: WakeEngine, listen: Listen
) -> None:
    """A file sent faster than real time is processed completely."""
    sound = np.concatenate([said(), noise(10), said()])
    heard = [e for e in listen(sound, ALEXA, chunk=8000) if isinstance(e, Detected)]
    assert len(heard) == 2
    assert engine.stats().dropped_samples == 0


def test_waiting_sender_is_let_go_when_the_stream_closes(engine: WakeEngine) -> None:
    """Waiting for room ends when a stream is closed."""
    owner = Owner(engine)
    for _ in range(40):
        owner.stream.add_audio(noise(1.0))
    room = threading.Event()
    owner.stream.when_room(room.set)
    owner.stream.close()
    assert room.wait(WAIT_SECONDS)


def test_two_hundred_streams_at_once(catalogue: WakeCatalogue) -> None:
    """All are processed, and one more than the limit is refused."""
    engine = WakeEngine(catalogue, max_streams=200)
    owners = [Owner(engine) for _ in range(200)]
    with pytest.raises(EngineFullError, match="200 streams"):
        Owner(engine)
    sound = said()
    for owner in owners:
        owner.stream.add_audio(sound)
    for owner in owners:
        owner.finish()
        assert owner.words() == ["alexa"]
        owner.stream.close()
    assert engine.stats().streams == 0
    Owner(engine).stream.close()
    engine.close()


def test_closed_stream_and_engine_are_silent(catalogue: WakeCatalogue) -> None:
    """No event comes after closing, and nothing fails."""
    engine = WakeEngine(catalogue)
    owner = Owner(engine)
    owner.stream.close()
    owner.stream.add_audio(said())
    owner.stream.flush()
    owner.stream.close()
    other = Owner(engine)
    other.stream.add_audio(noise(1))
    engine.close()
    engine.close()
    other.stream.add_audio(noise(1))
    assert owner.events == []
    with pytest.raises(EngineClosedError):
        Owner(engine)


def test_idle_engine_uses_no_processor(engine: WakeEngine) -> None:
    """Without audio the thread sleeps, with or without streams."""
    owner = Owner(engine)
    owner.stream.add_audio(said())
    owner.finish()
    settle(engine)
    before = engine.stats()
    thread = next(t for t in threading.enumerate() if t.name == "wake")
    assert thread.native_id is not None
    status = Path(f"/proc/self/task/{thread.native_id}/status")
    switches = _voluntary_switches(status)
    time.sleep(0.5)
    assert _voluntary_switches(status) <= switches + 1
    assert engine.stats().busy_seconds == before.busy_seconds


def _voluntary_switches(status: Path) -> int:
    """Return how often a thread went to sleep."""
    line = next(
        line
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )
    return int(line.split()[1])


def test_owner_who_fails_harms_nobody(engine: WakeEngine) -> None:
    """An error in one owner's callback is logged; the others go on."""

    def fail(_event: WakeEvent) -> None:
        """Fail to handle events."""
        raise RuntimeError

    bad = engine.open("bad", ALEXA, fail)
    bad.add_audio(said())
    bad.flush()
    owner = Owner(engine)
    owner.stream.add_audio(said())
    owner.finish()
    assert owner.words() == ["alexa"]


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
