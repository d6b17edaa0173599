"""Test that the virtual room of the tests is never silent."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from house import audio_server

pytestmark = [pytest.mark.xdist_group("audio_server"), pytest.mark.timeout(90)]


def test_the_noise_of_the_room_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A microphone that delivers nothing but zeros would count as gone."""
    monkeypatch.setattr(audio_server, "_HUM_SECONDS", 1)
    with audio_server.audio_server(tmp_path) as server:
        record = ("parec", f"--device={audio_server.MICROPHONE}", "--raw")
        with subprocess.Popen(
            (*record, "--rate=16000", "--channels=1", "--format=s16le"),
            env=os.environ | server.environment,
            stdout=subprocess.PIPE,
        ) as program:
            assert program.stdout is not None
            heard = np.frombuffer(program.stdout.read(2 * 16_000 * 5), "<i2")
            program.terminate()
    assert heard[-32_000:].any()
