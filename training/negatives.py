"""Make the bank of negatives from which wake words are learned.

    PYTHONPATH=scripts:addon:. .venv/bin/python -m training.negatives

Recordings of people, sounds, and sentences of synthetic voices become embeddings, half
of them as they are and half in another room. Orders to a machine are closest to what is
said after a wake word, and are heard twice.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.recordings import RECORDINGS, read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making import bank, sound
from hearken_speech.wake.making.embedding import ClipEmbedder
from hearken_speech.wake.making.scenes import Stage
from hearken_speech.wake.making.texts import sentences
from hearken_speech.wake.making.voice import Voices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.making.sound import Sound

FOLDERS: Final = {
    "people/commands_en": 2,
    "people/sentences_de": 1,
    "negatives": 1,
    "people/short_en": 1,
    "people/sounds": 1,
    "speech": 1,
}
"""The recordings, and how often each is heard; ``negatives.md`` has their origin."""

_SEED: Final = 20_261_128
_SENTENCES: Final = {"en": 80, "de": 40, "zh": 20}
_NOISES: Final = 30
_NOISE_SECONDS: Final = 20
_SCENE_SHARE: Final = 0.5
_EDGE_SAMPLES: Final = SAMPLE_RATE_HZ // 2


def main() -> int:
    """Write the bank and print what is in it."""
    parser = argparse.ArgumentParser("training.negatives", description=__doc__)
    parser.add_argument("--output", type=Path, default=bank.BANK)
    options = parser.parse_args()
    rng, choose = np.random.default_rng(_SEED), random.Random(_SEED)
    spoken = list(_spoken(choose))
    stage = Stage(rng, [one for _, _, one in spoken])
    planned = [
        (source, text, _staged(stage, rng, samples))
        for source, text, samples in _recorded()
    ]
    planned += [(source, text, stage.other(one)) for source, text, one in spoken]
    planned += [
        ("noise:made", "", stage.noise(_NOISE_SECONDS * SAMPLE_RATE_HZ))
        for _ in range(_NOISES)
    ]
    embedded = ClipEmbedder().embed([samples for _, _, samples in planned])
    clips = [
        bank.NegativeClip(embeddings, source, text)
        for (source, text, _), embeddings in zip(planned, embedded, strict=True)
    ]
    bank.save(options.output, clips)
    for source in sorted({clip.source for clip in clips}):
        of_source = [clip for clip in clips if clip.source == source]
        print(f"{source}: {len(of_source)} clips, {60 * bank.hours(of_source):.1f} min")
    size = options.output.stat().st_size
    print(f"{options.output}: {size / 1e6:.1f} MB, {bank.hours(clips):.2f} h")
    return 0


def _recorded() -> Iterator[tuple[str, str, Samples]]:
    """Yield the recordings with their sources and texts."""
    labels = json.loads((RECORDINGS / "people" / "labels.json").read_text("utf-8"))
    for folder, times in FOLDERS.items():
        paths = sorted(
            path
            for path in (RECORDINGS / folder).iterdir()
            if path.suffix in {".flac", ".wav"}
        )
        for path in paths * times:
            about = labels.get(f"{path.parent.name}/{path.name}", {})
            text = about.get("text") or " ".join(about.get("slots", {}).values())
            yield folder, text, read(path)


def _staged(stage: Stage, rng: np.random.Generator, samples: Samples) -> Samples:
    """Return a recording with silence around it, or in another room."""
    padded = np.pad(samples, _EDGE_SAMPLES)
    if rng.random() < _SCENE_SHARE:
        return stage.other(sound.as_sound(padded))
    hiss = rng.integers(-3, 4, len(padded), np.int16)
    return np.asarray(padded + hiss, np.int16)


def _spoken(choose: random.Random) -> Iterator[tuple[str, str, Sound]]:
    """Yield sentences of the voices in Debian."""
    voices = Voices()
    for language, count in _SENTENCES.items():
        drawn = list(voices.draw(language, count, _SEED))
        for text in sentences(language, count, choose):
            said = voices.say(text, choose.choice(drawn))
            if len(said):
                yield f"voice:{language}", text, said


if __name__ == "__main__":
    sys.exit(main())
