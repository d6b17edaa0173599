"""Say wake words over the satellite's own answer, with and without echo cancelling.

The room is simulated: an impulse response of 250 ms, 60 ms away, behind a speaker that
clips softly. The canceller is the satellite's own, with its reference and its frames.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.common.machine import processor
from benchmarks.wake.scores import score_all
from benchmarks.wake.sounds import Clip, clips
from hearken_speech.audio.format import NATIVE, Samples, to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.echo import EchoReference
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.devices.speex import SpeexEchoCanceller
from house import sound
from house.house import House
from house.real_audio import transcribe

RATIOS_DB: Final = (0.0, -5.0, -10.0)
_WORD_GROUPS: Final = ("easy", "quiet", "fragile")
_MAX_CLIPS: Final = 30
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
class Row:
    """What was found at one ratio of speech to echo."""

    ratio_db: float
    cancelled: bool
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
    parser.add_argument("--quick", action="store_true", help="eight words, no commands")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = asyncio.run(_measure(quick=options.quick))
    print(f"{processor()}\n")
    print("speech/echo  canceller   found  false  commands  exact  words of the answer")
    for row in rows:
        what = "speex" if row.cancelled else "none"
        print(
            f"{row.ratio_db:>8.0f} dB  {what:<9}{row.found:>5}/{row.words:<4}"
            f"{row.false:>4}{row.commands:>9}{row.understood:>8}{row.leaked:>12}"
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return 0


async def _measure(*, quick: bool) -> list[Row]:
    """Measure all ratios, with and without."""
    words = [c for c in clips(generated=False) if c.group in _WORD_GROUPS]
    words = words[: 8 if quick else _MAX_CLIPS]
    answers = [
        np.concatenate([sound.speak(text, voice) for text in _ANSWER])
        for voice in _VOICES
    ]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        async with House(Path(folder)) as house:
            port = 0 if quick else (await house.start_server()).port
            for ratio_db in RATIOS_DB:
                for cancelled in (False, True):
                    row = _words(words, answers, ratio_db, cancelled=cancelled)
                    if port:
                        row = await _commands(row, answers, port)
                    rows.append(row)
    return rows


def _words(
    words: list[Clip], answers: list[Samples], ratio_db: float, *, cancelled: bool
) -> Row:
    """Look for wake words over the answer, and in the answer alone."""
    start = round(_LEARN_SECONDS * SAMPLE_RATE_HZ)
    spoken, alone = [], []
    for index, clip in enumerate(words):
        voice = np.zeros(start + _CLIP_SAMPLES)
        samples = clip.samples[-_CLIP_SAMPLES:]
        voice[start : start + len(samples)] = samples
        answer = np.tile(answers[index % len(answers)], 2)[: len(voice)]
        spoken.append(_heard(answer, voice, ratio_db, cancelled=cancelled))
        alone.append(_heard(answer, voice, ratio_db, cancelled=cancelled, mute=True))
    found = sum(
        _is_hit(scores[str(clip.word)])
        for scores, clip in zip(score_all(spoken), words, strict=True)
    )
    false = sum(
        _is_hit(each) for scores in score_all(alone) for each in scores.values()
    )
    return Row(ratio_db, cancelled, len(words), found, false)


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
            heard = _heard(played, voice, row.ratio_db, cancelled=row.cancelled)
            begin = wake + len(word) - round(_PRE_ROLL_SECONDS * SAMPLE_RATE_HZ)
            text = (await transcribe(port, heard[begin:])).lower()
            said = [each for each in text.split() if each != "alexa"]
            understood += said == _COMMAND.split()
            spoken = set(" ".join(_ANSWER).split()) - set(_COMMAND.split())
            leaked += sum(each.strip(".,") in spoken for each in said)
            count += 1
    return Row(
        **(
            asdict(row)
            | {"commands": count, "understood": understood, "leaked": leaked}
        )
    )


def _heard(
    played: Samples,
    voice: np.ndarray,
    ratio_db: float,
    *,
    cancelled: bool,
    mute: bool = False,
) -> Samples:
    """Return what the satellite hears of a voice over its own sound."""
    echo = _room(played)
    loud = np.abs(voice) > 0.05 * np.abs(voice).max()
    # Some recordings are quiet; here, everybody speaks at the same level.
    voice = voice * (_VOICE_LEVEL / np.sqrt(np.mean(voice[loud] ** 2)))
    wanted = _VOICE_LEVEL / 10 ** (ratio_db / 20)
    echo *= wanted / max(1.0, float(np.sqrt(np.mean(echo**2))))
    hiss = np.random.default_rng(3).normal(0, 10, len(echo))
    mixed = echo + hiss + (0 if mute else voice)
    recorded = np.clip(mixed, -32_768, 32_767).astype(np.int16)
    return _cancelled(recorded, played) if cancelled else recorded


def _room(played: Samples) -> np.ndarray:
    """Return the sound of the speaker at the microphone."""
    clipped = np.tanh(played / 12_000.0) * 12_000.0
    decay = np.exp(-6.9 * np.arange(_TAIL_SAMPLES) / _TAIL_SAMPLES)
    response = np.random.default_rng(5).normal(0, 0.3, _TAIL_SAMPLES) * decay
    response[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(played) + _TAIL_SAMPLES)))
    spectrum = np.fft.rfft(clipped, size) * np.fft.rfft(response, size)
    echo = np.fft.irfft(spectrum, size)[: len(played)]
    return np.concatenate((np.zeros(_DELAY_SAMPLES), echo))[: len(played)]


def _cancelled(recorded: Samples, played: Samples) -> Samples:
    """Return the recording after the satellite's canceller."""
    reference = EchoReference()
    canceller = SpeexEchoCanceller(reference)
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
    canceller.close()
    return np.concatenate(result)


def _is_hit(scores: np.ndarray) -> bool:
    """Return whether a word is detected: two steps in a row reach the threshold."""
    over = scores[_WARM_UP_STEPS:] >= _THRESHOLD
    return bool(np.any(over[1:] & over[:-1]))


if __name__ == "__main__":
    sys.exit(main())
