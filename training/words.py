"""Make the wake words that come with Hearken.

    PYTHONPATH=scripts:addon:. .venv/bin/python -m training.words [WORD...]

Synthetic voices speak a word, what sounds like it, and much else; people in free
recordings speak, too. A small network learns to tell them apart. Its threshold comes
from the hours to choose with (``training/hours.py``). Nothing here sees the hours or
the recordings that judge.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common import weights
from hearken_speech.wake.making import learning
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.making.kokoro import Kokoro
from hearken_speech.wake.making.network import Shape
from hearken_speech.wake.making.phrase import check_phrase
from hearken_speech.wake.making.voice import Voices
from hearken_speech.wake.making.whitening import Whitening
from training import hours
from training.hour_sources import Part
from training.wake import alike, utterances
from training.wake.gather import FOLDER as WITHOUT_WORDS
from training.wake.gather import Amounts, Gatherer
from training.wake.head import calibrate, judged
from training.wake.spoken import Spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.learning import Network
    from hearken_speech.wake.making.phrase import Phrase
    from training.wake.gather import Gathered

FOLDER: Final = Path("build/words")
WORDS: Final = ("alexa", "computer", "hey jarvis", "okay nabu", "hey hearken")
SHIPPED: Final = ("alexa", "hey hearken")
"""The words of these that come with Hearken; "computer" is a typed word."""
SAID: Final = {"computer": {"sky"}}
"""Sources in which a word is said, with which its threshold is not chosen."""
FALSE_ACCEPTS_AN_HOUR: Final = 0.2
"""In the hours to choose with."""
MORE_FALSE_ACCEPTS: Final = {"alexa": 1.0}
"""Where the word of others has 16 an hour there, more are worth fewer misses."""
SHAPES: Final = {"alexa": Shape(steps=16, blurred=0.5, decay=0.02, batches=1_500)}
"""Where other sizes were not compared with what the others have."""
MEMBERS: Final = 3
"""So many networks agree on a score."""


def main() -> int:
    """Make the words."""
    parser = argparse.ArgumentParser("training.words", description=__doc__)
    parser.add_argument("words", nargs="*", default=SHIPPED, metavar="WORD")
    parser.add_argument("--output", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    gatherer = _gatherer(Amounts())
    for text in options.words:
        started = time.monotonic()
        phrase = check_phrase(text, "en", force=True)
        others = [one for one in WORDS if one != text]
        gathered = gatherer.gather(phrase, others, WITHOUT_WORDS)
        head, report = make(phrase, gathered, SHAPES.get(text, Shape()), MEMBERS)
        path = options.output / f"{phrase.id}.onnx"
        path.write_bytes(head_bytes(head))
        path.with_suffix(".json").write_text(json.dumps(report, indent=2), "utf-8")
        seconds = time.monotonic() - started
        print(f"{path}: {seconds:.0f} s, {json.dumps(report)}", flush=True)
    return 0


def make(
    phrase: Phrase, gathered: Gathered, shape: Shape, members: int
) -> tuple[Network, dict[str, Any]]:
    """Learn a word; return its head, and how it does with what chooses."""
    seed = utterances.seed_of(phrase.text)
    examples = gathered.examples
    network = learning.learn(examples, Whitening(examples.others), shape, members, seed)
    chosen = hours_to_choose(phrase.text)
    calibration = calibrate(
        [network.logits(one.embeddings) for one in gathered.choosing],
        [network.logits(clip) for _, clips in chosen for clip in clips],
        MORE_FALSE_ACCEPTS.get(phrase.text, FALSE_ACCEPTS_AN_HOUR),
    )
    head = network.calibrated(calibration)
    return head, {
        "seed": seed,
        "scenes": len(examples.said),
        "clips_without": len(examples.others),
        **judged(head, gathered.choosing, chosen),
    }


def hours_to_choose(text: str) -> list[tuple[str, Sequence[Embeddings]]]:
    """Return the sources in which nobody says a word, to choose its threshold with."""
    return [
        (source, clips)
        for source, clips in hours.load(Part.CHOOSE)
        if source not in SAID.get(text, ())
    ]


def _gatherer(amounts: Amounts) -> Gatherer:
    """Return what speaks and listens, with all voices."""
    folder = weights.fetch("kokoro")
    voices = Voices(folder)
    everybody = Kokoro(folder).speakers("en")
    package, path = alike.WORD_LIST
    words = alike.words_of(hours.unpack(package, hours.FOLDER) / path)
    return Gatherer(Spoken(voices), Voices(), everybody, words, amounts)


if __name__ == "__main__":
    sys.exit(main())
