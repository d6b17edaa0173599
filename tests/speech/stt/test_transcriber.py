"""Test the path from a recording to text, with guard and names."""

from typing import Any

import pytest

from hearken_speech.errors import LanguageError
from hearken_speech.protocol import EmptyReason
from hearken_speech.stt import guard
from hearken_speech.stt.engine import Decoding, WhisperEngine
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.recording import Recording
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request, Transcription
from hearken_speech.stt.utterance import Utterance
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER
from hearken_speech.vad.silero import SileroModel
from tests.simulators.voices import Samples, join, noise, say, silence


@pytest.fixture
def transcriber(pronouncer: Pronouncer) -> Transcriber:
    """Return a transcriber."""
    return Transcriber(pronouncer)


def _recording(engine: WhisperEngine, samples: Samples) -> Recording:
    """Return a complete recording."""
    return Recording.of(samples, engine.model.mel_bands)


def test_command_with_all_that_is_known(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """A command has text, confidence and alternatives."""
    recording = _recording(engine, say("turn on the kitchen light"))
    result = transcriber.transcribe(engine, recording, Request(language="en-US"))
    assert result.text == "turn on the kitchen light"
    assert result.language == "en-US"
    assert result.model == "hearken-commands-en"
    assert result.confidence is not None
    assert result.confidence > 0.7
    assert result.alternatives
    assert result.text not in [one.text for one in result.alternatives]
    assert result.decoding is not None
    assert result.empty_reason is None
    assert result.decode_seconds > 0


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (silence(0.0), EmptyReason.NO_AUDIO),
        (silence(0.1), EmptyReason.NO_AUDIO),
        (silence(3.0), EmptyReason.NO_SPEECH),
        (noise(3.0, 200), EmptyReason.NO_SPEECH),
    ],
)
def test_nothing_said_gives_no_text(
    engine: WhisperEngine,
    transcriber: Transcriber,
    samples: Samples,
    reason: EmptyReason,
) -> None:
    """Silence and noise give an empty text with a reason."""
    result = transcriber.transcribe(
        engine, _recording(engine, samples), Request(language="en")
    )
    assert result.text == ""
    assert result.empty_reason is reason


def test_recording_without_speech_is_not_even_decoded(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """Nothing is decoded without voice activity."""
    samples = say("turn on the kitchen light")
    recording = Recording(
        mel=_recording(engine, samples).mel, samples=samples, speech_seconds=0.0
    )
    result = transcriber.transcribe(engine, recording, Request(language="en"))
    assert result.empty_reason is EmptyReason.NO_SPEECH
    assert result.decode_seconds == 0.0


def test_improbable_text_is_a_phantom(
    toy: WhisperEngine, transcriber: Transcriber
) -> None:
    """Text from random weights is refused, and the objections are reported."""
    recording = _recording(toy, noise(2.0, 3_000))
    result = transcriber.transcribe(toy, recording, Request(language="en"))
    assert result.text == ""
    assert result.empty_reason is EmptyReason.PHANTOM
    assert "average-log-probability" in result.rejected
    assert result.fell_back


@pytest.mark.parametrize(("weight", "has_texts"), [(1.5, True), (2.5, False)])
def test_doubted_text_is_there_for_the_house(
    engine: WhisperEngine,
    transcriber: Transcriber,
    monkeypatch: pytest.MonkeyPatch,
    weight: float,
    *,
    has_texts: bool,
) -> None:
    """A rejected text is an alternative to nothing, unless it is beyond doubt."""
    verdict = guard.Verdict(weights={"no-speech-probability": weight})
    monkeypatch.setattr(guard, "judge", lambda *_: verdict)
    recording = _recording(engine, say("turn on the kitchen light"))
    result = transcriber.transcribe(engine, recording, Request(language="en"))
    assert result.text == ""
    texts = [one.text for one in result.alternatives]
    assert texts[:1] == (["turn on the kitchen light"] if has_texts else [])


def test_names_do_not_change_the_text(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """The text is as heard, and this model knows too few words to judge names."""
    recording = _recording(engine, say("dim the sink light to five percent"))
    request = Request(language="en", names=("Sync light", "ceiling fan"))
    result = transcriber.transcribe(engine, recording, request)
    assert result.text == "dim the sink light to five percent"
    assert not transcriber.propose(engine, result, request).names


def test_unknown_language_is_refused(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """The embedded model speaks English."""
    with pytest.raises(LanguageError):
        transcriber.transcribe(
            engine, _recording(engine, silence(1.0)), Request(language="de")
        )


def test_long_recording_is_taken_in_pieces(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """A minute of commands gives all of their texts."""
    spoken = ["turn on the kitchen light", "close the garage door", "pause the music"]
    parts = [part for text in spoken for part in (say(text), silence(18.0))]
    result = transcriber.transcribe(
        engine, _recording(engine, join(*parts)), Request(language="en")
    )
    assert result.audio_seconds > 55
    for text in spoken:
        assert text in result.text


def test_finished_pieces_are_decoded_once(
    engine: WhisperEngine,
    transcriber: Transcriber,
    vad: SileroModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a long recording grows, only its end is decoded again."""
    decoded: list[float] = []
    usual = engine.decode

    def decode(*arguments: Any) -> Decoding:
        result = usual(*arguments)
        decoded.append(result.audio_seconds)
        return result

    monkeypatch.setattr(engine, "decode", decode)
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    utterance.add_audio(join(say("pause the music"), noise(26.0, 60), say("stop")))
    request = Request(language="en")
    first = transcriber.transcribe(engine, utterance.recording(), request)
    before = len(decoded)
    utterance.add_audio(join(silence(1.0), say("close the garage door")))
    whole = transcriber.transcribe(engine, utterance.recording(), request)
    assert before == 2
    assert len(decoded) == before + 1
    assert first.text == "pause the music stop"
    assert whole.text.startswith("pause the music")
    assert whole.text.endswith("close the garage door")


def test_features_of_another_model_are_made_anew(
    engine: WhisperEngine, transcriber: Transcriber
) -> None:
    """If the model was replaced meanwhile, features are computed again."""
    recording = Recording.of(say("turn on the kitchen light"), 128)
    result = transcriber.transcribe(engine, recording, Request(language="en"))
    assert result.text == "turn on the kitchen light"


def test_silence_around_the_speech_is_left_out(
    engine: WhisperEngine, transcriber: Transcriber, vad: SileroModel
) -> None:
    """Long silence around a command changes neither text nor evidence."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    utterance.add_audio(join(silence(6.0), say("pause the music"), silence(12.0)))
    recording = utterance.recording()
    result = transcriber.transcribe(engine, recording, Request(language="en"))
    assert result.text == "pause the music"
    assert recording.last_sample is not None
    assert recording.last_sample - recording.first_sample < 4 * 16_000


def test_silence_within_a_long_recording_says_nothing(
    engine: WhisperEngine, transcriber: Transcriber, vad: SileroModel
) -> None:
    """Each part is judged by its own speech."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    hum = noise(30.0, 60)
    utterance.add_audio(join(say("pause the music"), hum, say("close the garage door")))
    recording = utterance.recording()
    asked: list[float] = []
    usual = transcriber.transcribe

    def transcribe(
        used: WhisperEngine, part: Recording, request: Request
    ) -> Transcription:
        assert part.speech_seconds is not None
        asked.append(part.speech_seconds)
        return usual(used, part, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transcriber, "transcribe", transcribe)
        result = usual(engine, recording, Request(language="en"))
    assert result.text == "pause the music close the garage door"
    assert len(asked) == 2
    assert sum(asked) == pytest.approx(recording.speech_seconds or 0.0, abs=0.2)


def test_part_without_speech_is_not_decoded(
    engine: WhisperEngine, transcriber: Transcriber, vad: SileroModel
) -> None:
    """Half a minute of silence gives no words."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    utterance.add_audio(join(say("pause the music"), noise(60.0, 60), say("stop")))
    recording = utterance.recording()
    part = recording.part(10 * 16_000, 36 * 16_000)
    assert part.speech_seconds == 0.0
    result = transcriber.transcribe(engine, part, Request(language="en"))
    assert result.empty_reason is EmptyReason.NO_SPEECH
    assert result.decode_seconds == 0
