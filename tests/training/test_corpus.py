"""Test the contents of a corpus."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.corpus import shards

ROOT = Path(__file__).parents[2]
FRAMES_PER_SECOND = 100
# A separate program: its worker processes need sockets.
MAKE = """
import json, sys
from pathlib import Path
from training.corpus import CorpusPlan, make
plan = CorpusPlan(clips=60, seed=5, voices=("espeak:en-us",))
manifest = make(plan, Path(sys.argv[1]), workers=1)
print(json.dumps(manifest))
"""


@pytest.mark.timeout(400)
def test_some_stop_to_think(tmp_path: Path) -> None:
    """Some sentences have a pause inside, with the text unchanged."""
    made = subprocess.run(
        [sys.executable, "-c", MAKE, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'addon'}:{ROOT / 'scripts'}"},
        check=True,
        capture_output=True,
        text=True,
        timeout=380,
    )
    manifest = json.loads(made.stdout.splitlines()[-1])
    (path,) = shards(tmp_path)
    with np.load(path) as shard:
        thought = np.flatnonzero(shard["parts"] > 1)
        words = [len(str(shard["texts"][n]).split()) for n in thought]
        phones = [len(str(shard["phones"][n]).split()) for n in thought]
        ends = np.cumsum(shard["lengths"])
        quiet = [
            longest_quiet(shard["mel"][ends[n] - shard["lengths"][n] : ends[n]])
            for n in thought
            if not shard["wakes"][n]
        ]
    assert 0 < len(thought) == manifest["with_a_pause_inside"] < 30
    assert min(words) > 1
    assert all(many > few for many, few in zip(phones, words, strict=True))
    assert quiet
    assert np.median(quiet) > 0.15 * FRAMES_PER_SECOND


def longest_quiet(mel: np.ndarray) -> int:
    """Return the longest run of frames 30 dB below the maximum."""
    loud = mel.astype(np.float32).max(axis=1)
    longest = run = 0
    for is_quiet in loud < loud.max() - 3.0:
        run = run + 1 if is_quiet else 0
        longest = max(longest, run)
    return longest
