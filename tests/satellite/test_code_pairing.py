"""Test pairing by code, with Home Assistant's own client."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import override

import pytest

from custom_components.hearken.client.pairing import fetch_key
from custom_components.hearken.errors import (
    CannotConnectError,
    HearkenError,
    InvalidCodeError,
)
from custom_components.hearken.protocol import code as codes
from hearken_speech.json_file import JsonFileError
from hearken_speech.protocol import Hello
from hearken_speech.satellite.code_pairing import CodePairing
from hearken_speech.satellite.codes import TRIES, CodeStore
from tests.satellite.client import paired
from tests.satellite.program import ready_port, start
from tests.speech.client import Client
from tests.speech.program import HOST


@pytest.fixture(name="running", scope="module")
def running_fixture(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, Path]]:
    """Return the port of a running satellite, and its data folder."""
    folder = tmp_path_factory.mktemp("satellite")
    with start(folder) as program:
        yield ready_port(program), folder / "data"
        assert "Traceback" not in program.log


def shown(folder: Path) -> str:
    """Return the code that the command shows."""
    with start(folder.parent, "--show-code") as program:
        line = program.line()
        assert program.wait() == 0
    return line


async def test_a_code_gets_the_key_once(running: tuple[int, Path]) -> None:
    """Typed as it is shown, the code is exchanged for the key, which then works."""
    port, folder = running
    code = codes.read_code(await asyncio.to_thread(shown, folder))
    assert code is not None
    key = await fetch_key(HOST, port, code)
    assert key == json.loads((folder / "satellite.json").read_text())["key"]
    async with paired(port, key) as client:
        await client.send(Hello())
        await client.expect("hearken-welcome")
    with pytest.raises(InvalidCodeError, match="no code"):
        await fetch_key(HOST, port, code)


async def test_guesses_are_counted(running: tuple[int, Path]) -> None:
    """After three of them, the code is no longer valid, whoever sends it."""
    port, folder = running
    code = CodeStore(folder).issue()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(TRIES):
        with pytest.raises(InvalidCodeError, match="wrong code"):
            await fetch_key(HOST, port, wrong)
    with pytest.raises(InvalidCodeError, match="no code"):
        await fetch_key(HOST, port, code)


async def test_a_guess_that_cannot_be_counted_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """On a full disk nobody is paired, as there would be no limit to guesses."""

    class FullDisk(CodeStore):
        """A disk on which nothing can be stored."""

        @override
        def _save(self, shown: str, until: float, tries: int) -> None:
            msg = f"{shown, until, tries} cannot be written"
            raise JsonFileError(msg)

    CodeStore(tmp_path).issue()
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await CodePairing(FullDisk(tmp_path), "key").serve(reader, writer)
        writer.close()
        served.set()

    port = await asyncio.start_server(serve, HOST, 0)
    reader, writer = await asyncio.open_connection(*port.sockets[0].getsockname())
    async with port, asyncio.timeout(10):
        await served.wait()
        assert await reader.read() == b""
    writer.close()
    assert "cannot be written" in caplog.text


async def test_the_key_of_the_port_opens_nothing_else(
    running: tuple[int, Path],
) -> None:
    """A connection for pairing is answered with nothing but pairing."""
    port, folder = running
    CodeStore(folder).issue()
    for name in (codes.SERVER_NAME, "satellite.local"):
        try:
            reader, writer = await asyncio.open_connection(
                HOST, port, ssl=codes.client_context(), server_hostname=name
            )
        except OSError:
            # Without the name, the port asks for the real key.
            assert name != codes.SERVER_NAME
            continue
        assert name == codes.SERVER_NAME
        client = Client(reader, writer)
        await client.send(Hello())
        await client.closed()


async def test_nobody_there() -> None:
    """The reason is that of any connection."""
    with pytest.raises(CannotConnectError):
        await fetch_key(HOST, 1, "123456")


@pytest.mark.parametrize("message", [b"", b"x" * 33, b"B" + bytes(32)])
def test_nonsense_is_a_wrong_code(message: bytes) -> None:
    """Whatever arrives, nothing but a wrong code comes of it."""
    server = codes.CodeServer("123456")
    with pytest.raises(codes.WrongCodeError):
        server.answer(message)


def test_the_other_end_has_to_know_the_code_as_well() -> None:
    """A satellite that does not know it gets neither a key accepted nor the code."""
    client, impostor = codes.CodeClient("123456"), codes.CodeServer("654321")
    impostor.answer(client.message)
    confirmation = client.confirm(impostor.message)
    with pytest.raises(codes.WrongCodeError):
        impostor.seal(confirmation, "key")
    with pytest.raises(codes.WrongCodeError):
        client.open(b"nonsense")


@pytest.mark.parametrize(
    ("text", "code"),
    [("123 456", "123456"), ("012-345", "012345"), ("12345", None), ("", None)],
)
def test_reading_a_code(text: str, code: str | None) -> None:
    """Spaces and hyphens do not matter; a key is no code."""
    assert codes.read_code(text) == code
    assert issubclass(InvalidCodeError, HearkenError)
