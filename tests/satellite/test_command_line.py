"""Test what the command line of the satellite says about itself."""

from pathlib import Path

import pytest

from hearken_speech.satellite.cli import parsed


def test_a_wrong_command_is_answered_in_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How to use it, and what is wrong: no list of options comes before that."""
    with pytest.raises(SystemExit):
        parsed(["devicez"], tmp_path)
    usage, error = capsys.readouterr().err.splitlines()
    assert usage.startswith("usage: hearken-satellite [COMMAND]")
    assert "devicez" in error
    assert "devices" in error
