"""From a recording to a text that can be acted on: decoder, guard, names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SAMPLE_RATE_HZ, Alternative, EmptyReason, Repair
from hearken_speech.stt import guard
from hearken_speech.stt.beam import NarrowBeam
from hearken_speech.stt.engine import DecodeOptions, Decoding
from hearken_speech.stt.name_indexes import NameIndexes
from hearken_speech.stt.recording import LONGEST_PIECE_SECONDS, Recording, cut, trim
from hearken_speech.stt.transcription import Transcription, nothing_said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hearken_speech.audio.whisper_mel import IncrementalMel
    from hearken_speech.stt.engine import Hypothesis, WhisperEngine
    from hearken_speech.stt.names import NameIndex
    from hearken_speech.stt.phonemes import Pronouncer
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
        options = DecodeOptions(
            language=code,
            beam_size=request.beam_size,
            alternatives=request.beam_size,
            bias=(*request.names, *request.terms),
            enough=self._enough(engine, request, code or "en"),
        )
        last = recording.last_sample
        end = recording.samples.size if last is None else last
        spoken = (end - recording.first_sample) / SAMPLE_RATE_HZ
        if spoken > LONGEST_PIECE_SECONDS:
            return self._in_pieces(engine, recording, request)
        decoding = engine.decode(
            _mel_for(engine, recording), options, recording.first_sample, last
        )
        return self._judge(engine, recording, request, decoding)

    def _enough(
        self, engine: WhisperEngine, request: Request, language: str
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
            names = request.names
            is_enough = found.average_log_probability >= sure and (
                not names
                or bool(self.name_indexes.get(names, language).contained(found.text))
            )
            narrow.record(enough=is_enough)
            return is_enough

        return enough

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
            language=request.language or decoding.language,
            model=engine.name,
            audio_seconds=recording.seconds,
            decode_seconds=decoding.decode_seconds,
            no_speech_probability=round(decoding.no_speech_probability, 4),
            fell_back=decoding.fell_back,
        )
        verdict = guard.judge(
            guard.gather(decoding, recording.sound),
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
        return self._with_names(result, decoding, request)

    def _with_names(
        self, result: Transcription, decoding: Decoding, request: Request
    ) -> Transcription:
        """Choose among the alternatives, or repair a name."""
        hypotheses = decoding.hypotheses
        index = self.name_indexes.get(request.names, decoding.language)
        chosen, text, repairs = name_text(index, hypotheses)
        others = [h for number, h in enumerate(hypotheses) if number != chosen]
        return replace(
            result,
            text=text,
            confidence=round(hypotheses[chosen].confidence, 4),
            alternatives=tuple(
                Alternative(text=other.text, confidence=other.confidence)
                for other in others
                if other.text
            ),
            repairs=repairs,
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


def name_text(
    index: NameIndex, hypotheses: Sequence[Hypothesis]
) -> tuple[int, str, tuple[Repair, ...]]:
    """Return the number of the best alternative, its text, and the repairs."""
    chosen = index.choose(hypotheses)
    text = hypotheses[chosen].text
    if chosen:
        return chosen, text, ()
    supported = [name for h in hypotheses[1:] for name in index.contained(h.text)]
    repaired = index.repair(text, supported)
    if repaired is None:
        return chosen, text, ()
    repair = Repair(heard=repaired.heard, name=repaired.name)
    return chosen, repaired.text, (repair,)


def _mel_for(engine: WhisperEngine, recording: Recording) -> IncrementalMel:
    """Return the features of a recording with this model's mel bands."""
    if recording.mel.bands == engine.model.mel_bands:
        return recording.mel
    return Recording.of(recording.samples, engine.model.mel_bands).mel
