"""Measure texts from sounds that are not commands, and what they would trigger."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.stt import models
from benchmarks.stt.corpus import (
    EVERYDAY,
    HELD_OUT_VOICES,
    KNOWN_VOICES,
    NO_COMMANDS,
    ROOMS,
    commands,
    said,
    say_all,
    short_answers,
    with_silence,
)
from benchmarks.stt.household import household
from benchmarks.stt.sounds import Cast, kinds
from benchmarks.stt.table import Table
from hearken_speech.stt.engine import DecodeOptions
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.stt.utterance import Utterance
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.stt.household import Household
    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.recording import Recording

_AUDIBLE: Final = 200
_VOICES: Final = (*KNOWN_VOICES, *HELD_OUT_VOICES)


@dataclass(frozen=True)
class _Bench:
    """What all rows of a model share."""

    table: Table
    title: str
    engine: WhisperEngine
    peer: Any
    """faster-whisper's own recognizer with the same weights."""
    vad: SileroModel
    house: Household
    transcriber: Transcriber = field(default_factory=Transcriber)

    def texts(self, clip: Samples) -> dict[str, str]:
        """Return what a sound becomes, by recognizer."""
        recording = watched(clip, self.vad)
        plain = self.engine.decode(recording.mel, DecodeOptions(language="en"))
        kept = self.transcriber.transcribe(
            self.engine, recording, Request(language="en")
        )
        segments, _ = self.peer.transcribe(
            clip.astype(np.float32) / 32_768, language="en", beam_size=5
        )
        return {
            "peer": "".join(segment.text for segment in segments).strip(),
            "bare": plain.best.text,
            "kept": kept.text,
        }


async def run(folder: Path, *, quick: bool) -> Table:
    """Return the texts from non-speech, and the commands lost."""
    table = Table(
        "guard",
        "Guard: sounds that are no commands, and commands",
        (
            *("model", "sound", "clips", "faster-whisper: texts", "acted on"),
            *("no guard: texts", "acted on", "guard: texts", "acted on"),
        ),
        "faster-whisper: its own recognizer with the same weights, a beam of 5 and its "
        "own thresholds for silence (no speech 0.6, log-probability -1). A text is "
        "anything that is not empty. Acted on: Home Assistant's own agent, "
        f"in a house of {len(ROOMS)} rooms that has whatever the commands speak of, "
        "does or answers something. A command counts as acted on whatever is done. "
        "Near speech is not the guard's to stop: it is a text for Home Assistant.",
    )
    async with household(str(folder / "home-assistant")) as house:
        for model in models.prepare(folder / "models"):
            peer = WhisperModel(
                str(model.folder), device="cpu", cpu_threads=1, compute_type="int8"
            )
            bench = _Bench(
                table, model.title, model.engine(), peer, SileroModel(), house
            )
            await _all(bench, quick=quick)
    return table


async def _all(bench: _Bench, *, quick: bool) -> None:
    """Add all rows."""
    each = 10 if quick else 50
    for title, make in kinds(Cast(NO_COMMANDS, _VOICES)).items():
        await _count(bench, title, [make(number) for number in range(each)])
    near = [said(t, v) for t in NO_COMMANDS for v in _VOICES][: each // 2]
    await _count(bench, "near speech, no command", near)
    texts = [*EVERYDAY, *commands(20 if quick else 100, seed=3)]
    await _count_spoken(bench, "commands", _in_turn(texts), 2)
    short = _in_turn(short_answers())
    await _count_spoken(bench, "short answers", short[:: 7 if quick else 1], 1)


def _in_turn(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return texts, each with the next voice."""
    return list(zip(texts, itertools.cycle(_VOICES), strict=False))


async def _count_spoken(
    bench: _Bench, title: str, pairs: list[tuple[str, str]], every: int
) -> None:
    """Count clear speech; one command in so many also quietly and in noise."""
    spoken = [with_silence(clip, 0.4, 0.7) for clip in say_all(pairs)]
    await _count(bench, title, spoken)
    some = spoken[::every]
    quiet = [(clip * 0.05).astype(np.int16) for clip in some]
    await _count(bench, f"{title}, 26 dB quieter", quiet)
    hissing = [_noisy(clip, seed) for seed, clip in enumerate(some)]
    await _count(bench, f"{title}, noise 10 dB below", hissing)


async def _count(bench: _Bench, title: str, clips: list[Samples]) -> None:
    """Count texts and what they do, by recognizer."""
    counts: Counter[tuple[str, str]] = Counter()
    for clip in clips:
        for way, text in bench.texts(clip).items():
            if text:
                counts[way, "text"] += 1
                counts[way, "done"] += await bench.house.acts_on(text)
    cells = [
        counts[way, what]
        for way in ("peer", "bare", "kept")
        for what in ("text", "done")
    ]
    bench.table.add(bench.title, title, len(clips), *cells)


def _noisy(clip: Samples, seed: int) -> Samples:
    """Return a sound with noise 10 dB below the voice."""
    voice = clip[np.abs(clip.astype(np.int32)) > _AUDIBLE].astype(np.float64)
    level = float(np.sqrt(np.mean(voice**2)))
    hiss = np.random.default_rng(seed).normal(0, level * 10**-0.5, clip.size)
    return np.clip(clip + hiss, -32_768, 32_767).astype(np.int16)


def watched(clip: Samples, vad: SileroModel) -> Recording:
    """Return a recording with the result of voice activity detection."""
    utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
    utterance.add_audio(clip)
    return utterance.recording()
