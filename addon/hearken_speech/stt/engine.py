"""Whisper on CTranslate2, with a window that fits the command.

Whisper usually decodes windows of 30 s, which are mostly silence for a command.
CTranslate2 accepts shorter windows. Some silence after the speech keeps the text the
same; a text that loops or is improbable is decoded again with the full window.
"""

from __future__ import annotations

import math
import time
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np

from hearken_speech.audio.whisper_mel import MAX_FRAMES, IncrementalMel
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt.errors import DecodeError
from hearken_speech.stt.tokens import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hearken_speech.stt.model import LoadedModel

SHORTEST_WINDOW_SECONDS: Final = 8.0
SILENCE_AFTER_SECONDS: Final = 2.56
LONGEST_WINDOW_SECONDS: Final = 30.0

# Languages that need many tokens per second of speech.
# fmt: off
_DENSE_LANGUAGES: Final = frozenset(
    (
        "am", "ar", "as", "bn", "bo", "el", "fa", "gu", "he", "hi",
        "hy", "ja", "ka", "km", "kn", "ko", "lo", "ml", "mr", "my",
        "ne", "pa", "ps", "ru", "sa", "sd", "si", "ta", "te", "th",
        "ug", "uk", "ur", "uz", "vi", "yi", "yue", "zh",
    )
)
# fmt: on
_TOKENS_PER_SECOND: Final = 6.0
_DENSE_TOKENS_PER_SECOND: Final = 12.0
_SPARE_TOKENS: Final = 8
_FRAME_SECONDS: Final = LONGEST_WINDOW_SECONDS / MAX_FRAMES


@dataclass(frozen=True, kw_only=True)
class DecodeOptions:
    """How to decode one recording."""

    language: str | None = None
    """Whisper's code; None to detect it."""
    beam_size: int = 5
    """1 to 5."""
    alternatives: int = 5
    """Number of texts to return; at most the beam size."""
    enough: Callable[[Hypothesis], bool] | None = None
    """Return whether the text of a beam of one is enough; None does not try it."""
    bias: tuple[str, ...] = ()
    """Names and terms for the prompt, the most important first."""
    bias_tokens: int = 120
    fallback: bool = True
    """Decode again with the full window if the text is bad."""
    loop_ratio: float = 2.4
    """Compression ratio above which a text counts as a loop."""
    improbable: float = -1.0
    """Average log-probability below which a text counts as a guess."""
    window_seconds: float | None = None
    """A fixed window instead of the fitting one."""


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One possible text."""

    text: str
    average_log_probability: float
    """Mean over the tokens, including the end."""
    total_log_probability: float
    tokens: int

    @property
    def confidence(self) -> float:
        """Return the confidence of the decoder, 0 to 1."""
        return math.exp(min(0.0, self.average_log_probability))


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

    @property
    def best(self) -> Hypothesis:
        """Return the most probable text."""
        return self.hypotheses[0]

    @property
    def compression_ratio(self) -> float:
        """Return the compression ratio of the best text."""
        return compression_ratio(self.best.text)


def compression_ratio(text: str) -> float:
    """Return the compression ratio of a text; a loop compresses well."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def window_seconds(audio_seconds: float) -> float:
    """Return the window for a recording: short, with some silence after it."""
    wanted = max(SHORTEST_WINDOW_SECONDS, audio_seconds + SILENCE_AFTER_SECONDS)
    return min(LONGEST_WINDOW_SECONDS, wanted)


@dataclass(frozen=True, slots=True)
class _Sound:
    """The part of a recording to decode."""

    mel: IncrementalMel
    first_sample: int
    last_sample: int
    seconds: float


class WhisperEngine:
    """Runs one loaded model; thread-safe."""

    def __init__(self, model: LoadedModel) -> None:
        """Set the loaded model."""
        self.model = model

    @property
    def name(self) -> str:
        """Return the name of the model."""
        return self.model.name

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
        window = options.window_seconds or window_seconds(seconds)
        cap = self.token_cap(seconds, options.language)
        sound = _Sound(mel, first_sample, last, seconds)
        try:
            result = self._run(sound, window, cap, options)
            if options.fallback and _suspicious(result, options):
                again = self._run(sound, LONGEST_WINDOW_SECONDS, 2 * cap, options)
                result = replace(_better(result, again, options), fell_back=True)
        except HearkenError:
            raise
        except Exception as err:
            # CTranslate2 and tokenizers raise many kinds of exceptions.
            msg = f'The model "{self.name}" failed on a recording ({err}).'
            raise DecodeError(msg) from err
        return replace(result, decode_seconds=time.perf_counter() - began)

    def time_tokens(self, mel: IncrementalMel, tokens: int, beam_size: int) -> float:
        """Return the time in seconds to decode exactly this many tokens."""
        model = self.model
        began = time.perf_counter()
        window = window_seconds(mel.samples / SAMPLE_RATE_HZ)
        encoded = model.whisper.encode(
            _storage(mel.features(round(window * SAMPLE_RATE_HZ)))
        )
        prompt = model.tokens.prompt("en" if model.tokens.multilingual else None)
        model.whisper.generate(
            encoded,
            [prompt],
            beam_size=beam_size,
            max_length=max(2 * tokens, tokens + len(prompt)),
            suppress_tokens=[*model.tokens.suppressed, model.tokens.end],
        )
        return time.perf_counter() - began

    def token_cap(self, seconds: float, language: str | None) -> int:
        """Return the limit of tokens for this much speech."""
        rate = self.model.tokens_per_second
        if rate is None:
            # An unknown language may need many tokens.
            dense = language is None or language in _DENSE_LANGUAGES
            rate = _DENSE_TOKENS_PER_SECOND if dense else _TOKENS_PER_SECOND
        return min(MAX_TOKENS // 2, _SPARE_TOKENS + math.ceil(rate * seconds))

    def _run(
        self, sound: _Sound, window: float, cap: int, options: DecodeOptions
    ) -> Decoding:
        """Encode and decode one window."""
        model = self.model
        features = sound.mel.features(
            round(window * SAMPLE_RATE_HZ), sound.first_sample, sound.last_sample
        )
        encoded = model.whisper.encode(_storage(features), to_cpu=False)
        language = options.language or self._detect(encoded)
        code = model.tokens.language(language)
        bias = (
            model.tokens.bias(options.bias, options.bias_tokens)
            if model.traits.prompts
            else []
        )
        prompt = model.tokens.prompt(code, bias=bias)
        cap = min(cap, MAX_TOKENS - len(prompt))
        beam = max(1, options.beam_size)
        result = None
        if beam > 1 and options.enough is not None:
            result = self._generate(encoded, prompt, cap, 1, 1)
            if not options.enough(self._hypotheses(result)[0]):
                result = None
        if result is None:
            wanted = max(1, min(beam, options.alternatives))
            result = self._generate(encoded, prompt, cap, beam, wanted)
        return Decoding(
            hypotheses=self._hypotheses(result),
            language=code,
            no_speech_probability=float(result.no_speech_prob),
            audio_seconds=sound.seconds,
            decode_seconds=0.0,
            window_seconds=features.shape[1] * _FRAME_SECONDS,
            capped=len(result.sequences_ids[0]) >= cap,
        )

    def _generate(
        self, encoded: Any, prompt: list[int], cap: int, beam: int, texts: int
    ) -> Any:
        """Decode an encoded window."""
        return self.model.whisper.generate(
            encoded,
            [prompt],
            beam_size=beam,
            num_hypotheses=texts,
            # CTranslate2 stops at half of this, or at this minus the prompt.
            max_length=max(2 * cap, cap + len(prompt)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self.model.tokens.suppressed,
        )[0]

    def _detect(self, encoded: Any) -> str:
        """Return the most probable language."""
        if not self.model.tokens.multilingual:
            return "en"
        best, _ = self.model.whisper.detect_language(encoded)[0][0]
        return str(best).strip("<|>")

    def _hypotheses(self, result: Any) -> tuple[Hypothesis, ...]:
        """Return the distinct texts of a result."""
        found: dict[str, Hypothesis] = {}
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            text = self.model.tokens.decode(tokens)
            total = float(score) * len(tokens)
            found.setdefault(
                text,
                Hypothesis(
                    text=text,
                    total_log_probability=total,
                    average_log_probability=total / (len(tokens) + 1),
                    tokens=len(tokens),
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


def _storage(features: NDArray[np.float32]) -> Any:
    """Return features as a CTranslate2 array."""
    return ctranslate2.StorageView.from_array(features[np.newaxis])


def _suspicious(result: Decoding, options: DecodeOptions) -> bool:
    """Return whether to decode again with the full window."""
    if not result.best.text:
        return False
    return (
        result.capped
        or result.compression_ratio > options.loop_ratio
        or result.best.average_log_probability < options.improbable
    )


def _better(first: Decoding, second: Decoding, options: DecodeOptions) -> Decoding:
    """Return the decoding that does not loop, or else the more probable one."""

    def rank(result: Decoding) -> tuple[bool, float]:
        sound = not result.capped and result.compression_ratio <= options.loop_ratio
        return (sound, result.best.average_log_probability)

    return max(second, first, key=rank)
