"""Try model files in a separate process.

A file from the internet may crash the library that reads it, hang, or take all memory;
this way it affects only that process::

    python -m hearken_speech.wake.probe FILE...
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from .embedding import EMBEDDING_SIZE
from .errors import WakeModelError
from .heads import load_head

SECONDS_PER_FILE: Final = 20.0
"""Time limit for one file; the first includes starting Python."""

_MAX_MEMORY_BYTES: Final = 2 << 30
_MAX_SECONDS_PER_SCORE: Final = 0.02
_TRIALS: Final = 5


def probe_files(paths: list[Path]) -> dict[Path, str | None]:
    """Return for each file why it cannot be used, or None."""
    verdicts: dict[Path, str | None] = {}
    while waiting := [path for path in paths if path not in verdicts]:
        found, ended = _run(waiting)
        verdicts.update(found)
        left = [path for path in waiting if path not in found]
        if left:
            # The process died on the file that it was trying.
            verdicts[left[0]] = ended
    return verdicts


def _run(paths: list[Path]) -> tuple[dict[Path, str | None], str]:
    """Try files in one process; return the results and why it ended."""
    command = [sys.executable, "-m", __spec__.name, *map(str, paths)]
    verdicts: dict[Path, str | None] = {}
    with subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        for path in paths:
            timer = threading.Timer(SECONDS_PER_FILE, process.kill)
            timer.start()
            line = process.stdout.readline() if process.stdout else b""
            timer.cancel()
            if not line.endswith(b"\n"):
                process.kill()
                break
            verdicts[path] = json.loads(line)
        process.wait(SECONDS_PER_FILE)
    reason = "it crashed, hung or used too much memory when it was tried"
    return verdicts, reason


def _probe(path: Path) -> str | None:
    """Return why a file cannot be used, or None."""
    try:
        head = load_head(path)
        inputs = np.random.default_rng(0).standard_normal(
            (_TRIALS, head.steps, EMBEDDING_SIZE), np.float32
        )
        head.score(inputs[:1])
        started = time.perf_counter()
        scores = np.concatenate([head.score(trial[None]) for trial in inputs])
        seconds = (time.perf_counter() - started) / _TRIALS
    except WakeModelError as err:
        return str(err)
    if not np.isfinite(scores).all():
        return "it gives scores that are not numbers"
    if scores.min() < 0 or scores.max() > 1:
        return "it gives scores outside 0 to 1"
    if seconds > _MAX_SECONDS_PER_SCORE:
        return f"it is too slow: {seconds * 1000:.0f} ms for a step of 80 ms"
    return None


def _limit_memory() -> None:
    """Limit the memory of this process, on systems that support it."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))


def main() -> None:
    """Try the files on the command line and print one line of JSON for each."""
    _limit_memory()
    for name in sys.argv[1:]:
        print(json.dumps(_probe(Path(name))), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
