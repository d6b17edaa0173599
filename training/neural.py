# ruff: noqa: RUF001 - phonemes are no letters
"""Neural voices: Kokoro and Piper, run by onnxruntime on one thread.

They only speak the training sentences; no part of them is in the model.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime

from training.weights import kokoro_folder, piper_folder

if TYPE_CHECKING:
    from pathlib import Path

    from training.speak import Sound
    from training.voices import Voice

KOKORO_RATE_HZ: Final = 24_000
PIPER_RATE_HZ: Final = 22_050

_LIMIT_SECONDS: Final = 30
_LONGEST_PHONEMES: Final = 500
_STYLE_WIDTH: Final = 256
_PIPER_NOISE: Final = 0.667
_PIPER_RHYTHM: Final = 0.8
_MIX: Final = re.compile(r"([a-z]{2}_[a-z]+)(?:~([a-z]{2}_[a-z]+))?")
# Kokoro was trained on phonemes that differ from espeak-ng's in these, and in the
# rules for each accent below. The longest come first.
_REPLACED: Final = (
    *(("ʔˌn̩", "tn"), ("ʔn̩", "tn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ")),
    *(("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("ə^l", "ᵊl"), ("ʔn", "tn")),
    *(("ʲo", "jo"), ("ʲə", "jə"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k")),
    *(("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("ʔ", "t"), ("̃", "")),
)
_REPLACED_AMERICAN: Final = (
    *(("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", "")),
    ("e", "A"),
)
_REPLACED_BRITISH: Final = (("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("e", "A"))
_SYLLABIC: Final = re.compile(r"(\S)̩")


def kokoro(text: str, voice: Voice) -> Sound:
    """Return a text spoken by Kokoro at its own rate; empty if it cannot say it.

    Two names joined by ``~`` are a speaker half way between both.
    """
    session, numbers = _kokoro()
    marks = kokoro_phonemes(text, british=voice.name.startswith("b"))
    tokens = [numbers[mark] for mark in marks if mark in numbers]
    if not tokens or len(tokens) > _LONGEST_PHONEMES:
        return np.zeros(0, np.float32)
    found = _MIX.fullmatch(voice.name)
    if found is None:
        msg = f"no voice of Kokoro: {voice.name}"
        raise ValueError(msg)
    styles = [_style(name) for name in found.groups() if name]
    style = np.mean([one[len(tokens)] for one in styles], axis=0)
    ids, styled, speed = (item.name for item in session.get_inputs())
    given = {
        ids: np.array([[0, *tokens, 0]], np.int64),
        styled: style[None].astype(np.float32),
        speed: np.array([voice.speed], np.float32),
    }
    return np.asarray(session.run(None, given)[0], np.float32).reshape(-1)


def piper(text: str, voice: Voice) -> Sound:
    """Return a text spoken by Piper at its own rate; ``pitch`` is how lively it is."""
    session, known = _piper()
    ids = [*known["^"], *known["_"]]
    for mark in _espeak(text, "en-us", tie=False):
        if mark in known:
            ids += [*known[mark], *known["_"]]
    ids += known["$"]
    scales = (_PIPER_NOISE * voice.pitch, 1 / voice.speed, _PIPER_RHYTHM * voice.pitch)
    given = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array(scales, np.float32),
    }
    return np.asarray(session.run(None, given)[0], np.float32).reshape(-1)


def kokoro_phonemes(text: str, *, british: bool) -> str:
    """Return the phonemes of a text as Kokoro was trained on them."""
    marks = _espeak(text, "en-gb" if british else "en-us", tie=True)
    accent = _REPLACED_BRITISH if british else _REPLACED_AMERICAN
    for old, new in (*_REPLACED, *accent):
        marks = marks.replace(old, new)
    return _SYLLABIC.sub(r"ᵊ\1", marks).replace("^", "")


def _espeak(text: str, accent: str, *, tie: bool) -> str:
    """Return espeak-ng's phonemes of a text."""
    command = ["espeak-ng", "-q", "--ipa", "-v", accent, text]
    if tie:
        command.insert(3, "--tie=^")
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=_LIMIT_SECONDS
    )
    return " ".join(result.stdout.split())


def _session(path: Path) -> Any:
    """Return a model that runs on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )


@lru_cache(maxsize=1)
def _kokoro() -> tuple[Any, dict[str, int]]:
    """Return Kokoro and the numbers of its phonemes."""
    folder = kokoro_folder()
    numbers = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    return _session(folder / "model.onnx"), numbers


@lru_cache(maxsize=64)
def _style(name: str) -> np.ndarray[Any, Any]:
    """Return a speaker's style for each number of phonemes."""
    path = kokoro_folder() / "voices" / f"{name}.bin"
    return np.fromfile(path, np.float32).reshape(-1, _STYLE_WIDTH)


@lru_cache(maxsize=1)
def _piper() -> tuple[Any, dict[str, list[int]]]:
    """Return Piper and the numbers of its phonemes."""
    path = piper_folder() / "en_US-joe-medium.onnx"
    known = json.loads(path.with_suffix(".onnx.json").read_text(encoding="utf-8"))
    return _session(path), known["phoneme_id_map"]
