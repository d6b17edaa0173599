"""Whisper on CTranslate2, with a window that fits the command.

Whisper usually decodes windows of 30 s, which are mostly silence for a command.
CTranslate2 accepts shorter windows. Some silence after the speech keeps the text the
same. A text that repeats itself or does not end is decoded once more, in a longer
window; what is only improbable gains nothing by that.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np
from faster_whisper.transcribe import get_compression_ratio

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt import repeats
from hearken_speech.stt.encoding import OUTPUT_HZ, Encoder, Sound
from hearken_speech.stt.errors import DecodeError
from hearken_speech.stt.languages import whisper_language
from hearken_speech.stt.token_limit import token_limit
from hearken_speech.stt.window import (
    PUBLISHED_WINDOW_SECONDS,
    second_window_seconds,
    window_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faster_whisper.tokenizer import Tokenizer
    from numpy.typing import NDArray

    from hearken_speech.stt.model import LoadedModel

_TINY: Final = 1e-30
# As faster-whisper has them.
_LOOP_RATIO: Final = 2.4
"""Compression ratio above which a text counts as a loop."""
_IMPROBABLE: Final = -1.0
"""Average log-probability below which a text that is written twice is a guess."""
_SCORED_SILENCE_SECONDS: Final = 1.0
"""Silence after the sound for which texts are scored; more changes nothing."""


@dataclass(frozen=True, kw_only=True)
class DecodeOptions:
    """How to decode one recording."""

    language: str | None = None
    """Whisper's code; None to detect it."""
    beam_size: int = 5
    """1 to 5; as many texts are returned."""
    fallback: bool = True
    """Decode again in a longer window if the text is bad."""
    window_seconds: float | None = None
    """A fixed window instead of the fitting one."""
    most_tokens: int = 224
    """The limit is lower if the sound is short."""


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One possible text."""

    text: str
    tokens: tuple[int, ...]
    """The tokens of the text, without the end."""
    average_log_probability: float
    """Mean over the tokens, including the end."""
    total_log_probability: float

    @property
    def confidence(self) -> float:
        """Return the confidence of the decoder, 0 to 1."""
        return math.exp(min(0.0, self.average_log_probability))


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder made of a window; opaque, for scoring other texts on it."""

    output: Any = field(repr=False)
    """A CTranslate2 array [1, frames, width]."""
    prompt: tuple[int, ...]
    """Tokens before the text, without the one that turns timestamps off."""
    frames: int
    spoken_frames: int
    """Frames of the sound and a little after it, without the rest of the window."""


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """Result of decoding a recording."""

    hypotheses: tuple[Hypothesis, ...]
    """The best first; at least one."""
    language: str
    no_speech_probability: float
    audio_seconds: float
    decode_seconds: float
    window_seconds: float
    fell_back: bool = False
    capped: bool = False
    """Whether the text reached the limit of tokens."""
    doubled: bool = False
    """Whether the first look gave a text that is several times the same."""
    encoded: Encoded | None = field(default=None, repr=False, compare=False)

    @property
    def best(self) -> Hypothesis:
        """Return the most probable text."""
        return self.hypotheses[0]

    @property
    def compression_ratio(self) -> float:
        """Return the compression ratio of the best text."""
        return float(get_compression_ratio(self.best.text))


class WhisperEngine:
    """Runs one loaded model; thread-safe."""

    def __init__(self, model: LoadedModel) -> None:
        """Set the loaded model."""
        self.model = model
        self._encoder = Encoder(model)

    @property
    def name(self) -> str:
        """Return the name of the model."""
        return self.model.name

    @property
    def shortest_window(self) -> float:
        """Return the shortest window in seconds that the model reads well."""
        return self.model.traits.window_seconds or PUBLISHED_WINDOW_SECONDS

    @property
    def looks_again(self) -> bool:
        """Return whether a window of 30 s may show what a shorter one does not."""
        return self.model.traits.window_seconds is None

    def warm_up(self) -> float:
        """Decode a second of silence and return the seconds it took."""
        mel = IncrementalMel(self.model.mel_bands)
        mel.add(np.zeros(SAMPLE_RATE_HZ, np.int16))
        options = DecodeOptions(language="en", beam_size=1, fallback=False)
        return self.decode(mel, options).decode_seconds

    def decode(
        self,
        mel: IncrementalMel,
        options: DecodeOptions,
        first_sample: int = 0,
        last_sample: int | None = None,
    ) -> Decoding:
        """Decode at most 30 s of a recording, between these samples."""
        began = time.perf_counter()
        last = mel.samples if last_sample is None else min(last_sample, mel.samples)
        seconds = max(0, last - first_sample) / SAMPLE_RATE_HZ
        sound = Sound(mel, first_sample, last, seconds)
        try:
            result = self._look(sound, options)
        except HearkenError:
            raise
        except Exception as err:
            # CTranslate2 and tokenizers raise many kinds of exceptions.
            msg = f'The model "{self.name}" failed on a recording ({err}).'
            raise DecodeError(msg) from err
        return replace(result, decode_seconds=time.perf_counter() - began)

    def score(self, encoded: Encoded, texts: Sequence[Sequence[int]]) -> list[float]:
        """Return the total log-probability of each text on the same sound."""
        return [sum(tokens) for tokens in self.score_tokens(encoded, texts)]

    def score_tokens(
        self, encoded: Encoded, texts: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """Return the log-probability of each token of texts, without prompt and end."""
        if not texts:
            return []
        # The silence that fills the window costs as much as speech, for each text.
        spoken = np.asarray(encoded.output)[:, : encoded.spoken_frames]
        copies = np.repeat(spoken, len(texts), axis=0)
        results = self.model.whisper.align(
            ctranslate2.StorageView.from_array(copies),
            list(encoded.prompt),
            [list(text) for text in texts],
            2 * spoken.shape[1],
            # Only the probabilities are of interest, not the times.
            median_filter_width=1,
        )
        return [np.log(np.maximum(r.text_token_probs, _TINY)).tolist() for r in results]

    def time_tokens(self, mel: IncrementalMel, tokens: int, beam_size: int) -> float:
        """Return the time in seconds to decode exactly this many tokens."""
        model = self.model
        began = time.perf_counter()
        window = window_seconds(mel.samples / SAMPLE_RATE_HZ, self.shortest_window)
        sound = Sound(mel, 0, mel.samples, mel.samples / SAMPLE_RATE_HZ)
        encoded = self._encoder.encode(sound, window)
        tokenizer = model.tokenizer("en")
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        model.whisper.generate(
            encoded,
            [prompt],
            beam_size=beam_size,
            max_length=max(2 * tokens, tokens + len(prompt)),
            suppress_tokens=[*model.suppressed, tokenizer.eot],
        )
        return time.perf_counter() - began

    def token_cap(self, seconds: float, language: str | None) -> int:
        """Return the limit of tokens for this much speech."""
        limit = token_limit(seconds, language, self.model.traits.tokens_per_second)
        return min(self.model.longest_text // 2, limit)

    def _look(self, sound: Sound, options: DecodeOptions) -> Decoding:
        """Decode in the fitting window, and once more in a longer one if needed."""
        cap = min(options.most_tokens, self.token_cap(sound.seconds, options.language))
        shortest = options.window_seconds or self.shortest_window
        window = options.window_seconds or window_seconds(sound.seconds, shortest)
        result = self._run(sound, window, cap, options)
        if not options.fallback:
            return result
        doubled = _is_doubled(result)
        if not doubled and not _runs_on(result):
            return self._once(result)
        # What the cap cut may have been said; repeats are not.
        longer, more = second_window_seconds(window), cap if doubled else 2 * cap
        again = self._run(sound, longer, more, options)
        if not _is_doubled(again) or not self._is_said_so_often(sound, again):
            again = self._once(again)
        best = again if doubled else _better(again, self._once(result))
        return replace(best, doubled=doubled, fell_back=True)

    def _is_said_so_often(self, sound: Sound, result: Decoding) -> bool:
        """Return whether somebody did say the best text as often as it is written."""
        encoded, text = result.encoded, result.best.text
        assert encoded is not None  # noqa: S101 - it was just decoded
        first = repeats.once(text, result.language)
        first_tokens = self._tokens_of(first, result.best.tokens, result.language)
        aligned = self.model.whisper.align(
            encoded.output,
            list(encoded.prompt),
            [list(result.best.tokens)],
            encoded.frames,
        )[0]
        count = len(first_tokens)
        probabilities = np.maximum(aligned.text_token_probs[:count], _TINY)
        if np.log(probabilities).mean() < _IMPROBABLE:
            return False
        second = next((at for token, at in aligned.alignments if token >= count), 0)
        samples = sound.last_sample - sound.first_sample
        features = sound.mel.features(samples, sound.first_sample, sound.last_sample)
        said = repeats.times_said(2 * second, features.mean(axis=0))
        return said >= repeats.copies(text, result.language)

    def _once(self, result: Decoding) -> Decoding:
        """Return the decoding with texts that do not repeat themselves."""
        found: dict[str, Hypothesis] = {}
        for hypothesis in result.hypotheses:
            text = repeats.once(hypothesis.text, result.language)
            if text != hypothesis.text:
                tokens = self._tokens_of(text, hypothesis.tokens, result.language)
                hypothesis = replace(hypothesis, text=text, tokens=tokens)  # noqa: PLW2901
            found.setdefault(text, hypothesis)
        return replace(result, hypotheses=tuple(found.values()))

    def _tokens_of(
        self, text: str, tokens: tuple[int, ...], language: str
    ) -> tuple[int, ...]:
        """Return the first tokens, which are those of a text."""
        decode = self.model.tokenizer(language).decode
        for count in range(1, len(tokens)):
            if decode(list(tokens[:count])).strip().startswith(text):
                return tokens[:count]
        return tokens

    def _run(
        self, sound: Sound, window: float, cap: int, options: DecodeOptions
    ) -> Decoding:
        """Encode and decode one window."""
        model = self.model
        # A fixed window, and that of an own model, are meant as they are.
        is_usual = options.window_seconds is None and self.looks_again
        encode = self._encoder.encode_speech if is_usual else self._encoder.encode
        encoded = encode(sound, window)
        frames = encoded.shape[1]
        language = whisper_language(
            options.language or self._detect(encoded), model.languages
        )
        tokenizer = model.tokenizer(language)
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        cap = min(cap, model.longest_text - len(prompt))
        beam = max(1, options.beam_size)
        result = model.whisper.generate(
            encoded,
            [prompt],
            beam_size=beam,
            num_hypotheses=beam,
            # CTranslate2 stops at half of this, or at this minus the prompt.
            max_length=max(2 * cap, cap + len(prompt)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=model.suppressed,
        )[0]
        no_speech = float(result.no_speech_prob)
        if is_usual:
            no_speech = self._encoder.no_speech_of_whole(sound, window, no_speech)
        return Decoding(
            hypotheses=_hypotheses(result, tokenizer),
            language=language,
            no_speech_probability=no_speech,
            audio_seconds=sound.seconds,
            decode_seconds=0.0,
            window_seconds=frames / OUTPUT_HZ,
            capped=len(result.sequences_ids[0]) >= cap,
            encoded=Encoded(
                encoded,
                tuple(tokenizer.sot_sequence),
                frames,
                math.ceil((sound.seconds + _SCORED_SILENCE_SECONDS) * OUTPUT_HZ),
            ),
        )

    def _detect(self, encoded: Any) -> str:
        """Return the most probable language."""
        if not self.model.multilingual:
            return "en"
        best, _ = self.model.whisper.detect_language(encoded)[0][0]
        return str(best).strip("<|>")


def _hypotheses(result: Any, tokenizer: Tokenizer) -> tuple[Hypothesis, ...]:
    """Return the distinct texts of a result."""
    found: dict[str, Hypothesis] = {}
    for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
        text = tokenizer.decode(tokens).strip()
        total = float(score) * len(tokens)
        found.setdefault(
            text,
            Hypothesis(
                text=text,
                tokens=tuple(token for token in tokens if token < tokenizer.eot),
                total_log_probability=total,
                average_log_probability=total / (len(tokens) + 1),
            ),
        )
    return tuple(found.values())


def decode_samples(
    engine: WhisperEngine, samples: NDArray[np.int16], options: DecodeOptions
) -> Decoding:
    """Decode a complete recording."""
    mel = IncrementalMel(engine.model.mel_bands)
    mel.add(samples)
    return engine.decode(mel, options)


def _is_doubled(result: Decoding) -> bool:
    """Return whether the best text is several times the same."""
    return repeats.copies(result.best.text, result.language) > 1


def _runs_on(result: Decoding) -> bool:
    """Return whether the text loops or has no end."""
    return result.capped or result.compression_ratio > _LOOP_RATIO


def _better(again: Decoding, first: Decoding) -> Decoding:
    """Return the decoding that ends, or else the more probable one."""

    def rank(result: Decoding) -> tuple[bool, float]:
        return (not _runs_on(result), result.best.average_log_probability)

    return max(again, first, key=rank)
