"""The dialogs that make and improve wake words, over Home Assistant's API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from house.house import until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Home

LIMIT_SECONDS: Final = 220.0
_PATH: Final = "/api/config/config_entries/subentries/flow"


async def make(home: Home, text: str) -> dict[str, Any]:
    """Make a wake word in the dialog of the speech server; return its last step."""
    step = await open_dialog(home, await tell_token(home), "wake_word")
    await submit(home, step, {"text": text, "language": "en", "force": False})
    return await follow(home, step)


async def open_dialog(home: Home, entry: str, kind: str) -> dict[str, Any]:
    """Open a dialog of a server; that fails while the entry is being loaded again."""
    step: dict[str, Any] = {}

    async def is_open() -> bool:
        """Open it once."""
        step.update(await home.api.post(_PATH, json={"handler": [entry, kind]}))
        return bool(step["type"] == "form")

    await until(is_open, LIMIT_SECONDS, "the dialog")
    return step


async def submit(
    home: Home, step: dict[str, Any], form: dict[str, Any]
) -> dict[str, Any]:
    """Submit a form, or choose from a menu."""
    return dict(await home.api.post(f"{_PATH}/{step['flow_id']}", json=form))


async def look(home: Home, step: dict[str, Any]) -> dict[str, Any]:
    """Return what a dialog shows now."""
    address = f"{home.api.url}{_PATH}/{step['flow_id']}"
    async with home.api.session.get(address) as answer:
        return dict(await answer.json())


async def follow(
    home: Home, step: dict[str, Any], limit_seconds: float = LIMIT_SECONDS
) -> dict[str, Any]:
    """Return the step of a dialog after its progress."""
    step = await look(home, step)
    async with asyncio.timeout(limit_seconds):
        while step["type"] in {"progress", "progress_done"}:
            await asyncio.sleep(0.5)
            step = await look(home, step)
    return step


async def tell_token(home: Home) -> str:
    """Enter the token of the server, and return its entry."""
    path = "/api/config/config_entries/flow"
    entries = await home.api.call("config_entries/get", domain="hearken")
    for entry in entries:
        step = await home.api.post(
            path, json={"handler": "hearken", "entry_id": entry["entry_id"]}
        )
        if step["step_id"] == "reconfigure_server":
            port, token = home.server.port, home.server.token
            form = {"host": "127.0.0.1", "port": port, "token": token}
            step = await home.api.post(f"{path}/{step['flow_id']}", json=form)
            assert step["reason"] == "reconfigure_successful"
            return str(entry["entry_id"])
        async with home.api.session.delete(
            f"{home.api.url}{path}/{step['flow_id']}"
        ) as answer:
            assert answer.ok
    raise AssertionError(entries)
