"""Mandarin sentences, spoken by Kokoro from their pinyin."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime

from benchmarks.common import weights
from benchmarks.people.recordings import Recording
from hearken_speech.audio.format import AudioFormat, Converter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples

VOICES: Final = ("zf_xiaobei", "zf_xiaoni", "zm_yunxi", "zm_yunyang")
_RATE_HZ: Final = 24_000
_STYLE_WIDTH: Final = 256
_DATA: Final = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_INITIALS: Final = _DATA["initials"]
_FINALS: Final = _DATA["finals"]
"""The tone stands where the 0 is."""
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_SYLLABLE: Final = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)([a-zü]+)([1-5])")
_BUZZED: Final = frozenset({"zh", "ch", "sh", "r", "z", "c", "s"})
_PALATAL: Final = frozenset({"j", "q", "x"})
_Y_FINALS: Final = {"i": "i", "in": "in", "ing": "ing", "u": "ü"}


def phonemes(pinyin: str) -> str:
    """Return pinyin with tone numbers as Kokoro's phonemes."""
    marks = []
    for syllable in pinyin.split():
        found = _SYLLABLE.fullmatch(syllable)
        if found is None:
            msg = f"not a syllable: {syllable}"
            raise ValueError(msg)
        initial, final, tone = found.groups()
        if initial == "y":
            initial, final = "", _after_y(final)
        elif initial == "w":
            initial, final = "", final if final == "u" else _after_w(final)
        elif initial in _PALATAL and final.startswith("u"):
            final = "ü" + final[1:]
        sound = _FINALS[final]
        if final == "i" and initial in _BUZZED:
            sound = "ɨ0"
        marks.append(_INITIALS[initial] + sound.replace("0", _TONES[tone]))
    return "".join(marks)


def _after_y(final: str) -> str:
    """Return the final that is written after a y."""
    if final in _Y_FINALS:
        return _Y_FINALS[final]
    if final.startswith("u"):
        return "ü" + final[1:]
    return {"ou": "iu", "ong": "iong"}.get(final, f"i{final}")


def _after_w(final: str) -> str:
    """Return the final that is written after a w."""
    return {"ei": "ui", "en": "un"}.get(final, f"u{final}")


def recordings(every: int = 1) -> Iterator[Recording]:
    """Yield the sentences, each spoken by every voice, or one in so many."""
    listed = _DATA["sentences"]
    said = [(text, pinyin, voice) for text, pinyin in listed for voice in VOICES]
    for text, pinyin, voice in said[::every]:
        name = f"chinese/{text} {voice}"
        yield Recording(name, _speak(phonemes(pinyin), voice), "zh", (text,))


def _speak(marks: str, voice: str) -> Samples:
    """Return phonemes spoken by a voice."""
    session, numbers = _kokoro()
    tokens = [numbers[mark] for mark in marks if mark in numbers]
    path = weights.fetch("kokoro") / "voices" / f"{voice}.bin"
    style = np.fromfile(path, np.float32).reshape(-1, _STYLE_WIDTH)[len(tokens)]
    ids, styled, speed = (item.name for item in session.get_inputs())
    given = {
        ids: np.array([[0, *tokens, 0]], np.int64),
        styled: style[None],
        speed: np.ones(1, np.float32),
    }
    sound = np.asarray(session.run(None, given)[0], np.float32).reshape(-1)
    data = (np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes()
    converter = Converter(AudioFormat(_RATE_HZ, 2, 1))
    return np.concatenate([converter.convert(data), converter.flush()])


@lru_cache(maxsize=1)
def _kokoro() -> tuple[Any, dict[str, int]]:
    """Return Kokoro and the numbers of its phonemes."""
    folder = weights.fetch("kokoro")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return session, json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
