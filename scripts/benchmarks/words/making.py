"""Make and improve words with the product's own command, and measure the cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common import weights
from hearken_speech.audio import wav
from hearken_speech.wake.making.recording import RecordingError, cut_word
from hearken_speech.wake.naming import word_id

if TYPE_CHECKING:
    import resource
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

_COST: Final = "cost.json"
_WATCHED_SECONDS: Final = 0.1


def typed(word: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Make a word of its text, unless that was done; return its head and the cost."""
    path = folder / word_id(word) / "typed" / "made_words" / f"{word_id(word)}.onnx"
    if not path.is_file():
        _run(path.parents[1], "make", word, "--no-download", "--force")
    return path, _cost(path.parents[1])


def recorded(
    word: str, recordings: Sequence[Samples], folder: Path
) -> tuple[Path, dict[str, Any]]:
    """Improve a word with recordings; return its head and the cost."""
    name = word_id(word)
    data = folder / name / "recorded"
    path = data / "made_words" / f"{name}.onnx"
    if not path.is_file():
        original, _ = typed(word, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        files = [
            _written(one, data / f"{number}.wav")
            for number, one in enumerate(recordings)
            if _is_usable(one)
        ]
        about = original.with_suffix(".json")
        path.with_suffix(".json").write_bytes(about.read_bytes())
        path.write_bytes(original.read_bytes())
        try:
            _run(data, "improve", name, *map(str, files))
            _run(data, "accept", name, measured=False)
        except subprocess.CalledProcessError:
            path.unlink()
            raise
    return path, _cost(data)


def _is_usable(recording: Samples) -> bool:
    """Return whether the product would take a recording."""
    try:
        cut_word(recording)
    except RecordingError:
        return False
    return True


def _written(samples: Samples, path: Path) -> Path:
    """Write a recording to a file."""
    path.write_bytes(wav.encode(samples))
    return path


def _run(data: Path, *command: str, measured: bool = True) -> None:
    """Run a command of the product and note its cost beside its results."""
    data.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    voices = weights.fetch("kokoro").parent
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "hearken_speech.wake.making", *command),
            *("--data-dir", str(data), "--json"),
        ],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HEARKEN_VOICES": str(voices), "OMP_NUM_THREADS": "1"},
    )
    peak_kb = 0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        # The figure at its end counts this process, of which it began as a copy.
        peak_kb = max(peak_kb, _peak_kb(process.pid))
        time.sleep(_WATCHED_SECONDS)
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    if measured:
        (data / _COST).write_text(json.dumps(_used(usage, peak_kb, started)), "utf-8")


def _peak_kb(pid: int) -> int:
    """Return the highest memory of a running process in kB; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines())
    return next((int(line[1]) for line in lines if line[0] == "VmHWM:"), 0)


def _used(
    usage: resource.struct_rusage, peak_kb: int, started: float
) -> dict[str, Any]:
    """Return what a command used."""
    return {
        "seconds": round(time.monotonic() - started),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime),
        "memory_mb": round(peak_kb / 1000),
    }


def _cost(data: Path) -> dict[str, Any]:
    """Return what a word cost."""
    cost: dict[str, Any] = json.loads((data / _COST).read_text("utf-8"))
    return cost
