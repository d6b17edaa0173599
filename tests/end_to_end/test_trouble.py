"""Test failures in the house and the recovery from them."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from house import sound
from house.house import HOST

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]


async def test_server_dies_in_the_middle_of_a_sentence(home: Home) -> None:
    """A tone is played, entities become unavailable, and everything recovers."""
    home.answer.unlink(missing_ok=True)
    home.play(sound.command("turn on the bedroom light").samples)
    await home.wait_for_state(home.satellite_entity, "listening")

    await home.server.program.end(signal.SIGKILL)

    failed = await home.runs.wait(20, 60)
    assert failed is not None
    assert failed.error == "stt-stream-failed"
    await home.heard()
    entity = await _entity(home, "stt")
    await home.wait_for_state(entity, "unavailable")
    home.server = await home.house.start_server(port=home.server.port)
    await home.wait_until_available(entity)
    command = await home.say("turn off the bedroom light")
    assert command.understood
    assert await home.api.state("light.bedroom") == "off"


async def test_satellite_dies(home: Home) -> None:
    """A killed satellite is unavailable; after its return it works again."""
    await home.satellite.program.end(signal.SIGKILL)
    await home.wait_for_state(home.satellite_entity, "unavailable")

    microphone = f"folder:{home.house.folder / 'microphone'}"
    home.satellite = await home.house.start_satellite(
        microphone, port=home.satellite.port
    )

    await home.wait_for_state(home.satellite_entity, "idle")
    assert (await home.say("turn on the bedroom light")).understood


@pytest.mark.parametrize(
    ("step", "data", "error"),
    [
        ("server", {"host": HOST, "port": 1}, "cannot_connect"),
        ("server", {"host": "no-such-host.invalid", "port": 10400}, "cannot_connect"),
        ("satellite", {"host": HOST, "port": 1, "key": "x"}, "invalid_key"),
    ],
)
async def test_form_errors(
    home: Home, step: str, data: dict[str, object], error: str
) -> None:
    """The form shows what is wrong before anything is saved."""
    answer = await home.api.flow("hearken", {"next_step_id": step}, data)

    assert answer["type"] == "form"
    assert error in answer["errors"].values()


async def test_form_with_something_else_behind_the_port(home: Home) -> None:
    """Home Assistant's own web server is not accepted as a speech server."""
    port = int(home.api.url.rpartition(":")[2])

    answer = await home.api.flow(
        "hearken", {"next_step_id": "server"}, {"host": HOST, "port": port}
    )

    assert answer["errors"] == {"base": "not_hearken"}


async def test_same_server_is_added_once(home: Home) -> None:
    """A second entry for the same server is refused."""
    answer = await home.api.flow(
        "hearken", {"next_step_id": "server"}, {"host": HOST, "port": home.server.port}
    )

    assert answer["type"] == "abort"
    assert answer["reason"] == "already_configured"


async def test_log_is_clean(home: Home) -> None:
    """The log has no errors of Hearken but lost connections; nothing held the loop."""
    log = home.house.folder / "logs" / "homeassistant.log"
    lines = await asyncio.to_thread(log.read_text)
    ours = [
        line
        for line in lines.splitlines()
        if "hearken" in line and (" ERROR " in line or "Traceback" in line)
    ]
    assert not [line for line in ours if "Traceback" in line or "exception" in line]
    blocking = [line for line in lines.splitlines() if "Detected blocking call" in line]
    assert not [line for line in blocking if "hearken" in line]


async def _entity(home: Home, domain: str) -> str:
    """Return Hearken's own entity of a domain."""
    for entry in await home.api.call("config/entity_registry/list"):
        if entry["platform"] == "hearken" and entry["entity_id"].startswith(domain):
            return str(entry["entity_id"])
    raise AssertionError(domain)
