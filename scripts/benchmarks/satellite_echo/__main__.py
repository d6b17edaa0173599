"""Say wake words over the satellite's own answer, with and without echo cancelling.

Two simulated rooms: in one, each word is said over a short answer without pauses, the
first one that the satellite ever gives; in the other, it goes on talking for minutes.
The canceller was chosen in the first, with every other recording; both are measured
with the rest. libspeexdsp's canceller is measured beside it.
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
from benchmarks.satellite_echo import hits, talking
from benchmarks.satellite_echo.cancellers import CANCELLERS, NONE, OURS
from benchmarks.satellite_echo.room import RATIOS_DB, SOFT, SPEAKERS, heard, loud
from benchmarks.wake.sounds import Clip, clips
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import sound
from house.house import House
from house.real_audio import transcribe

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

_WORD_GROUPS: Final = ("easy", "quiet", "fragile")
_OTHER_SPEECH_SECONDS: Final = 600.0
_LEARN_SECONDS: Final = 4.0
_CLIP_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
_TALK_TIMES: Final = 4
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
    canceller: str
    speaker: str = SOFT

    def heard(self, played: Samples, voice: np.ndarray) -> Samples:
        """Return what the satellite hears of a voice over its own sound."""
        recorded = heard(played, voice, self.ratio_db, self.speaker)
        return CANCELLERS[self.canceller](recorded, played)


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
    parser.add_argument(
        "--words", type=Path, help="only talks, with this folder of people's “alexa”"
    )
    options = parser.parse_args()
    print(f"{processor()}\n")
    rows: list[Row | talking.Talk] = []
    if options.words is None:
        print(
            "speech/echo  canceller     found  false  commands  exact  leaked  speaker"
        )
        rows += asyncio.run(_measure(quick=options.quick))
        _other_speech(60.0 if options.quick else _OTHER_SPEECH_SECONDS)
    rows += _talks(options.words, 1 if options.quick else _TALK_TIMES)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return 0


def _talks(folder: Path | None, talks: int) -> list[talking.Talk]:
    """Measure over minutes of talk, and print."""
    said = [
        talking.Said(str(each.word), sound.trim(each.samples)) for each in _held_out()
    ] * _TALK_TIMES
    if folder is not None:
        said = [talking.Said("alexa", read(path)) for path in sorted(folder.iterdir())]
    recordings = [read(path) for path in sorted((RECORDINGS / "speech").glob("*.wav"))]
    print("\nover minutes of talk:\nspeech/echo  canceller     found  false")
    measured = []
    for row in talking.measure(said, recordings, talks):
        measured.append(row)
        print(
            f"{row.ratio_db:>8.0f} dB  {row.canceller:<11}{row.found:>5}/{row.words:<4}"
            f"{row.false:>4} in {row.minutes:.0f} minutes",
            flush=True,
        )
    return measured


def _held_out() -> list[Clip]:
    """Return the recordings that the canceller was not chosen with."""
    words = [each for each in clips(generated=False) if each.group in _WORD_GROUPS]
    return words[1::2]


async def _measure(*, quick: bool) -> list[Row]:
    """Measure all ratios, with and without."""
    words = _held_out()
    answers = [
        np.concatenate([sound.speak(text, voice) for text in _ANSWER])
        for voice in _VOICES[: 1 if quick else None]
    ]
    scenes = [Scene(ratio, name) for ratio in RATIOS_DB for name in CANCELLERS]
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
    for speaker in SPEAKERS:
        if speaker != SOFT:
            for name in (OURS, NONE):
                scene = Scene(min(RATIOS_DB), name, speaker)
                rows.append(_words(words, answers, scene))
                _print(rows[-1])
    return rows


def _print(row: Row) -> None:
    """Print a line of the table."""
    print(
        f"{row.scene.ratio_db:>8.0f} dB  {row.scene.canceller:<11}"
        f"{row.found:>5}/{row.words:<4}"
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
    left = Scene(min(RATIOS_DB), OURS).heard(said, np.zeros(len(said)))
    used = time.process_time() - started
    found = hits.false([left])
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
            spoken.append(scene.heard(np.tile(answer, 2)[: len(voice)], loud(voice)))
            said.append(str(clip.word))
    alone = [scene.heard(answer, np.zeros(len(answer))) for answer in answers]
    return Row(scene, len(said), hits.found(spoken, said), hits.false(alone))


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
            recorded = row.scene.heard(played, loud(voice))
            begin = wake + len(word) - round(_PRE_ROLL_SECONDS * SAMPLE_RATE_HZ)
            text = (await transcribe(port, recorded[begin:])).lower()
            said = [each for each in text.split() if each != "alexa"]
            understood += said == _COMMAND.split()
            spoken = set(" ".join(_ANSWER).split()) - set(_COMMAND.split())
            leaked += sum(each.strip(".,") in spoken for each in said)
            count += 1
    return replace(row, commands=count, understood=understood, leaked=leaked)


if __name__ == "__main__":
    sys.exit(main())
