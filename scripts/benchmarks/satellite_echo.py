"""Say wake words over the satellite's own answer, with and without echo cancelling.

The room is simulated: an impulse response of 250 ms, 60 ms away, behind a speaker that
distorts. The canceller is the satellite's own, with its reference and its frames. It
was chosen with every other recording, and is measured with the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.machine import processor
from benchmarks.common.recordings import RECORDINGS, read
from benchmarks.wake.scores import score_all
from benchmarks.wake.sounds import Clip, clips
from hearken_speech.audio.format import NATIVE, Samples, to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.echo import EchoCanceller, EchoReference
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from house import sound
from house.house import House
from house.real_audio import transcribe

if TYPE_CHECKING:
    from collections.abc import Callable

RATIOS_DB: Final = (-10.0, -5.0, 0.0)
_BOTH: Final = (True, False)
_WORD_GROUPS: Final = ("easy", "quiet", "fragile")
_SOFT: Final = "clips softly"
_SPEAKERS: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    _SOFT: lambda sound: np.tanh(sound / 12_000.0) * 12_000.0,
    "clips hard": lambda sound: np.clip(sound, -9_000.0, 9_000.0),
    "one-sided": lambda sound: (
        sound + 0.15 * sound * np.abs(sound / 12_000.0) ** 0.5 - 1e-5 * sound**2
    ),
    "distorts nothing": lambda sound: sound.astype(float),
}
_OTHER_SPEECH_SECONDS: Final = 600.0
_DELAY_SAMPLES: Final = SAMPLE_RATE_HZ * 60 // 1000
_TAIL_SAMPLES: Final = SAMPLE_RATE_HZ // 4
_LEARN_SECONDS: Final = 4.0
_CLIP_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
_THRESHOLD: Final = 0.5
_WARM_UP_STEPS: Final = 26
_VOICE_LEVEL: Final = 1500.0
_PRE_ROLL_SECONDS: Final = 0.5
_REACTION_SECONDS: Final = 0.3
"""Until a wake word has stopped the answer."""
_COMMAND: Final = "turn on the kitchen light"
_VOICES: Final = ("flite:slt", "flite:rms", "flite:awb", "espeak:en-us")
_ANSWER: Final = (
    "the weather tomorrow will be cloudy with some rain in the afternoon",
    "there are seven windows open and two doors are not locked",
    "your next appointment is on monday morning at half past nine",
)


@dataclass(frozen=True)
class Scene:
    """How loud the answer is, and what is done about it."""

    ratio_db: float
    """Of speech to echo."""
    cancelled: bool
    speaker: str = _SOFT


@dataclass(frozen=True)
class Row:
    """What was found in one scene."""

    scene: Scene
    words: int
    found: int
    false: int
    """Wake words found in the echo alone."""
    commands: int = 0
    understood: int = 0
    """Commands after an interruption whose text was exactly right."""
    leaked: int = 0
    """Words of the answer in these texts."""


def main() -> int:
    """Measure, print, and optionally write the figures as JSON."""
    name = "scripts/bench satellite_echo"
    parser = argparse.ArgumentParser(name, description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one answer, no commands")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{processor()}\n")
    print("speech/echo  canceller   found  false  commands  exact  leaked  speaker")
    rows = asyncio.run(_measure(quick=options.quick))
    _other_speech(60.0 if options.quick else _OTHER_SPEECH_SECONDS)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return 0


async def _measure(*, quick: bool) -> list[Row]:
    """Measure all ratios, with and without."""
    words = [c for c in clips(generated=False) if c.group in _WORD_GROUPS]
    words = words[1::2]
    answers = [
        np.concatenate([sound.speak(text, voice) for text in _ANSWER])
        for voice in _VOICES[: 1 if quick else None]
    ]
    scenes = [Scene(ratio, cancelled) for ratio in RATIOS_DB for cancelled in _BOTH]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with House(Path(folder)) as house:
            port = 0 if quick else (await house.start_server()).port
            for scene in scenes:
                row = _words(words, answers, scene)
                if port:
                    row = await _commands(row, answers, port)
                rows.append(row)
                _print(row)
    for speaker in _SPEAKERS:
        if speaker != _SOFT:
            for cancelled in _BOTH:
                scene = Scene(min(RATIOS_DB), cancelled, speaker)
                rows.append(_words(words, answers, scene))
                _print(rows[-1])
    return rows


def _print(row: Row) -> None:
    """Print a line of the table."""
    what = "ours" if row.scene.cancelled else "none"
    print(
        f"{row.scene.ratio_db:>8.0f} dB  {what:<9}{row.found:>5}/{row.words:<4}"
        f"{row.false:>4}{row.commands:>9}{row.understood:>8}{row.leaked:>7}"
        f"   {row.scene.speaker}",
        flush=True,
    )


def _other_speech(seconds: float) -> None:
    """Let the satellite say other things, and print what it took for a wake word."""
    files = sorted((RECORDINGS / "negatives").glob("*.flac"))
    pieces: list[Samples] = []
    length = 0
    for path in files:
        if length > seconds * SAMPLE_RATE_HZ:
            break
        pieces.append(read(path))
        length += len(pieces[-1])
    said = np.concatenate(pieces)
    started = time.process_time()
    heard = _heard(said, np.ones(len(said)), Scene(-10.0, cancelled=True), mute=True)
    used = time.process_time() - started
    scores = score_all([heard])[0]
    found = sum(_is_hit(each) for each in scores.values())
    minutes = len(said) / SAMPLE_RATE_HZ / 60
    print(f"echo of {minutes:.0f} minutes of German speech: {found} wake words;")
    print(f"cancelling took {100 * used / (60 * minutes):.1f} % of a core")


def _words(words: list[Clip], answers: list[Samples], scene: Scene) -> Row:
    """Look for each wake word over each answer, and in the answers alone."""
    start = round(_LEARN_SECONDS * SAMPLE_RATE_HZ)
    spoken, said = [], []
    for clip in words:
        voice = np.zeros(start + _CLIP_SAMPLES)
        samples = clip.samples[-_CLIP_SAMPLES:]
        voice[start : start + len(samples)] = samples
        for answer in answers:
            spoken.append(_heard(np.tile(answer, 2)[: len(voice)], voice, scene))
            said.append(str(clip.word))
    alone = [
        _heard(answer, np.ones(len(answer)), scene, mute=True) for answer in answers
    ]
    found = sum(
        _is_hit(scores[word])
        for scores, word in zip(score_all(spoken), said, strict=True)
    )
    false = sum(
        _is_hit(each) for scores in score_all(alone) for each in scores.values()
    )
    return Row(scene, len(said), found, false)


async def _commands(row: Row, answers: list[Samples], port: int) -> Row:
    """Interrupt answers with commands, and count what reached speech-to-text."""
    understood = leaked = count = 0
    wake = round(_LEARN_SECONDS * SAMPLE_RATE_HZ)
    for answer in answers:
        for voice_name in _VOICES:
            word = sound.trim(sound.speak("alexa", voice_name))
            command = sound.trim(sound.speak(_COMMAND, voice_name))
            gap = sound.silence(0.3)
            voice = np.concatenate(
                (np.zeros(wake), word, gap, command, sound.silence(0.5))
            ).astype(float)
            stop = wake + len(word) + round(_REACTION_SECONDS * SAMPLE_RATE_HZ)
            played = np.tile(answer, 2)[: len(voice)].copy()
            played[stop:] = 0
            heard = _heard(played, voice, row.scene)
            begin = wake + len(word) - round(_PRE_ROLL_SECONDS * SAMPLE_RATE_HZ)
            text = (await transcribe(port, heard[begin:])).lower()
            said = [each for each in text.split() if each != "alexa"]
            understood += said == _COMMAND.split()
            spoken = set(" ".join(_ANSWER).split()) - set(_COMMAND.split())
            leaked += sum(each.strip(".,") in spoken for each in said)
            count += 1
    return replace(row, commands=count, understood=understood, leaked=leaked)


def _heard(
    played: Samples, voice: np.ndarray, scene: Scene, *, mute: bool = False
) -> Samples:
    """Return what the satellite hears of a voice over its own sound."""
    echo = _room(_SPEAKERS[scene.speaker](played.astype(float)))
    loud = np.abs(voice) > 0.05 * np.abs(voice).max()
    # Some recordings are quiet; here, everybody speaks at the same level.
    voice = voice * (_VOICE_LEVEL / np.sqrt(np.mean(voice[loud] ** 2)))
    wanted = _VOICE_LEVEL / 10 ** (scene.ratio_db / 20)
    echo *= wanted / max(1.0, float(np.sqrt(np.mean(echo**2))))
    hiss = np.random.default_rng(3).normal(0, 10, len(echo))
    mixed = echo + hiss + (0 if mute else voice)
    recorded = np.clip(mixed, -32_768, 32_767).astype(np.int16)
    return _cancelled(recorded, played) if scene.cancelled else recorded


def _room(played: np.ndarray) -> np.ndarray:
    """Return the sound of the speaker at the microphone."""
    decay = np.exp(-6.9 * np.arange(_TAIL_SAMPLES) / _TAIL_SAMPLES)
    response = np.random.default_rng(5).normal(0, 0.3, _TAIL_SAMPLES) * decay
    response[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(played) + _TAIL_SAMPLES)))
    spectrum = np.fft.rfft(played, size) * np.fft.rfft(response, size)
    echo = np.fft.irfft(spectrum, size)[: len(played)]
    return np.concatenate((np.zeros(_DELAY_SAMPLES), echo))[: len(played)]


def _cancelled(recorded: Samples, played: Samples) -> Samples:
    """Return the recording after the satellite's canceller."""
    reference = EchoReference()
    canceller = EchoCanceller(reference)
    result = []
    for begin in range(0, len(recorded) - FRAME_SAMPLES, FRAME_SAMPLES):
        # A device takes sound before it is heard.
        ahead = begin + FRAME_SAMPLES if begin else 0
        piece = played[ahead : begin + 2 * FRAME_SAMPLES]
        if len(piece):
            reference.add(to_bytes(piece), NATIVE, ahead / SAMPLE_RATE_HZ)
        samples = recorded[begin : begin + FRAME_SAMPLES]
        frame = Frame(samples, begin, begin / SAMPLE_RATE_HZ)
        result.append(canceller.process(frame).samples)
    return np.concatenate(result)


def _is_hit(scores: np.ndarray) -> bool:
    """Return whether a word is detected: two steps in a row reach the threshold."""
    over = scores[_WARM_UP_STEPS:] >= _THRESHOLD
    return bool(np.any(over[1:] & over[:-1]))


if __name__ == "__main__":
    sys.exit(main())
