"""Test satellites whose key several Home Assistants know."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from wyoming.satellite import RunSatellite

from hearken_speech.protocol import Hello, Welcome
from hearken_speech.satellite.owner import Owner
from tests.satellite.client import paired
from tests.satellite.program import listen, ready_port, start
from tests.speech.client import Client
from tests.speech.program import HOST

OTHER_HOST: Final = "127.0.0.2"


async def test_a_satellite_belongs_to_one_home_assistant(tmp_path: Path) -> None:
    """Another one is told who has it, also after a restart, until it is moved."""

    async def meet(client: Client, instance: str, *, takes_over: bool = False) -> Any:
        await client.send(Hello(instance=instance, takes_over=takes_over))
        return Welcome.from_event(await client.expect("hearken-welcome")).taken_by

    with start(tmp_path) as program:
        port = ready_port(program)
        key = json.loads((tmp_path / "data" / "satellite.json").read_text())["key"]
        async with paired(port, key) as first, paired(port, key, OTHER_HOST) as second:
            assert await meet(first, "one") is None
            await listen(first)
            assert await meet(second, "two") == HOST
            await second.send(RunSatellite())
            await second.closed()
            await first.expect("audio-chunk")
        assert program.end() == 0
        assert program.log.count("belongs to the Home Assistant at") == 1
    with start(tmp_path) as program:
        port = ready_port(program)
        async with paired(port, key) as second:
            assert await meet(second, "two") == HOST
            await second.send(RunSatellite())
            await second.closed()
        async with paired(port, key) as first, paired(port, key) as second:
            await meet(first, "one")
            await listen(first)
            assert await meet(second, "two", takes_over=True) is None
            await first.closed()
            await listen(second)
        async with paired(port, key) as first:
            assert await meet(first, "one") == HOST
        assert program.end() == 0


@pytest.mark.parametrize(
    "stored", ['{"instance": 5}', '{"instance": "a", "host": []}', "{", "[]"]
)
def test_a_damaged_file_makes_nobody_the_owner(tmp_path: Path, stored: str) -> None:
    """It is set aside; an owner that cannot be read would keep everybody out."""
    path = tmp_path / "owner.json"
    path.write_text(stored)
    owner = Owner(path)
    assert (owner.instance, owner.host) == ("", "")
    assert not owner.refuses("one")
    assert (tmp_path / "owner.json.damaged").read_text() == stored
