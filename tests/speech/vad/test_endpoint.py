"""Test endpointing with sequences of speech probabilities."""

import random

import pytest

from hearken_speech.protocol import EndReason, UtteranceState
from hearken_speech.vad.endpoint import (
    LISTEN_FOR_EVER,
    Ended,
    Endpointer,
    EndpointEvent,
    EndpointSettings,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
    settings_for,
)
from hearken_speech.vad.silero import FRAME_SAMPLES

FRAME_SECONDS = 0.032
SPEECH, SILENCE = 0.95, 0.02


def _feed(endpointer: Endpointer, probability: float, seconds: float) -> list[object]:
    """Feed the same probability for some time."""
    events: list[EndpointEvent] = []
    for _ in range(round(seconds / FRAME_SECONDS)):
        events += endpointer.process(probability)
    return [*events]


def _end(endpointer: Endpointer) -> Ended:
    """Return the end, which must have been reached."""
    assert endpointer.ended is not None
    return endpointer.ended


def _waited_seconds(ended: Ended) -> float:
    """Return the silence between the end of speech and the decision."""
    assert ended.end_sample is not None
    return (ended.at_sample - ended.end_sample) / 16_000


def test_nobody_speaks() -> None:
    """After 5 s of silence, the utterance ends without speech."""
    endpointer = Endpointer()
    _feed(endpointer, SILENCE, 6)
    ended = _end(endpointer)
    assert ended.reason is EndReason.NOTHING_HEARD
    assert ended.start_sample is None
    assert 5.0 <= ended.at_sample / 16_000 < 5.1


@pytest.mark.parametrize(
    ("state", "seconds", "reason"),
    [
        (UtteranceState.UNKNOWN, 0.7, EndReason.SILENCE),
        (UtteranceState.COMPLETE, 0.35, EndReason.COMPLETE),
        (UtteranceState.DANGLING, 1.2, EndReason.SILENCE),
    ],
)
def test_silence_that_ends_depends_on_what_is_known(
    state: UtteranceState, seconds: float, reason: EndReason
) -> None:
    """The silence before the end depends on the hint."""
    endpointer = Endpointer()
    _feed(endpointer, SILENCE, 1)
    _feed(endpointer, SPEECH, 1)
    events = _feed(endpointer, SILENCE, 0.26)
    assert any(isinstance(event, PauseBegan) for event in events)
    endpointer.hint(state)
    _feed(endpointer, SILENCE, 3)
    ended = _end(endpointer)
    assert ended.reason is reason
    assert seconds <= _waited_seconds(ended) < seconds + 0.04


def test_start_and_end_of_speech_are_where_they_were() -> None:
    """Positions are those of the speech, not of the decisions."""
    endpointer = Endpointer()
    _feed(endpointer, SILENCE, 0.96)
    started = _feed(endpointer, SPEECH, 1.6)
    _feed(endpointer, SILENCE, 1)
    ended = _end(endpointer)
    assert started == [SpeechStarted(15_360)]
    assert ended.start_sample == 15_360
    assert ended.end_sample == 15_360 + 25_600


def test_a_pause_does_not_end_what_goes_on() -> None:
    """Speech after a pause restarts the wait."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    paused = _feed(endpointer, SILENCE, 0.5)
    resumed = _feed(endpointer, SPEECH, 0.5)
    assert isinstance(paused[0], PauseBegan)
    assert isinstance(resumed[0], SpeechResumed)
    assert endpointer.ended is None
    _feed(endpointer, SILENCE, 0.6)
    assert endpointer.ended is None
    _feed(endpointer, SILENCE, 0.2)
    assert _end(endpointer).reason is EndReason.SILENCE


def test_hint_is_forgotten_when_speech_goes_on() -> None:
    """A hint does not apply after speech has resumed."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    _feed(endpointer, SILENCE, 0.27)
    endpointer.hint(UtteranceState.COMPLETE)
    _feed(endpointer, SPEECH, 0.3)
    _feed(endpointer, SILENCE, 0.6)
    assert endpointer.ended is None


def test_late_hint_ends_at_once() -> None:
    """A hint for a silence that is already long enough ends the utterance."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    _feed(endpointer, SILENCE, 0.5)
    events = endpointer.hint(UtteranceState.COMPLETE)
    assert [event.reason for event in events if isinstance(event, Ended)] == [
        EndReason.COMPLETE
    ]


def test_hint_while_speaking_is_ignored() -> None:
    """A hint about a pause that is over changes nothing."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    assert endpointer.hint(UtteranceState.COMPLETE) == []
    _feed(endpointer, SILENCE, 0.5)
    assert endpointer.ended is None


def test_a_click_in_the_pause_does_not_count() -> None:
    """A single noisy frame neither resumes speech nor prolongs the wait."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    _feed(endpointer, SILENCE, 0.4)
    assert endpointer.process(SPEECH) == []
    _feed(endpointer, SILENCE, 0.3)
    assert _end(endpointer).reason is EndReason.SILENCE


def test_a_click_alone_is_no_speech() -> None:
    """Short noises do not start an utterance."""
    endpointer = Endpointer()
    for _ in range(10):
        assert _feed(endpointer, SPEECH, 0.04) == []
        _feed(endpointer, SILENCE, 0.4)
    assert endpointer.start_sample is None


@pytest.mark.parametrize(
    "word",
    [
        [0.9, 0.6],
        [0.1, 0.4, 0.3, 0.25],
        [0.3, 0.45, 0.02, 0.3],
    ],
)
def test_a_short_word_is_speech(word: list[float]) -> None:
    """A word of one syllable may be clear in two frames, or in none."""
    endpointer = Endpointer(settings_for("aggressive"))
    _feed(endpointer, SILENCE, 1)
    start = endpointer.samples
    for probability in word:
        endpointer.process(probability)
    _feed(endpointer, SILENCE, 1)
    ended = _end(endpointer)
    assert ended.reason is EndReason.SILENCE
    assert ended.start_sample is not None
    assert start <= ended.start_sample < start + len(word) * 512
    # Speech without duration would not be decoded.
    assert endpointer.speech_seconds > 0


def test_a_murmur_is_no_speech() -> None:
    """Frames that are a little like speech do not start an utterance, for ever."""
    endpointer = Endpointer()
    _feed(endpointer, 0.15, 6)
    assert _end(endpointer).reason is EndReason.NOTHING_HEARD


def test_a_pause_begins_soon() -> None:
    """Decoding begins long before the end can be decided."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    assert _feed(endpointer, SILENCE, 0.1) == []
    (pause,) = _feed(endpointer, SILENCE, 0.2)
    assert isinstance(pause, PauseBegan)


def test_a_weak_frame_goes_on_where_speech_just_stopped() -> None:
    """The end of a word may be weak after a gap; after a real pause it is noise."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    _feed(endpointer, SILENCE, 0.2)
    (event,) = endpointer.process(0.4)
    assert event == SpeechResumed(endpointer.samples - FRAME_SAMPLES)
    _feed(endpointer, SILENCE, 0.27)
    assert endpointer.process(0.4) == []


def test_endless_speech_is_ended() -> None:
    """Continuous speech ends at the maximum length."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 20)
    ended = _end(endpointer)
    assert ended.reason is EndReason.TOO_LONG
    assert ended.at_sample / 16_000 < 15.1


def test_client_ends_it() -> None:
    """An end by the client counts once and immediately."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 1)
    assert [type(event) for event in endpointer.finish()] == [Ended]
    assert endpointer.finish() == []
    assert _feed(endpointer, SILENCE, 3) == []
    assert _end(endpointer).reason is EndReason.CLIENT


def test_sensitivity_shifts_all_waits() -> None:
    """Sensitivity scales all waits, but not below a quarter second."""
    default = EndpointSettings()
    relaxed, aggressive = settings_for("relaxed"), settings_for("aggressive")
    for name in (
        "no_speech_seconds",
        "silence_seconds",
        "complete_silence_seconds",
        "dangling_silence_seconds",
    ):
        values = [getattr(one, name) for one in (aggressive, default, relaxed)]
        assert values == sorted(set(values))
    assert aggressive.complete_silence_seconds >= 0.25
    # Even the aggressive setting keeps the maximum length.
    assert aggressive.longest_seconds == default.longest_seconds
    assert relaxed.longest_seconds > default.longest_seconds
    assert settings_for("whatever") == default
    assert settings_for(None) == default


def test_speech_is_counted_without_the_pauses() -> None:
    """The duration of speech counts only frames with speech."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 0.96)
    _feed(endpointer, SILENCE, 0.48)
    _feed(endpointer, SPEECH, 0.96)
    assert endpointer.speech_seconds == pytest.approx(1.92, abs=0.1)


@pytest.mark.parametrize("pause_seconds", [0.032, 0.128, 0.16, 0.48])
def test_speech_after_a_pause_is_all_counted(pause_seconds: float) -> None:
    """The frames that end a pause are speech, however long it was."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 0.96)
    _feed(endpointer, SILENCE, pause_seconds)
    _feed(endpointer, SPEECH, 0.96)
    assert endpointer.speech_seconds == pytest.approx(1.92)
    assert endpointer.end_sample == endpointer.samples


def test_click_in_a_pause_is_no_speech() -> None:
    """A single loud frame long after the speech neither counts nor ends the pause."""
    endpointer = Endpointer()
    _feed(endpointer, SPEECH, 0.96)
    end = endpointer.end_sample
    _feed(endpointer, SILENCE, 0.48)
    endpointer.process(SPEECH)
    endpointer.process(SILENCE)
    assert endpointer.paused
    assert endpointer.speech_seconds == pytest.approx(0.96)
    assert endpointer.end_sample == end


def _evening(seed: int) -> list[float]:
    """Return speech with random short pauses, followed by silence."""
    choose = random.Random(seed)  # noqa: S311 - test data
    frames: list[float] = []
    while len(frames) < 600:
        frames += [SPEECH] * choose.randint(2, 40)
        frames += [SILENCE] * choose.randint(1, 20)
    return [*frames, *[SILENCE] * 22]


@pytest.mark.parametrize("seed", range(20))
def test_looking_seldom_finds_the_same_and_no_later(seed: int) -> None:
    """Checking only when due gives the same decisions."""
    settings = EndpointSettings(longest_seconds=1_000.0)
    always, seldom = Endpointer(settings), Endpointer(settings)
    frames = _evening(seed)
    decisions = {
        always.samples
        for probability in frames
        for event in always.process(probability)
        if isinstance(event, PauseBegan | Ended)
    }
    looks, found, waiting = 0, set(), []
    for number, probability in enumerate(frames, start=1):
        waiting.append(probability)
        if number * 512 < seldom.next_check_sample:
            continue
        looks += 1
        for value in waiting:
            for event in seldom.process(value):
                if isinstance(event, PauseBegan | Ended):
                    # Found immediately: no later audio has been received.
                    assert seldom.samples == number * 512
                    found.add(seldom.samples)
        waiting.clear()
    assert found == decisions
    assert seldom.ended == always.ended is not None
    assert looks < len(frames) / 2


def test_how_sure_it_is_that_a_voice_sounds() -> None:
    """The mean includes only frames with speech."""
    endpointer = Endpointer()
    _feed(endpointer, SILENCE, 1)
    assert endpointer.voice_probability is None
    for probability in (0.6, 0.8, SILENCE):
        endpointer.process(probability)
    assert endpointer.voice_probability == pytest.approx(0.7)


def test_a_pause_may_be_a_number_of_frames() -> None:
    """It begins with the frame that completes it, and is checked in whole frames."""
    settings = EndpointSettings(pause_seconds=4 * FRAME_SECONDS)
    assert settings.pause_samples == 4 * 512
    assert EndpointSettings(pause_seconds=0.1).pause_samples == 4 * 512
    endpointer = Endpointer(settings)
    _feed(endpointer, SPEECH, 1)
    assert _feed(endpointer, SILENCE, 3 * FRAME_SECONDS) == []
    assert _feed(endpointer, SILENCE, FRAME_SECONDS) == [
        PauseBegan(endpointer.end_sample or 0)
    ]


def test_recording_without_an_end() -> None:
    """What the client ends has no limits, and is looked at in pauses."""
    endpointer = Endpointer(LISTEN_FOR_EVER)
    assert endpointer.next_check_sample == 512 + LISTEN_FOR_EVER.pause_samples


def test_shortest_speech_is_one_frame() -> None:
    """A word that is clear in no frame still has a duration."""
    endpointer = Endpointer()
    while endpointer.start_sample is None:
        endpointer.process(0.3)
    assert endpointer.speech_seconds == pytest.approx(FRAME_SECONDS)
