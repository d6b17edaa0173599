"""Test trying out model files in a separate process."""

import os
import signal
from pathlib import Path

import pytest

from hearken_speech.wake import packages, probe
from tests.speech.wake import models


def test_good_and_bad_files_get_their_verdicts(tmp_path: Path) -> None:
    """One process tries many files in any order."""
    good = models.always(tmp_path / "good.onnx")
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"x" * 1000)
    nabu = packages.pyopen_wakeword_model("okay_nabu.tflite")
    assert probe.probe_files([bad, good, nabu]) == {
        bad: "this is not a TensorFlow Lite file",
        good: None,
        nabu: None,
    }
    assert probe.probe_files([]) == {}


@pytest.mark.parametrize("how", ["crash", "hang"])
def test_file_that_kills_the_process_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Files before and after one that kills the process are still judged."""
    good = models.always(tmp_path / "a.onnx")
    deadly = tmp_path / "b.onnx"
    os.mkfifo(deadly)  # Opening it blocks forever.
    other = models.always(tmp_path / "c.onnx")
    monkeypatch.setattr(probe, "SECONDS_PER_FILE", 10.0)
    if how == "crash":
        deadly.unlink()
        deadly.write_bytes(b"x")
        patch = tmp_path / "sitecustomize.py"
        patch.write_text(
            "import os, pathlib\n"
            "read = pathlib.Path.read_bytes\n"
            "def deadly(path):\n"
            f"    if path.name == 'b.onnx': os.kill(os.getpid(), {signal.SIGSEGV:d})\n"
            "    return read(path)\n"
            "pathlib.Path.read_bytes = deadly\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
    verdicts = probe.probe_files([good, deadly, other])
    assert verdicts[good] is None
    assert verdicts[other] is None
    assert "crashed, hung" in (verdicts[deadly] or "")
