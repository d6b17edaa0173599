"""From a recording to a text one may act on: decoder, guard, names."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.whisper_mel import SAMPLE_RATE_HZ, IncrementalMel
from hearken_speech.protocol import Alternative, EmptyReason, Repair
from hearken_speech.stt import guard
from hearken_speech.stt.engine import DecodeOptions, Decoding
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.naming import NameMatcher
from hearken_speech.stt.narrow import NarrowFirst
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.reading import Reader
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER, Endpointer
from hearken_speech.vad.silero import FRAME_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hearken_speech.stt.engine import Hypothesis, WhisperEngine

SHORTEST_SECONDS: Final = 0.2
LONGEST_PIECE_SECONDS: Final = 26.0
_CUT_SEARCH_SECONDS: Final = 8.0
_CUT_FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 10
_LEAD_IN_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_LEAD_OUT_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_QUIET_SHARE: Final = 0.02
_KEPT_INDEXES: Final = 16

type _IndexKey = tuple[str, tuple[str, ...]]
"""Language and names."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is wanted of a recording."""

    language: str | None = None
    """As the client wrote it; None to find out."""
    names: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    beam_size: int = 5


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was heard, ready to be decoded."""

    mel: IncrementalMel
    samples: NDArray[np.int16]
    start_sample: int | None = None
    """Where speech began; None where nobody looked."""
    end_sample: int | None = None
    speech_seconds: float | None = None
    voice_probability: float | None = None
    probabilities: tuple[float, ...] | None = None
    """Of speech, one for each frame from the beginning."""

    def part(self, first: int, last: int) -> Recording:
        """Return a part as a recording of its own, with its own speech in it."""
        samples = self.samples[first:last]
        mel = IncrementalMel(self.mel.bands)
        mel.feed(samples)
        if self.probabilities is None:
            return Recording(mel=mel, samples=samples)
        endpointer = Endpointer(LISTEN_FOR_EVER)
        frames = slice(math.ceil(first / FRAME_SAMPLES), last // FRAME_SAMPLES)
        for probability in self.probabilities[frames]:
            endpointer.feed(probability)
        return Recording(
            mel=mel,
            samples=samples,
            start_sample=endpointer.start_sample,
            end_sample=endpointer.end_sample,
            # A word that is too short to begin an utterance is none of a long one.
            speech_seconds=endpointer.speech_seconds
            if endpointer.start_sample is not None
            else 0.0,
            voice_probability=endpointer.voice_probability,
            probabilities=self.probabilities[frames],
        )

    @property
    def sound(self) -> guard.Sound:
        """Return what the guard wants to know."""
        if self.speech_seconds is None:
            return guard.NOT_MEASURED
        heard = self.samples[self.first_sample : self.last_sample]
        return guard.Sound(
            speech_seconds=self.speech_seconds,
            span_seconds=self.span_seconds,
            voice_probability=self.voice_probability,
            level_range_db=guard.level_range_db(heard),
        )

    @staticmethod
    def of(samples: NDArray[np.int16], bands: int) -> Recording:
        """Return a recording that is complete and was not watched."""
        mel = IncrementalMel(bands)
        mel.feed(samples)
        return Recording(mel=mel, samples=samples)

    @property
    def seconds(self) -> float:
        """Return the length of the recording."""
        return self.samples.size / SAMPLE_RATE_HZ

    @property
    def first_sample(self) -> int:
        """Return where to begin: a little before the speech."""
        return max(0, (self.start_sample or 0) - _LEAD_IN_SAMPLES)

    @property
    def last_sample(self) -> int | None:
        """Return where to end: a little after the speech."""
        if self.end_sample is None or self.start_sample is None:
            return None
        return min(self.samples.size, self.end_sample + _LEAD_OUT_SAMPLES)

    @property
    def span_seconds(self) -> float | None:
        """Return the time from the first to the last speech, pauses included."""
        if self.start_sample is None or self.end_sample is None:
            return None
        return (self.end_sample - self.start_sample) / SAMPLE_RATE_HZ


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """The text, and what is known about it."""

    text: str
    language: str
    model: str
    audio_seconds: float
    decode_seconds: float = 0.0
    confidence: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    repairs: tuple[Repair, ...] = ()
    no_speech_probability: float | None = None
    empty_reason: EmptyReason | None = None
    rejected: str = ""
    """What the guard objected to."""
    fell_back: bool = False


def nothing_said(recording: Recording, request: Request, model: str) -> Transcription:
    """Return the answer to a recording in which nobody spoke."""
    return Transcription(
        text="",
        language=request.language or "en",
        model=model,
        audio_seconds=recording.seconds,
        empty_reason=EmptyReason.NO_SPEECH,
    )


class Transcriber:
    """Recognises recordings; one serves all threads."""

    def __init__(self, pronouncer: Pronouncer | None = None) -> None:
        """Take what pronounces names."""
        self._pronouncer = pronouncer or Pronouncer()
        self._indexes: OrderedDict[_IndexKey, NameIndex] = OrderedDict()
        self._making: dict[_IndexKey, threading.Lock] = {}
        self._lock = threading.Lock()
        self._narrow: dict[str, NarrowFirst] = {}

    def transcribe(
        self, engine: WhisperEngine, recording: Recording, request: Request
    ) -> Transcription:
        """Return the text of a recording; it is empty where nothing was said."""
        tokens = engine.model.tokens
        code = tokens.language(request.language) if request.language else None
        nothing = nothing_said(recording, request, engine.name)
        if recording.seconds < SHORTEST_SECONDS:
            return replace(nothing, empty_reason=EmptyReason.NO_AUDIO)
        if recording.speech_seconds == 0.0:
            return nothing
        reader = Reader(self._pronouncer)
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

    def index(self, names: Sequence[str], language: str) -> NameIndex:
        """Return the names ready to be found; the last ones used are kept."""
        key = (language, tuple(names))
        with self._lock:
            known = self._indexes.get(key)
            if known is not None:
                self._indexes.move_to_end(key)
                return known
            making = self._making.setdefault(key, threading.Lock())
        # Who comes while they are made ready waits for that, rather than begin anew.
        with making:
            return self._make_index(key)

    def _make_index(self, key: _IndexKey) -> NameIndex:
        """Make names ready, unless somebody has just done that."""
        with self._lock:
            known = self._indexes.get(key)
        if known is not None:
            return known
        failures = self._pronouncer.failures
        language, names = key
        made = NameIndex(names, language, self._pronouncer)
        with self._lock:
            self._making.pop(key, None)
            if self._pronouncer.failures == failures:
                self._indexes[key] = made
            # Otherwise it is made of letters: better the next time.
            while len(self._indexes) > _KEPT_INDEXES:
                self._indexes.popitem(last=False)
        return made

    def _enough(
        self,
        engine: WhisperEngine,
        request: Request,
        reader: Reader,
        language: str,
    ) -> Callable[[Hypothesis], bool] | None:
        """Return what tells that a wider beam is not worth its time.

        Other texts are wanted where a name may hide in them. None where the narrow
        beam is seldom enough: then both would cost more than the wide one alone.
        """
        narrow = self._narrow.setdefault(engine.name, NarrowFirst())
        if not narrow.pays():
            return None
        sure = guard.sure_log_probability(engine.model.traits.guard)

        def enough(found: Hypothesis) -> bool:
            names = request.names
            is_enough = found.average_log_probability >= sure and (
                not names
                or bool(
                    self.index(names, language).contained(
                        reader.read(found.text, language)
                    )
                )
            )
            narrow.note(enough=is_enough)
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
        """Return what may be acted on."""
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
        """Choose among the alternatives and repair a name."""
        hypotheses = decoding.hypotheses
        index = self.index(request.names, decoding.language)
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
        """Recognise a recording that is longer than Whisper's window."""
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


def cut(samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Cut a long recording where it is quietest, into pieces that fit the window."""
    longest = int(LONGEST_PIECE_SECONDS * SAMPLE_RATE_HZ)
    search = int(_CUT_SEARCH_SECONDS * SAMPLE_RATE_HZ)
    pieces = []
    while samples.size > longest:
        region = samples[longest - search : longest].astype(np.float32)
        frames = region.reshape(-1, _CUT_FRAME_SAMPLES)
        quietest = int(np.square(frames).mean(axis=1).argmin())
        place = longest - search + quietest * _CUT_FRAME_SAMPLES
        place += _CUT_FRAME_SAMPLES // 2
        pieces.append(samples[:place])
        samples = samples[place:]
    return [*pieces, samples]


def trim(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Leave out most of the quiet before and after a sound."""
    whole = samples.size // _CUT_FRAME_SAMPLES
    if not whole:
        return samples
    frames = samples[: whole * _CUT_FRAME_SAMPLES].reshape(whole, -1)
    levels = np.abs(frames.astype(np.int32)).max(axis=1)
    loud = np.flatnonzero(levels > levels.max() * _QUIET_SHARE)
    if not loud.size:
        return samples
    first = loud[0] * _CUT_FRAME_SAMPLES - _LEAD_IN_SAMPLES
    last = (loud[-1] + 1) * _CUT_FRAME_SAMPLES + _LEAD_OUT_SAMPLES
    return samples[max(0, first) : last]


def _mel_for(engine: WhisperEngine, recording: Recording) -> IncrementalMel:
    """Return the recording's features as this model hears them."""
    if recording.mel.bands == engine.model.mel_bands:
        return recording.mel
    return Recording.of(recording.samples, engine.model.mel_bands).mel
