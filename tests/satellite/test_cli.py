"""Test starting and stopping the satellite's program."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path

import pytest
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import (
    Hello,
    SatelliteSettings,
    Welcome,
    pairing,
)
from hearken_speech.satellite.identity import load_identity
from tests.satellite.client import paired
from tests.satellite.program import listen, ready_port, start
from tests.speech.program import HOST


async def test_mute_outlives_the_program_and_has_a_button(tmp_path: Path) -> None:
    """Mute survives a kill; the signal also notifies Home Assistant."""
    with start(tmp_path) as program:
        port = ready_port(program)
        key = json.loads((tmp_path / "data" / "satellite.json").read_text())["key"]
        async with paired(port, key) as client:
            await client.send(Hello(), SatelliteSettings(muted=True))
            await client.until("hearken-settings")
            os.kill(program.pid, signal.SIGKILL)
    with start(tmp_path) as program:
        port = ready_port(program)
        async with paired(port, key) as client:
            await client.send(Hello(), RunSatellite())
            welcome = Welcome.from_event(await client.expect("hearken-welcome"))
            assert welcome.settings is not None
            assert welcome.settings.muted is True
            await client.send(Ping())
            await client.expect("pong")
            os.kill(program.pid, signal.SIGUSR1)
            events = await client.until("hearken-settings")
            assert SatelliteSettings.from_event(events[-1]).muted is False
            await client.until("audio-chunk")
        assert program.log.count("microphone muted: nothing is heard or sent") == 2
        assert program.end() == 0


def test_the_key_is_shown_and_kept(tmp_path: Path) -> None:
    """The key is created at the first start and stays the same."""
    shown = []
    for _ in range(2):
        with start(tmp_path, "--show-key") as program:
            shown.append(program.line())
            assert program.wait() == 0
    assert shown[0] == shown[1]
    assert len(pairing.parse_key(shown[0])) == pairing.KEY_BYTES
    path = tmp_path / "data" / "satellite.json"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", ["\0", "a b", "x" * 201, "\u202e"])
def test_unusable_id_is_replaced_by_its_copy(tmp_path: Path, damaged: str) -> None:
    """The satellite stays the same for Home Assistant."""
    first = load_identity(tmp_path)
    text = json.dumps({"id": damaged, "key": first.key})
    (tmp_path / "satellite.json").write_text(text)
    assert load_identity(tmp_path) == first
    assert (tmp_path / "satellite.json.damaged").read_text() == text


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"id": "a", "key": "short"}', '{"id": "a", "key": "ÄÖÜ"}'],
)
def test_a_damaged_identity_is_replaced_by_its_copy(
    tmp_path: Path, content: str
) -> None:
    """The pairing holds: id and key come from the copy, and the file is kept."""
    before = load_identity(tmp_path)
    (tmp_path / "satellite.json").write_text(content)
    assert load_identity(tmp_path) == before
    assert (tmp_path / "satellite.json.damaged").read_text() == content


def test_a_key_without_a_copy_is_made_anew(tmp_path: Path) -> None:
    """A satellite whose key is lost starts, and has to be paired again."""
    path = tmp_path / "data" / "satellite.json"
    path.parent.mkdir()
    path.write_text('{"id": "a", "key": 5}')
    with start(tmp_path, "--show-key") as program:
        assert len(pairing.parse_key(program.line())) == pairing.KEY_BYTES
        assert program.wait() == 0
        assert "satellite.json.damaged" in program.log
        assert "Traceback" not in program.log


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--microphone", "usb"], "silence, file:WAV or folder:FOLDER"),
        (["--microphone", "folder:/missing"], "there is no folder /missing"),
        (["--microphone", "file:/nowhere/gone.wav"], "gone.wav cannot be read"),
        (["--speaker", "loud"], "none, file:WAV or realtime:WAV"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
    ],
    ids=["microphone", "folder", "file", "speaker", "address"],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    """An unusable option exits with status 1 and an error without a traceback."""
    with start(tmp_path, *arguments) as program:
        assert program.wait() == 1
        assert message in program.log
        assert "Traceback" not in program.log


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The error names the port."""
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with start(tmp_path, "--port", port) as program:
            assert program.wait() == 1
            assert f"cannot listen on {HOST} port {port}" in program.log
            assert "Traceback" not in program.log


async def test_the_end_does_not_wait_for_home_assistant(tmp_path: Path) -> None:
    """SIGINT while streaming stops the program cleanly and closes the connection."""
    with start(tmp_path) as program:
        port = ready_port(program)
        key = json.loads((tmp_path / "data" / "satellite.json").read_text())["key"]
        async with paired(port, key) as client, paired(port, key):
            await listen(client)
            ending = asyncio.create_task(asyncio.to_thread(program.end, signal.SIGINT))
            await client.closed()
            assert await ending == 0
        assert "Traceback" not in program.log
