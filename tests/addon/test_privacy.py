"""Test that no library of the server reports usage."""

import subprocess
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = """
from hearken_speech.wake import __main__ as wake_words
assert wake_words.main() == 0
"""


def test_onnxruntime_keeps_no_identifier(tmp_path: Path) -> None:
    """Onnxruntime writes neither a device ID nor a file of events."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        # An empty environment: on build servers it reports nothing anyway.
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
