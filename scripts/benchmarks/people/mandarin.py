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
_INITIALS: Final = {
    **{"b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n"},
    **{"l": "l", "g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ"},
    **{"zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s"},
    "": "",
}
# The tone stands where the 0 is.
_FINALS: Final = {
    **{"a": "a0", "o": "wo0", "e": "ɤ0", "ai": "ai0", "ei": "ei0", "ao": "au0"},
    **{"ou": "ou0", "an": "a0n", "en": "ə0n", "ang": "a0ŋ", "eng": "ə0ŋ"},
    **{"er": "ɚ0", "i": "i0", "ia": "ja0", "ie": "je0", "iao": "jau0"},
    **{"iu": "jou0", "ian": "jɛ0n", "in": "i0n", "iang": "ja0ŋ", "ing": "i0ŋ"},
    **{"iong": "jʊ0ŋ", "u": "u0", "ua": "wa0", "uo": "wo0", "uai": "wai0"},
    **{"ui": "wei0", "uan": "wa0n", "un": "wə0n", "uang": "wa0ŋ", "ong": "ʊ0ŋ"},
    **{"ü": "y0", "üe": "ɥe0", "üan": "ɥɛ0n", "ün": "y0n"},
}
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
    path = Path(__file__).with_name("chinese.json")
    listed = json.loads(path.read_text("utf-8"))
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
