"""From the sound in a window to what the decoder reads.

A model reads a command well only in a window of 12 s, most of which is silence. What
the encoder makes of silence hardly depends on what was said before it. So it hears the
command with a little silence, and what it made of silence before is put after that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import numpy as np

from hearken_speech.audio.whisper_mel import FRAMES_PER_SECOND
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt.window import PUBLISHED_WINDOW_SECONDS, heard_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.audio.whisper_mel import IncrementalMel
    from hearken_speech.stt.model import LoadedModel

_TINY: Final = 1e-9
OUTPUT_HZ: Final = FRAMES_PER_SECOND // 2
"""Rate of what the encoder writes: one frame for two frames of features."""
_BASE_WIDTH: Final = 512
"""Width of base, which writes as good texts so; tiny does not, others may not."""
_MORE_NO_SPEECH: Final = 0.5
"""By how much the logit of no speech is too high for a voice if silence was put in."""
_LEVELS: Final = 4
"""Levels of silence that are remembered, about a megabyte each."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The part of a recording to decode."""

    mel: IncrementalMel
    first_sample: int
    last_sample: int
    seconds: float

    def features(self, seconds: float) -> NDArray[np.float32]:
        """Return the features [bands, frames] of a window, silent after the sound."""
        samples = round(seconds * SAMPLE_RATE_HZ)
        return self.mel.features(samples, self.first_sample, self.last_sample)


class Encoder:
    """The encoder of a model; thread-safe."""

    def __init__(self, model: LoadedModel) -> None:
        """Set the model."""
        self._model = model
        self._silence = lru_cache(_LEVELS)(self._encode_silence)

    def encode(self, sound: Sound, seconds: float) -> Any:
        """Return a CTranslate2 array [1, frames, width] of a whole window."""
        return self._encode(sound.features(seconds))

    def encode_speech(self, sound: Sound, seconds: float) -> Any:
        """Return almost the same for less, if the sound leaves room for silence."""
        heard = self._heard_seconds(sound, seconds)
        features = sound.features(heard)
        encoded = self._encode(features)
        if heard >= seconds:
            return encoded
        begin = np.asarray(encoded)
        # The level of silence depends on how loud the speech is.
        silence = self._silence(round(float(features.min()), 1))
        end = silence[:, begin.shape[1] : round(seconds * OUTPUT_HZ)]
        return ctranslate2.StorageView.from_array(np.concatenate([begin, end], axis=1))

    def no_speech_of_whole(
        self, sound: Sound, seconds: float, probability: float
    ) -> float:
        """Return about what the probability of no speech is if all is encoded."""
        if self._heard_seconds(sound, seconds) >= seconds:
            return probability
        odds = probability / max(_TINY, 1.0 - probability)
        lower = odds * math.exp(-_MORE_NO_SPEECH)
        return lower / (1.0 + lower)

    def _heard_seconds(self, sound: Sound, seconds: float) -> float:
        """Return how much of a window is encoded for this sound."""
        if self._model.width != _BASE_WIDTH:
            return seconds
        return heard_seconds(sound.seconds, seconds)

    def _encode_silence(self, level: float) -> NDArray[np.float32]:
        """Return silence as it is encoded [1, frames, width]."""
        frames = round(PUBLISHED_WINDOW_SECONDS * FRAMES_PER_SECOND)
        features = np.full((self._model.mel_bands, frames), level, np.float32)
        return np.asarray(self._encode(features))

    def _encode(self, features: NDArray[np.float32]) -> Any:
        """Return what the encoder makes of features [bands, frames]."""
        array = ctranslate2.StorageView.from_array(features[np.newaxis])
        return self._model.whisper.encode(array, to_cpu=False)
