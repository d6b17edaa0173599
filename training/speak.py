"""Synthesize speech with the voices, at 16 kHz."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import resample_poly

from hearken_speech.protocol import SAMPLE_RATE_HZ
from training import neural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.voices import Voice

type Sound = NDArray[np.float32]
"""Samples from -1 to 1."""

_LIMIT_SECONDS: Final = 60
_BATCH_LIMIT_SECONDS: Final = 900
_ESPEAK_WORDS_PER_MINUTE: Final = 165
_ESPEAK_PITCH: Final = 50
_FLITE_PITCH_HZ: Final = {"slt": 170, "rms": 100, "awb": 125, "kal": 105, "kal16": 105}
_QUIET: Final = 0.008
_SIZE_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A text for one voice."""

    text: str
    voice: Voice


def say(lines: Sequence[Line]) -> list[Sound]:
    """Return every line as sound without silence around it; empty if it failed."""
    sounds: dict[int, Sound] = {}
    festival = [
        (n, line) for n, line in enumerate(lines) if line.voice.engine == "festival"
    ]
    if festival:
        spoken = _festival([line for _, line in festival])
        sounds.update(zip((n for n, _ in festival), spoken, strict=True))
    for n, line in enumerate(lines):
        if n not in sounds:
            sounds[n] = _one(line)
    return [trim(_sized(sounds[n], lines[n].voice.size)) for n in range(len(lines))]


def programs() -> str:
    """Return the versions of the speech synthesizers that this machine has."""
    asked = (["espeak-ng", "--version"], ["flite", "--version"], ["festival", "-v"])
    return "".join(
        subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=30
        ).stdout
        for command in asked
        if shutil.which(command[0])
    )


def trim(sound: Sound) -> Sound:
    """Cut silence off both ends."""
    loud = np.flatnonzero(np.abs(sound) > _QUIET)
    return sound[loud[0] : loud[-1] + 1] if loud.size else sound[:0]


def _one(line: Line) -> Sound:
    """Return a line spoken by any program but festival."""
    voice = line.voice
    if voice.engine == "kokoro":
        return _resampled(neural.kokoro(line.text, voice), neural.KOKORO_RATE_HZ)
    if voice.engine == "piper":
        return _resampled(neural.piper(line.text, voice), neural.PIPER_RATE_HZ)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speech.wav")
        if voice.engine == "flite":
            command = ["flite", "-voice", voice.name, "-t", line.text, "-o", str(path)]
            command += ["--setf", f"duration_stretch={1 / voice.speed:.3f}"]
            if voice.pitch != 1.0:
                mean = _FLITE_PITCH_HZ[voice.name] * voice.pitch
                command += ["--setf", f"int_f0_target_mean={mean:.0f}"]
        else:
            command = ["espeak-ng", "-v", voice.name, "-w", str(path)]
            command += ["-s", f"{_ESPEAK_WORDS_PER_MINUTE * voice.speed:.0f}"]
            pitch = _ESPEAK_PITCH + 120 * (voice.pitch - 1)
            command += ["-p", f"{min(99.0, max(0.0, pitch)):.0f}", line.text]
        subprocess.run(
            command, check=False, capture_output=True, timeout=_LIMIT_SECONDS
        )
        return _read(path)


def _festival(lines: Sequence[Line]) -> list[Sound]:
    """Return many lines spoken by festival in one run."""
    with tempfile.TemporaryDirectory() as folder:
        script = io.StringIO()
        for n, line in enumerate(lines):
            text = line.text.replace("\\", "").replace('"', "")
            script.write(f"(voice_{line.voice.name})\n")
            script.write(
                f"(Parameter.set 'Duration_Stretch {1 / line.voice.speed:.3f})\n"
            )
            script.write(
                f'(utt.save.wave (utt.synth (Utterance Text "{text}"))'
                f' "{folder}/{n}.wav" (quote riff))\n'
            )
        subprocess.run(
            ["festival", "--pipe"],
            input=script.getvalue(),
            text=True,
            check=False,
            capture_output=True,
            timeout=_BATCH_LIMIT_SECONDS,
        )
        return [_read(Path(folder, f"{n}.wav")) for n in range(len(lines))]


def _read(path: Path) -> Sound:
    """Return the sound of a WAV file, or an empty array if it is missing."""
    try:
        with wave.open(str(path), "rb") as file:
            rate = file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    except (OSError, EOFError, wave.Error):
        return np.zeros(0, np.float32)
    return _resampled(np.asarray(data / 32_768, np.float32), rate)


def _resampled(sound: Sound, rate: int) -> Sound:
    """Return a sound at 16 kHz."""
    if rate != SAMPLE_RATE_HZ and sound.size:
        common = gcd(rate, SAMPLE_RATE_HZ)
        sound = resample_poly(sound, SAMPLE_RATE_HZ // common, rate // common)
    return np.asarray(sound, np.float32)


def _sized(sound: Sound, size: float) -> Sound:
    """Play a sound faster or slower."""
    steps = round(size * _SIZE_STEPS)
    if steps == _SIZE_STEPS or not sound.size:
        return sound
    return np.asarray(resample_poly(sound, _SIZE_STEPS, steps), np.float32)
