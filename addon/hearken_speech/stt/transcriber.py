"""From a recording to a text that can be acted on: decoder, guard, names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ, Alternative, EmptyReason, Repair
from hearken_speech.stt import guard
from hearken_speech.stt.beam import NarrowBeam
from hearken_speech.stt.engine import DecodeOptions, Decoding
from hearken_speech.stt.name_indexes import NameIndexes
from hearken_speech.stt.naming import NameMatcher
from hearken_speech.stt.recording import LONGEST_PIECE_SECONDS, Recording, cut, trim
from hearken_speech.stt.transcription import Transcription, nothing_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.whisper_mel import IncrementalMel
    from hearken_speech.stt.engine import Hypothesis, WhisperEngine
    from hearken_speech.stt.phonemes import Pronouncer
    from hearken_speech.stt.reading import Reader
    from hearken_speech.stt.transcription import Request

SHORTEST_SECONDS: Final = 0.2


class Transcriber:
    """Transcribes recordings; thread-safe."""

    def __init__(self, pronouncer: Pronouncer | None = None) -> None:
        """Set the pronouncer of names."""
        self.name_indexes = NameIndexes(pronouncer)
        self._narrow_beams: dict[str, NarrowBeam] = {}

    def transcribe(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Return the transcription of a recording; its text may be empty."""
        tokens = engine.model.tokens
        code = tokens.language(request.language) if request.language else None
        nothing = nothing_said(recording, request, engine.name)
        if recording.seconds < SHORTEST_SECONDS:
            return replace(nothing, empty_reason=EmptyReason.NO_AUDIO)
        if recording.speech_seconds == 0.0:
            return nothing
        reader = self.name_indexes.reader()
        options = DecodeOptions(
            language=code,
            beam_size=request.beam_size,
            alternatives=request.beam_size,
            bias=(*request.names, *request.terms),
            enough=self._enough(engine, request, reader, code or "en"),
        )
        last = recording.last_sample
        end = recording.samples.size if last is None else last
        spoken = (end - recording.first_sample) / SAMPLE_RATE_HZ
        if spoken > LONGEST_PIECE_SECONDS:
            return self._in_pieces(engine, recording, request)
        decoding = engine.decode(
            _mel_for(engine, recording), options, recording.first_sample, last
        )
        return self._judge(engine, recording, request, decoding, reader)

    def _enough(
        self,
        engine: WhisperEngine,
        request: Request,
        reader: Reader,
        language: str,
    ) -> Callable[[Hypothesis], bool] | None:
        """Return a function that tells whether the text of a narrow beam is enough.

        It is not if alternatives may contain a name. None if the narrow beam is rarely
        enough, so that both beams would cost more than the wide one alone.
        """
        narrow = self._narrow_beams.setdefault(engine.name, NarrowBeam())
        if not narrow.is_worth_trying():
            return None
        sure = guard.sure_log_probability(engine.model.traits.guard)

        def enough(found: Hypothesis) -> bool:
            is_enough = found.average_log_probability >= sure
            if is_enough and request.names:
                index = self.name_indexes.get(request.names, language)
                is_enough = bool(index.contained(reader.read(found.text, language)))
            narrow.record(enough=is_enough)
            return is_enough

        return enough

    def _judge(
        self,
        engine: WhisperEngine,
        recording: Recording,
        request: Request,
        decoding: Decoding,
        reader: Reader,
    ) -> Transcription:
        """Return the transcription, without a text that the guard rejects."""
        result = Transcription(
            text="",
            language=request.language or decoding.language,
            model=engine.name,
            audio_seconds=recording.seconds,
            decode_seconds=decoding.decode_seconds,
            no_speech_probability=round(decoding.no_speech_probability, 4),
            fell_back=decoding.fell_back,
        )
        verdict = guard.judge(
            guard.gather(
                decoding,
                recording.sound,
                words=reader.read(decoding.best.text, decoding.language).words,
            ),
            engine.model.traits.guard,
        )
        if not decoding.best.text:
            return replace(result, empty_reason=EmptyReason.NO_SPEECH)
        if verdict.rejected:
            reason = EmptyReason.NO_SPEECH if verdict.silent else EmptyReason.PHANTOM
            return replace(
                result,
                empty_reason=reason,
                rejected=", ".join(verdict.objections),
            )
        return self._with_names(result, decoding, request, reader)

    def _with_names(
        self,
        result: Transcription,
        decoding: Decoding,
        request: Request,
        reader: Reader,
    ) -> Transcription:
        """Choose among the alternatives, or repair a name."""
        hypotheses = decoding.hypotheses
        index = self.name_indexes.get(request.names, decoding.language)
        named = NameMatcher(index, reader).settle(hypotheses)
        others = [h for number, h in enumerate(hypotheses) if number != named.chosen]
        repair = named.repair
        return replace(
            result,
            text=named.text,
            confidence=round(hypotheses[named.chosen].confidence, 4),
            alternatives=tuple(
                Alternative(text=other.text, confidence=other.confidence)
                for other in others
                if other.text
            ),
            repairs=(Repair(heard=repair.heard, name=repair.name),) if repair else (),
        )

    def _in_pieces(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Transcribe a recording that is longer than Whisper's window."""
        first = recording.first_sample
        pieces = []
        for samples in cut(recording.samples[first : recording.last_sample]):
            last = first + samples.size
            piece = recording.part(first, last)
            if piece.speech_seconds is None:
                piece = Recording.of(trim(samples), engine.model.mel_bands)
            pieces.append(self.transcribe(engine, piece, request))
            first = last
        texts = [piece.text for piece in pieces if piece.text]
        sure = [piece.confidence for piece in pieces if piece.confidence is not None]
        return replace(
            next((piece for piece in pieces if piece.text), pieces[0]),
            text=" ".join(texts),
            audio_seconds=recording.seconds,
            decode_seconds=sum(piece.decode_seconds for piece in pieces),
            confidence=min(sure, default=None),
            alternatives=(),
            repairs=tuple(repair for piece in pieces for repair in piece.repairs),
            empty_reason=None if texts else pieces[0].empty_reason,
            rejected="" if texts else pieces[0].rejected,
        )


def _mel_for(engine: WhisperEngine, recording: Recording) -> IncrementalMel:
    """Return the features of a recording with this model's mel bands."""
    if recording.mel.bands == engine.model.mel_bands:
        return recording.mel
    return Recording.of(recording.samples, engine.model.mel_bands).mel
