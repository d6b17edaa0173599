"""Test one utterance while it is being spoken."""

import numpy as np

from hearken_speech.protocol import EndReason, UtteranceState
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.stt.utterance import PartialDue, Utterance, UtteranceEvent
from hearken_speech.vad.endpoint import (
    LISTEN_FOR_EVER,
    Ended,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
)
from hearken_speech.vad.silero import SileroModel
from house.sound import trim
from tests.simulators.voices import Samples, join, noise, say, silence


def _play(
    utterance: Utterance, samples: Samples, step: int = 1_024
) -> list[UtteranceEvent]:
    """Feed a sound piece by piece."""
    events: list[UtteranceEvent] = []
    for start in range(0, samples.size, step):
        events += utterance.add_audio(samples[start : start + step])
    return events


def _kinds(events: list[UtteranceEvent]) -> list[type]:
    """Return the types of events."""
    return [type(event) for event in events]


def test_command_is_started_paused_and_ended(vad: SileroModel) -> None:
    """A simple command gives all events with their positions."""
    utterance = Utterance(vad)
    command = say("turn on the kitchen light")
    events = _play(utterance, join(silence(1.0), command, silence(2.0)))
    assert _kinds(events) == [SpeechStarted, PauseBegan, Ended]
    ended = utterance.ended
    assert ended is not None
    assert ended.reason is EndReason.SILENCE
    assert ended.start_sample is not None
    assert ended.end_sample is not None
    assert 16_000 <= ended.start_sample < 16_000 + 5_000
    assert abs(ended.end_sample - 16_000 - command.size) < 5_000


def test_text_at_the_pause_is_the_text_of_the_whole(
    vad: SileroModel, engine: WhisperEngine, pronouncer: Pronouncer
) -> None:
    """Text decoded in the pause equals the text of the whole recording."""
    transcriber, utterance = Transcriber(pronouncer), Utterance(vad)
    text = None
    command = join(silence(0.5), say("close the garage door"), silence(2.0))
    for start in range(0, command.size, 512):
        events = utterance.add_audio(command[start : start + 512])
        if any(isinstance(event, PauseBegan) for event in events):
            recording = utterance.recording()
            request = Request(language="en")
            text = transcriber.transcribe(engine, recording, request).text
    whole = transcriber.transcribe(
        engine, utterance.recording(), Request(language="en")
    ).text
    assert text == whole == "close the garage door"


def test_known_completeness_ends_it_sooner(vad: SileroModel) -> None:
    """A hint in the pause shortens or lengthens the wait."""
    waited = {}
    sound = join(silence(0.3), say("close the garage door"), silence(3.0))
    for state in UtteranceState:
        utterance = Utterance(vad)
        for start in range(0, sound.size, 512):
            events = utterance.add_audio(sound[start : start + 512])
            if any(isinstance(event, PauseBegan) for event in events):
                utterance.hint(state)
        ended = utterance.ended
        assert ended is not None
        assert ended.end_sample is not None
        waited[state] = (ended.at_sample - ended.end_sample) / 16_000
    assert waited[UtteranceState.COMPLETE] < 0.4
    assert 0.65 < waited[UtteranceState.UNKNOWN] < 0.8
    assert 1.15 < waited[UtteranceState.DANGLING] < 1.3


def test_speech_that_goes_on_is_told(vad: SileroModel) -> None:
    """Speech after a pause sends a resumed event."""
    utterance = Utterance(vad)
    sound = join(
        say("turn on the light"), silence(0.1), say("in the kitchen"), silence(1.0)
    )
    kinds = _kinds(_play(utterance, sound))
    assert kinds == [SpeechStarted, PauseBegan, SpeechResumed, PauseBegan, Ended]


def test_partial_texts_are_due_at_a_steady_pace(vad: SileroModel) -> None:
    """Partial texts are due every two seconds of speech, if requested."""
    text = "turn on the kitchen light and close the garage door and pause the music"
    sound = join(say(f"{text} and {text}"), silence(1.0))
    asked, quiet = Utterance(vad, partials=True), Utterance(vad)
    due = [e for e in _play(asked, sound) if isinstance(e, PartialDue)]
    assert len(due) >= 2
    assert not [e for e in _play(quiet, sound) if isinstance(e, PartialDue)]
    gaps = np.diff([event.sample for event in due]) / 16_000
    assert all(1.9 <= gap <= 3.5 for gap in gaps)


def test_few_pauses_of_a_long_recording_are_reported(vad: SileroModel) -> None:
    """Each pause is decoded, so a recording of minutes must not report them all."""
    sentence = join(say("close the garage door"), silence(1.0))
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    sentences = 20
    events = _play(utterance, join(*[sentence] * sentences))
    pauses = [event.sample for event in events if isinstance(event, PauseBegan)]
    within = [sample for sample in pauses if sample < 15 * 16_000]
    later = [sample for sample in pauses if sample >= 15 * 16_000]
    assert len(within) >= 5
    assert 1 <= len(later) <= 3
    assert all(gap >= 14 * 16_000 for gap in np.diff(later))
    assert len(utterance.recording().cuts) == len(later)


def test_client_that_ends_it_itself_is_not_interrupted(vad: SileroModel) -> None:
    """Pauses are reported, but only the client ends the utterance."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    events = _play(utterance, join(say("turn on the light"), silence(20.0)))
    assert utterance.ended is None
    assert PauseBegan in _kinds(events)
    assert _kinds(utterance.finish()) == [Ended]


def test_noise_is_nothing_heard(vad: SileroModel) -> None:
    """After 5 s without speech, the utterance ends."""
    utterance = Utterance(vad)
    _play(utterance, noise(7.0, 300))
    ended = utterance.ended
    assert ended is not None
    assert ended.reason is EndReason.NOTHING_HEARD
    assert utterance.recording().start_sample is None


def test_sound_after_the_end_is_ignored(vad: SileroModel) -> None:
    """Late audio is not added to the recording."""
    utterance = Utterance(vad)
    _play(utterance, join(say("turn on the light"), silence(1.0)))
    samples = utterance.recording().samples.size
    assert _play(utterance, say("turn off the light")) == []
    assert utterance.recording().samples.size == samples


_FOUND_EARLY = 640
"""The end that is found of a wake word is up to 40 ms before its real end."""


def _after_wake_word(vad: SileroModel, *rest: Samples) -> tuple[Utterance, int]:
    """Hear a wake word and what follows; return the utterance and the word's end."""
    word = trim(say("hey jarvis", "flite:awb"))
    utterance = Utterance(vad, lead_samples=word.size - _FOUND_EARLY)
    _play(utterance, join(word, *rest))
    return utterance, word.size


def test_rest_of_a_wake_word_is_no_command(vad: SileroModel) -> None:
    """Who pauses after the wake word is waited for."""
    alone, _ = _after_wake_word(vad, silence(3.0))
    assert alone.ended is None
    assert alone.recording().start_sample is None

    command, end = _after_wake_word(
        vad, silence(1.0), say("close the garage door"), silence(1.5)
    )
    start = command.recording().start_sample
    assert start is not None
    assert start > end + 8_000


def test_command_without_a_pause_begins_with_the_wake_word(vad: SileroModel) -> None:
    """No word of it is lost, however the end of the wake word was found."""
    command, _ = _after_wake_word(vad, say("close the garage door"), silence(1.5))
    assert command.ended is not None
    assert command.recording().start_sample == 0
