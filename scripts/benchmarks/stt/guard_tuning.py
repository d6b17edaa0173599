"""Set the guard's thresholds for a model, with sounds made for that purpose.

Each kind of evidence gets up to three steps: one that no command passed, one that
1 in 200 did, one that 1 in 30 did. A search decides which of them are used: as few
sounds as possible that are not commands may give a text, while hardly any command is
refused. Ten times the highest no-speech probability of any command suffices alone, and
so does one above 0.5. Texts of one or two words have their own thresholds. The sounds
differ from those of ``scripts/bench stt`` and ``scripts/bench model``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.stt import development
from benchmarks.stt.guard import watched
from hearken_speech.models import EMBEDDED_MODEL, Library, LoadOptions, load_model
from hearken_speech.stt import guard
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine
from hearken_speech.vad.silero import SileroModel

DATA: Final = Path(guard.__file__).with_name("guard.json")
TUNED: Final = (
    *("no_speech_probability", "average_log_probability", "lead"),
    *("voice_probability", "level_range_db"),
)
"""The rest is set by hand: commands made here do not pause, ramble or loop."""
TUNED_SHORT: Final = (*TUNED, "speech_seconds", "words_per_second")
"""The same for a word or two, where speech may be very short."""
WEIGHTS: Final = (0.7, 0.5, 0.3)
"""None is enough alone: two kinds of evidence have to agree."""
NO_SPEECH: Final = 0.5
"""Enough alone: the model is surer than not that nobody speaks."""
NO_SPEECH_MARGIN: Final = 10.0
"""Enough alone, too: so many times what any command had."""
QUANTILES: Final = (0.0, 0.005, 0.033)
MOST_REFUSED: Final = 0.003
"""Share of the commands that may be refused."""
MOST_DIFFERENT: Final = 0.01
"""Share of sure texts that a wide beam may write otherwise."""


type Kinds = tuple[str, ...]
"""Names of evidence."""


@dataclass(frozen=True)
class Clip:
    """The evidence about one sound."""

    kind: str
    said: str
    """Empty if the sound is not a command."""
    text: str
    evidence: guard.Evidence
    quick_text: str
    quick_log_probability: float


def main() -> int:
    """Measure, choose thresholds, and write them."""
    parser = argparse.ArgumentParser("scripts/tune-guard", description=__doc__)
    parser.add_argument("--model", type=Path, help="folder or pack; else the embedded")
    parser.add_argument("--each", type=int, default=60, help="sounds of every kind")
    parser.add_argument("--dry-run", action="store_true", help="print, do not write")
    options = parser.parse_args()
    engine = _engine(options.model)
    clips = _measure(engine, options.each)
    data = json.loads(DATA.read_text(encoding="utf-8"))
    name = engine.model.traits.guard
    short, long = _parted(clips)
    _tune(long, _profile(data, name, "whisper"), TUNED)
    short_name = guard.short_profile(name)
    _tune(short, _profile(data, short_name, "embedded, short"), TUNED_SHORT)
    data["sure_log_probability"][name] = _sure(clips)
    _report(clips, data["profiles"], name)
    _report_sure(clips, data["sure_log_probability"][name])
    if not options.dry_run:
        DATA.write_text(_written(data), encoding="utf-8")
        print(f'Profile "{name}" is in {DATA}')
    return 0


def _engine(path: Path | None) -> WhisperEngine:
    """Return the loaded model."""
    if path is None:
        return Library(Path()).loader(EMBEDDED_MODEL, LoadOptions())()
    return WhisperEngine(load_model(path, LoadOptions()))


def _measure(engine: WhisperEngine, each: int) -> list[Clip]:
    """Return the evidence about all sounds."""
    vad = SileroModel()
    sounds = [(kind, "", sound) for kind, sound in development.no_commands(each)]
    sounds += [
        (f"command, {condition}", text, sound)
        for text, condition, sound in development.spoken_commands(2 * each)
    ]
    sounds += [
        (f"short answer, {condition}", text, sound)
        for text, condition, sound in development.spoken_answers()
    ]
    clips = []
    for kind, said, sound in sounds:
        recording = watched(sound, vad)
        if not recording.speech_seconds:
            # Nothing is decoded if nobody speaks.
            continue
        place = (recording.first_sample, recording.last_sample)
        texts = [
            engine.decode(
                recording.mel, DecodeOptions(language="en", beam_size=beam), *place
            )
            for beam in (5, 1)
        ]
        evidence = guard.gather(texts[0], recording.sound)
        clips.append(
            Clip(
                kind=kind,
                said=said,
                text=texts[0].best.text,
                evidence=evidence,
                quick_text=texts[1].best.text,
                quick_log_probability=texts[1].best.average_log_probability,
            )
        )
    return clips


def _parted(clips: list[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Return the clips for the short thresholds, and the rest.

    Refusing a misheard short answer loses nothing. A misheard sentence may still be
    useful, so refusing a long one always counts as a loss.
    """
    short = [clip for clip in clips if clip.evidence.is_short]
    long = [clip for clip in clips if not clip.evidence.is_short]
    return [clip for clip in short if not clip.said or clip.said == clip.text], long


def _profile(data: dict[str, Any], name: str, like: str) -> guard.Thresholds:
    """Return a profile to change; a new one copies the values set by hand."""
    profiles: dict[str, guard.Thresholds] = data["profiles"]
    return profiles.setdefault(name, dict(profiles[like]))


def _tune(clips: list[Clip], profile: guard.Thresholds, kinds: Kinds) -> None:
    """Choose the thresholds of a profile from its sounds."""
    steps = _steps(clips, kinds)
    alone = _enough_alone(clips)
    for kind, level in _choose(clips, steps, alone).items():
        profile[kind] = _used(kind, steps[kind][:level], alone)


def _steps(clips: list[Clip], kinds: Kinds) -> dict[str, list[list[float]]]:
    """Return the steps of each kind of evidence, strongest first."""
    found = {}
    for kind in kinds:
        sign = -1.0 if kind in guard.LOW_IS_BAD else 1.0
        good, bad = (
            np.sort(
                [
                    sign * value
                    for clip in clips
                    if clip.text
                    and bool(clip.said) is command
                    and (value := getattr(clip.evidence, kind)) is not None
                ]
            )
            for command in (True, False)
        )
        places = [float(np.quantile(good, 1 - q)) for q in QUANTILES]
        # Doubt begins closer to the commands than to the rest.
        if bad.size:
            places[0] = max(places[0], (places[0] + float(np.median(bad))) / 2)
        found[kind] = [
            [round(sign * place, 4), weight]
            for place, weight in zip(places, WEIGHTS, strict=True)
        ]
    return found


def _enough_alone(clips: list[Clip]) -> float:
    """Return the no-speech probability that suffices alone."""
    most = max(
        clip.evidence.no_speech_probability for clip in clips if clip.said and clip.text
    )
    return round(min(NO_SPEECH, NO_SPEECH_MARGIN * most), 4)


def _used(kind: str, steps: list[list[float]], alone: float) -> list[list[float]]:
    """Return the chosen steps, preceded by the step that suffices alone."""
    if kind != "no_speech_probability":
        return steps
    below = [step for step in steps if step[0] < alone]
    return [[alone, guard.REJECTING_WEIGHT], *below]


def _choose(
    clips: list[Clip], steps: dict[str, list[list[float]]], alone: float
) -> dict[str, int]:
    """Return how many steps of each kind of evidence are used."""
    heard = [clip for clip in clips if clip.text]
    command = np.array([bool(clip.said) for clip in heard])
    weights = {
        kind: [
            np.array(
                [
                    guard.judge(
                        clip.evidence, thresholds={kind: _used(kind, some[:n], alone)}
                    ).weight
                    for clip in heard
                ]
            )
            for n in range(len(some) + 1)
        ]
        for kind, some in steps.items()
    }

    may_be_lost = int(MOST_REFUSED * command.sum())

    def price(levels: tuple[int, ...]) -> tuple[int, int, int, float]:
        weight = sum(weights[k][n] for k, n in zip(steps, levels, strict=True))
        refused = np.asarray(weight) > guard.REJECTING_WEIGHT - 1e-6
        lost = int((refused & command).sum())
        passed = int((~refused & ~command).sum())
        doubt = float(np.minimum(weight, 2.0)[~command].mean())
        return max(lost, may_be_lost), passed, lost, -doubt

    best = min(itertools.product(range(len(WEIGHTS) + 1), repeat=len(steps)), key=price)
    return dict(zip(steps, best, strict=True))


def _sure(clips: list[Clip]) -> float:
    """Return the confidence above which a wide beam improves nothing."""
    commands = [clip for clip in clips if clip.said]
    sure = 0.0
    for percent in range(5, 51):
        level = -percent / 100
        some = [clip for clip in commands if clip.quick_log_probability >= level]
        other = [clip for clip in some if clip.text != clip.quick_text]
        wide = sum(clip.text == clip.said for clip in other)
        narrow = sum(clip.quick_text == clip.said for clip in other)
        if wide > narrow or len(other) > MOST_DIFFERENT * len(some):
            break
        sure = level
    return sure


def _report(clips: list[Clip], profiles: dict[str, Any], name: str) -> None:
    """Print the effect of the thresholds."""
    print("| sound | sounds | texts | accepted |\n|---|---|---|---|")
    for kind in dict.fromkeys(clip.kind for clip in clips):
        some = [clip for clip in clips if clip.kind == kind]
        texts = [clip for clip in some if clip.text]
        accepted = [
            clip
            for clip in texts
            if not guard.judge(
                clip.evidence, thresholds=profiles[_profile_for(clip, name)]
            ).rejected
        ]
        print(f"| {kind} | {len(some)} | {len(texts)} | {len(accepted)} |")


def _profile_for(clip: Clip, name: str) -> str:
    """Return the name of the profile for a sound."""
    if clip.evidence.is_short:
        return guard.short_profile(name)
    return name


def _report_sure(clips: list[Clip], sure: float) -> None:
    """Print how often a narrow beam is enough."""
    spared = [
        clip for clip in clips if clip.said and clip.quick_log_probability >= sure
    ]
    share = len(spared) / max(1, sum(bool(clip.said) for clip in clips))
    print(f"\nThe wide beam is spared above {sure}: {share:.0%} of the commands.")


def _written(data: dict[str, Any]) -> str:
    """Return the file with one line per kind of evidence and language."""

    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    profiles = ",\n".join(
        f"    {line(name)}: {{\n"
        + ",\n".join(f"      {line(k)}: {line(v)}" for k, v in profile.items())
        + "\n    }"
        for name, profile in data["profiles"].items()
    )
    phantoms = ",\n".join(
        f"    {line(name)}: {line(texts)}" for name, texts in data["phantoms"].items()
    )
    return (
        f'{{\n  "comment": {line(data["comment"])},\n'
        f'  "sure_log_probability": {line(data["sure_log_probability"])},\n'
        f'  "profiles": {{\n{profiles}\n  }},\n  "phantoms": {{\n{phantoms}\n  }}\n}}\n'
    )


if __name__ == "__main__":
    sys.exit(main())
