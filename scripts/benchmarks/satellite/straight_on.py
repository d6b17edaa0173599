"""Commands that follow the wake word without a pause, of which no word may be lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.satellite.rooms import Ears
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate
from hearken_speech.stt.utterance import Utterance
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER
from hearken_speech.vad.silero import SileroModel
from house import sound

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.events import Detected

VOICES: Final = ("flite:slt", "flite:rms", "flite:awb", "espeak:en-us")
VERBS: Final = ("turn on", "switch off", "open", "what about")
THINGS: Final = (
    *("the kitchen light", "all blinds", "it", "everything", "a window"),
    *("upstairs", "the radio"),
)
WORDS: Final = {"alexa": "alexa", "hey_jarvis": "hey jarvis"}
_LEAD_SECONDS: Final = 1.5


@dataclass
class Outcome:
    """What came of all commands."""

    vad: SileroModel = field(default_factory=SileroModel, repr=False)
    commands: int = 0
    missed: int = 0
    """Wake words that were not detected."""
    cut: int = 0
    """Commands whose start did not reach speech-to-text."""
    cut_ms: list[float] = field(default_factory=list)
    left_ms: list[float] = field(default_factory=list)
    """How much of the wake word did."""

    def figures(self) -> dict[str, Any]:
        """Return the figures to print and store."""
        return {
            "commands": self.commands,
            "missed_wake_words": self.missed,
            "cut": self.cut,
            "longest_cut_ms": round(max(self.cut_ms, default=0.0)),
            "median_left_of_the_wake_word_ms": round(
                float(np.median(self.left_ms)) if self.left_ms else 0.0
            ),
        }


def run(folder: Path) -> dict[str, Any]:
    """Measure, and return the figures."""
    ears = Ears(folder)
    outcome = Outcome()
    for voice in VOICES:
        for word, phrase in WORDS.items():
            said = sound.trim(sound.speak(phrase, voice))
            for text in (f"{verb} {thing}" for verb in VERBS for thing in THINGS):
                command = sound.trim(sound.speak(text, voice))
                _measure(ears, outcome, word, (said, command))
    ears.close()
    return outcome.figures()


def _measure(
    ears: Ears, outcome: Outcome, name: str, sounds: tuple[Samples, Samples]
) -> None:
    """Say a wake word and a command, and compare what speech-to-text would get."""
    word, command = sounds
    lead = sound.silence(_LEAD_SECONDS)
    said = np.concatenate((lead, word, command, sound.silence(1.0)))
    outcome.commands += 1
    detected = ears.detect(name, said)
    if detected is None:
        outcome.missed += 1
        return
    begins_at = len(lead) + len(word)
    sent_from = sent(said, detected, outcome.vad)
    late_ms = 1000 * (sent_from - begins_at) / SAMPLE_RATE_HZ
    if late_ms > 0:
        outcome.cut += 1
        outcome.cut_ms.append(late_ms)
    else:
        outcome.left_ms.append(-late_ms)


def sent(said: Samples, detected: Detected, vad: SileroModel) -> int:
    """Return the position of the first sample that speech-to-text decodes."""
    gate = Gate()
    for at in range(0, len(said), FRAME_SAMPLES):
        gate.push(Frame(said[at : at + FRAME_SAMPLES], at, at / SAMPLE_RATE_HZ))
        if gate.position_samples >= detected.position_samples:
            break
    pre_roll = detected.position_samples - PRE_ROLL_SAMPLES
    opened = gate.open(min(pre_roll, detected.begin_samples))[0].event()
    begin = int(opened.data["timestamp"]) * SAMPLE_RATE_HZ // 1000
    lead = max(0, detected.end_samples - begin)
    utterance = Utterance(vad, lead_samples=lead, settings=LISTEN_FOR_EVER)
    utterance.add_audio(said[begin:])
    return begin + utterance.recording().first_sample
