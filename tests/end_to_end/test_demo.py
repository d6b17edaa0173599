"""Test scripts/demo."""

from __future__ import annotations

import asyncio
import html
import re
import signal
from typing import TYPE_CHECKING

import pytest

from house import sound
from house.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# In the loop of the house that others share: Home Assistant drops a connection that
# does not answer for a minute.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]


async def _demo(folder: Path, *arguments: str) -> tuple[int | None, str]:
    """Run scripts/demo; return its exit status and output."""
    process = await asyncio.create_subprocess_exec(
        ROOT / "scripts" / "demo",
        *("--folder", str(folder), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(180):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_demo_turns_on_the_light(tmp_path: Path) -> None:
    """The light is on, and the timeline is printed and drawn."""
    picture = tmp_path / "demo.svg"
    status, output = await _demo(tmp_path / "demo", "--svg", str(picture))

    assert status == 0, output
    assert "light.kitchen: off → on" in output
    assert '"turn on the kitchen light"' in output
    assert "HassTurnOn" in output
    assert re.search(r"hey jarvis +score 0\.\d\d, \d+\.\d\d s after the word", output)
    assert (tmp_path / "demo" / "answer.wav").is_file()
    drawn = re.findall(r">([^<]*)</text>", html.unescape(picture.read_text()))
    for text in drawn[2:]:
        assert text in output
    assert "light.kitchen: off → on" in drawn


@pytest.mark.alone
async def test_demo_through_a_real_audio_server(tmp_path: Path) -> None:
    """The sentence is played into a room; the answer comes out of a speaker."""
    # A machine that is busy with other things loses sound in real time.
    for attempt in range(3):
        folder = tmp_path / f"demo{attempt}"
        status, output = await _demo(folder, "--real-audio")
        if status == 0:
            break

    assert status == 0, output
    assert '"turn on the kitchen light"' in output
    assert "light.kitchen: off → on" in output
    said = re.search(r'speaker said +"([^"]*)"', output)
    assert said, output
    # It says "Turned on the light", and the built-in model knows commands best.
    assert re.fullmatch(r"turn(ed)? on .*light", said[1].lower())


async def test_demo_hears_nothing(tmp_path: Path) -> None:
    """A silent recording is reported, with its own exit status."""
    silent = tmp_path / "silent.wav"
    sound.save(silent, sound.silence(1))

    status, output = await _demo(tmp_path / "demo", "--wav", str(silent))

    assert status == 2, output
    assert "Nothing heard" in output


async def test_demo_with_a_broken_recording(tmp_path: Path) -> None:
    """A file that is not a WAV file stops the demo before anything is started."""
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nonsense")

    status, output = await _demo(tmp_path / "demo", "--wav", str(broken))

    assert status == 3, output
    assert "is not a usable WAV file" in output


async def test_demo_ends_on_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C stops every program that the demo started."""
    process = await asyncio.create_subprocess_exec(
        ROOT / "scripts" / "demo",
        *("--folder", str(tmp_path / "demo")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while b"speech server" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        await process.communicate()

    assert process.returncode == 130
    log = (tmp_path / "demo" / "logs" / "server.log").read_text()
    assert "stopping" in log
