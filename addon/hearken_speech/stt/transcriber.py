"""From a recording to a text that can be acted on: decoder and guard."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from faster_whisper.transcribe import tqdm

from hearken_speech.audio.whisper_mel import as_float
from hearken_speech.protocol import SAMPLE_RATE_HZ, Alternative, EmptyReason
from hearken_speech.stt import guard, repeats
from hearken_speech.stt.engine import DecodeOptions, Decoding
from hearken_speech.stt.languages import is_to_detect, resolve
from hearken_speech.stt.name_indexes import NameIndexes
from hearken_speech.stt.proposals import Proposals, propose
from hearken_speech.stt.recording import LONGEST_PIECE_SECONDS, Recording, cut, trim
from hearken_speech.stt.script import script_of
from hearken_speech.stt.sentences import judge
from hearken_speech.stt.transcription import Transcription, nothing_said

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from hearken_speech.audio.format import Samples
    from hearken_speech.audio.whisper_mel import IncrementalMel
    from hearken_speech.stt.engine import Hypothesis, WhisperEngine
    from hearken_speech.stt.phonemes import Pronouncer
    from hearken_speech.stt.transcription import Request

SHORTEST_SECONDS: Final = 0.2
_LOOK_SECONDS: Final = 30
# The progress bar of faster-whisper, which is off, would leave a thread behind.
tqdm.monitor_interval = 0


class Transcriber:
    """Transcribes recordings; thread-safe."""

    def __init__(self, pronouncer: Pronouncer | None = None) -> None:
        """Set the pronouncer of names."""
        self.name_indexes = NameIndexes(pronouncer)

    def transcribe(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Return the transcription of a recording; its text may be empty."""
        return _in_script(self._transcribe(engine, recording, request), request)

    def _transcribe(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Return the transcription in the script that the model writes."""
        code = resolve(request.language, engine.model.languages)
        nothing = nothing_said(recording, request, engine.name)
        if recording.seconds < SHORTEST_SECONDS:
            return replace(nothing, empty_reason=EmptyReason.NO_AUDIO)
        if recording.speech_seconds == 0.0:
            return nothing
        options = DecodeOptions(
            language=code,
            beam_size=request.beam_size,
        )
        last = recording.last_sample
        end = recording.samples.size if last is None else last
        spoken = (end - recording.first_sample) / SAMPLE_RATE_HZ
        if spoken > LONGEST_PIECE_SECONDS:
            return self._in_pieces(engine, recording, request)
        decoding = engine.decode(
            _mel_for(engine, recording), options, recording.first_sample, last
        )
        result = self._judge(engine, recording, request, decoding)
        if end in recording.cuts:
            # It becomes a piece if the speaker goes on for long.
            key = _key(engine, request, recording.first_sample, end)
            recording.finished[key] = _piece_of(result)
        return result

    def propose(
        self,
        engine: WhisperEngine,
        transcription: Transcription,
        request: Request,
        sentences: Sequence[str] = (),
    ) -> Proposals:
        """Return texts that may have been said instead.

        Those are texts with names of the house, and sentences that fit the sound.
        """
        decoding = transcription.decoding
        if decoding is None or decoding.encoded is None:
            return Proposals()
        if not engine.model.traits.judges_names:
            # It finds whatever it was not trained on improbable, however it sounds.
            return Proposals()
        tokenizer = engine.model.tokenizer(decoding.language)
        score = partial(engine.score, decoding.encoded)
        fitting = judge(decoding.hypotheses, sentences, tokenizer, score)
        if not request.names:
            return Proposals(sentences=fitting)
        index = self.name_indexes.get(request.names, decoding.language)
        found = propose(decoding.hypotheses, index, tokenizer, score)
        script = script_of(transcription.language, request.names)
        if script is not None:
            found = tuple(replace(one, text=script.write(one.text)) for one in found)
        return Proposals(names=found, sentences=fitting)

    def look_again(
        self, engine: WhisperEngine, samples: Samples, request: Request
    ) -> str:
        """Return the text of faster-whisper's own reading of a recording.

        It looks at 30 s and writes timestamps, which costs several times as much and is
        sometimes right where our window is not. Only for texts that nobody understands.
        """
        model, code = engine.model, resolve(request.language, engine.model.languages)
        segments, info = model.faster_whisper.transcribe(
            as_float(samples[: _LOOK_SECONDS * SAMPLE_RATE_HZ]),
            language=code,
            beam_size=request.beam_size,
            # Other temperatures would guess, and take as long again each.
            temperature=0.0,
        )
        text = "".join(segment.text for segment in segments).strip()
        text = repeats.once(text, info.language)
        script = script_of(_tag(request, info.language), request.names)
        return text if script is None else script.write(text)

    def _judge(
        self,
        engine: WhisperEngine,
        recording: Recording,
        request: Request,
        decoding: Decoding,
    ) -> Transcription:
        """Return the transcription, without a text that the guard rejects."""
        result = Transcription(
            text="",
            language=_tag(request, decoding.language),
            model=engine.name,
            audio_seconds=recording.seconds,
            decode_seconds=decoding.decode_seconds,
            no_speech_probability=round(decoding.no_speech_probability, 4),
            fell_back=decoding.fell_back,
        )
        if not decoding.best.text:
            return replace(result, empty_reason=EmptyReason.NO_SPEECH)
        verdict = guard.judge(
            guard.gather(decoding, recording.sound), engine.model.guard_family
        )
        if verdict.rejected:
            reason = EmptyReason.NO_SPEECH if verdict.silent else EmptyReason.PHANTOM
            return replace(
                result,
                empty_reason=reason,
                rejected=", ".join(verdict.objections),
                # A command that the house knows word for word is no phantom.
                alternatives=_texts(decoding.hypotheses) if verdict.doubtful else (),
            )
        return replace(
            result,
            text=decoding.best.text,
            confidence=round(decoding.best.confidence, 4),
            alternatives=_texts(decoding.hypotheses[1:]),
            decoding=decoding,
        )

    def _in_pieces(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Transcribe a recording that is longer than Whisper's window."""
        pieces = []
        places = cut(recording)
        for first, last in places:
            key = _key(engine, request, first, last)
            piece = recording.finished.get(key)
            if piece is None:
                piece = self._piece(engine, recording, request, first, last)
                piece = _piece_of(piece)
                if (first, last) != places[-1] or last in recording.cuts:
                    recording.finished[key] = piece
            pieces.append(piece)
        texts = [piece.text for piece in pieces if piece.text]
        sure = [piece.confidence for piece in pieces if piece.confidence is not None]
        return replace(
            next((piece for piece in pieces if piece.text), pieces[0]),
            text=" ".join(texts),
            audio_seconds=recording.seconds,
            decode_seconds=sum(piece.decode_seconds for piece in pieces),
            confidence=min(sure, default=None),
            alternatives=(),
            empty_reason=None if texts else pieces[0].empty_reason,
            rejected="" if texts else pieces[0].rejected,
        )

    def _piece(
        self,
        engine: WhisperEngine,
        recording: Recording,
        request: Request,
        first: int,
        last: int,
    ) -> Transcription:
        """Transcribe one piece of a long recording."""
        piece = recording.part(first, last)
        if piece.speech_seconds is None:
            piece = Recording.of(trim(piece.samples), engine.model.mel_bands)
        return self.transcribe(engine, piece, request)


def _texts(hypotheses: Iterable[Hypothesis]) -> tuple[Alternative, ...]:
    """Return texts with their confidence."""
    return tuple(
        Alternative(text=one.text, confidence=one.confidence)
        for one in hypotheses
        if one.text
    )


def _tag(request: Request, detected: str) -> str:
    """Return the language as the client wrote it, or what was detected."""
    tag = request.language
    return detected if tag is None or is_to_detect(tag) else tag


def _in_script(result: Transcription, request: Request) -> Transcription:
    """Return a transcription with all its texts in the script of its language."""
    script = script_of(result.language, request.names)
    if script is None:
        return result
    text = script.write(result.text)
    others: dict[str, Alternative] = {}
    for other in result.alternatives:
        # Texts that differ in their script alone are one text now.
        written = replace(other, text=script.write(other.text))
        if written.text != text:
            others.setdefault(written.text, written)
    return replace(result, text=text, alternatives=tuple(others.values()))


def _piece_of(result: Transcription) -> Transcription:
    """Return a transcription as a piece, without the encoded sound: a megabyte each."""
    return replace(result, decoding=None)


def _key(
    engine: WhisperEngine, request: Request, first: int, last: int
) -> tuple[Hashable, ...]:
    """Return what a piece is remembered by."""
    return (engine.name, request, first, last)


def _mel_for(engine: WhisperEngine, recording: Recording) -> IncrementalMel:
    """Return the features of a recording with this model's mel bands."""
    if recording.mel.bands == engine.model.mel_bands:
        return recording.mel
    return Recording.of(recording.samples, engine.model.mel_bands).mel
