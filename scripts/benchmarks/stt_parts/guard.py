"""Whether anything is made of sounds that are no commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt_parts.corpus import (
    EVERYDAY,
    HELD_OUT_VOICES,
    KNOWN_VOICES,
    NO_COMMANDS,
    commands,
    said,
    say_all,
    with_silence,
)
from benchmarks.stt_parts.models import embedded_engine
from benchmarks.stt_parts.table import Table, percent
from hearken_speech.stt.engine import DecodeOptions
from hearken_speech.stt.transcriber import Request, Transcriber
from hearken_speech.stt.utterance import LISTEN_FOR_EVER, Utterance
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.transcriber import Recording

SECONDS: Final = 4.0
_SAMPLES: Final = int(SECONDS * 16_000)
_VOICES: Final = (*KNOWN_VOICES, *HELD_OUT_VOICES)


def run(folder: Path, *, quick: bool) -> Table:
    """Return how much is made of nothing, and how many commands are lost."""
    table = Table(
        "guard",
        "Guard: sounds that are no commands, and commands (embedded model)",
        ("sound", "clips", "no guard: texts", "guard: texts", "guard: share %"),
        "A text is anything that is not empty. Without the guard every text counts. "
        "Near speech is not the guard's to stop: it is a text for the recogniser.",
    )
    engine, vad = embedded_engine(folder), SileroModel()
    each = 10 if quick else 100
    kinds: dict[str, Callable[[int], Samples]] = {
        "silence": _silence,
        "noise: white, pink, brown": _noise,
        "hum and tones": _tones,
        "music-like": _music,
        "babble of five voices": _babble,
        "far speech, no command": _far,
    }
    for title, make in kinds.items():
        clips = [make(number) for number in range(each)]
        _count(table, engine, vad, title, clips)
    near = [said(t, v) for t in NO_COMMANDS for v in _VOICES][: each // 2]
    _count(table, engine, vad, "near speech, no command", near)
    texts = [*EVERYDAY, *commands(20 if quick else 100, seed=3)]
    pairs = [(t, v) for t in texts for v in (_VOICES[:2] if quick else _VOICES)]
    spoken = [with_silence(clip, 0.4, 0.7) for clip in say_all(pairs)]
    _count(table, engine, vad, "commands", spoken)
    quiet = [(clip * 0.05).astype(np.int16) for clip in spoken[:: 2 if quick else 4]]
    _count(table, engine, vad, "commands, 26 dB quieter", quiet)
    return table


def _count(
    table: Table,
    engine: WhisperEngine,
    vad: SileroModel,
    title: str,
    clips: list[Samples],
) -> None:
    """Count texts with and without the guard."""
    transcriber, bare, kept = Transcriber(), 0, 0
    for clip in clips:
        recording = _watched(clip, vad)
        plain = engine.decode(recording.mel, DecodeOptions(language="en"))
        result = transcriber.transcribe(engine, recording, Request(language="en"))
        bare += bool(plain.best.text)
        kept += bool(result.text)
    table.add(title, len(clips), bare, kept, percent(kept, len(clips)))


def _watched(clip: Samples, vad: SileroModel) -> Recording:
    """Return a recording with what voice activity found in it."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    utterance.feed(clip)
    return utterance.recording()


def _random(seed: int) -> np.random.Generator:
    """Return the same numbers every time."""
    return np.random.default_rng(seed)


def _silence(seed: int) -> Samples:
    """Return digital silence, or the hiss of a microphone."""
    return _random(seed).normal(0, seed % 5 * 4, _SAMPLES).astype(np.int16)


def _noise(seed: int) -> Samples:
    """Return noise of a colour and level."""
    random = _random(seed)
    spectrum = np.fft.rfft(random.normal(0, 1, _SAMPLES))
    frequency = np.maximum(1.0, np.arange(spectrum.size))
    coloured = np.fft.irfft(spectrum / frequency ** (seed % 3 / 2), _SAMPLES)
    return _levelled(coloured, 10 ** random.uniform(1.5, 3.7))


def _tones(seed: int) -> Samples:
    """Return mains hum, beeps and alarms."""
    random, time = _random(seed), np.arange(_SAMPLES) / 16_000
    base = random.choice([50, 60, 440, 1_000, 2_500])
    tone = sum(np.sin(2 * np.pi * base * n * time) / n for n in range(1, 5))
    if seed % 2:
        tone = tone * (np.sin(2 * np.pi * random.uniform(1, 5) * time) > 0)
    return _levelled(np.asarray(tone), 10 ** random.uniform(2, 3.7))


def _music(seed: int) -> Samples:
    """Return chords with a beat."""
    random, time = _random(seed), np.arange(_SAMPLES) / 16_000
    mix = np.zeros(_SAMPLES)
    beat = 16_000 * 60 // int(random.integers(70, 160))
    for start in range(0, _SAMPLES, beat):
        span = min(beat * 2, _SAMPLES - start)
        fade = np.exp(-3 * np.arange(span) / beat)
        root = 110 * 2 ** (random.integers(0, 24) / 12)
        for step in (0, 4, 7, 12):
            note = root * 2 ** (step / 12)
            for n in range(1, 6):
                wave = np.sin(2 * np.pi * note * n * time[:span])
                mix[start : start + span] += wave * fade / n
        drum = random.normal(0, 2, min(1_200, span)) * np.exp(
            -np.arange(min(1_200, span)) / 250
        )
        mix[start : start + drum.size] += drum
    return _levelled(mix, 10 ** random.uniform(2.5, 3.8))


def _babble(seed: int) -> Samples:
    """Return five people who talk at the same time."""
    random = _random(seed)
    mix = np.zeros(_SAMPLES)
    for _ in range(5):
        text, voice = random.choice(NO_COMMANDS), random.choice(_VOICES)
        speech = np.tile(said(str(text), str(voice)).astype(np.float64), 3)
        start = int(random.integers(0, speech.size - _SAMPLES))
        mix += speech[start : start + _SAMPLES]
    return _levelled(mix, 10 ** random.uniform(2, 3.3))


def _far(seed: int) -> Samples:
    """Return somebody in the next room: quiet, echoing, with noise."""
    random = _random(seed)
    text, voice = random.choice(NO_COMMANDS), random.choice(_VOICES)
    speech = said(str(text), str(voice)).astype(np.float64)[:_SAMPLES]
    echo = random.normal(0, 1, 8_000) * np.exp(-np.arange(8_000) / 2_000)
    wet = np.convolve(speech, echo)[: speech.size]
    level = 10 ** random.uniform(1.2, 2.0)
    quiet = _levelled(wet, level).astype(np.float64)
    return (quiet + random.normal(0, level, quiet.size)).astype(np.int16)


def _levelled(wave: np.ndarray, level: float) -> Samples:
    """Return a sound at a root mean square level."""
    power = float(np.sqrt(np.mean(wave**2))) or 1.0
    return np.clip(wave / power * level, -32_768, 32_767).astype(np.int16)
