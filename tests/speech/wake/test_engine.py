"""Test the thread that processes all streams."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.errors import (
    EngineClosedError,
    EngineFullError,
    UnknownWordError,
)
from hearken_speech.wake.events import (
    Detected,
    Finished,
    WakeEvent,
)
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.wake.conftest import Listen
from tests.speech.wake.owner import ALEXA, WAIT_SECONDS, Owner, said, settle
from tests.speech.wake.sounds import noise, spoken


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
    assert heard.threshold == 0.5
    assert heard.frames_over in {1, 2}, "one is enough if the score is nearly certain"
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
