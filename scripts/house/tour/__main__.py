"""Click through everything that an owner sees of Hearken, and take screenshots."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import Error as BrowserError

from house import sound
from house.api import ApiError
from house.house import House, Satellite, Server, until
from house.processes import ROOT, ProgramError
from house.screen import Step, bad, bold, good, line
from house.tour.visitor import visiting

if TYPE_CHECKING:
    from house.api import HomeAssistantApi
    from house.tour.visitor import Visitor

_SECONDS: Final = 60.0
_AUTOMATION: Final = "Say it when a command was not understood"
_MESSAGE: Final = "I know no such command. Try: turn on the kitchen light."
_LANGUAGES: Final = ("de", "zh-Hans")
_LONG: Final = 1500
_MIDDLE: Final = 1000


@dataclass(frozen=True)
class Place:
    """The pages to visit."""

    house: House
    api: HomeAssistantApi
    server: Server
    satellite: Satellite
    microphone: Path


def main(arguments: list[str] | None = None) -> int:
    """Run the tour and return the exit status."""
    parser = argparse.ArgumentParser("scripts/tour", description=__doc__)
    parser.add_argument(
        "--pictures",
        metavar="FOLDER",
        type=Path,
        default=ROOT / ".tour",
        help="where to leave the pictures (default: .tour)",
    )
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="hearken-tour-"))
    try:
        asyncio.run(_tour(folder, options.pictures))
    except (ApiError, BrowserError, ProgramError, OSError, TimeoutError) as err:
        line(bad(f"  {err}"))
        line(f"  Logs are in {folder / 'logs'}.")
        return 1
    shutil.rmtree(folder)
    line(good("  Everything was found in its place."))
    return 0


async def _tour(folder: Path, pictures: Path) -> None:
    line(bold("  Hearken: what its owner sees"))
    async with House(folder) as house:
        place = await _build(house)
        async with visiting(place.api, pictures) as visitor:
            await _discovery(place, visitor)
            await _server(place, visitor)
            await _voice_assistants(visitor)
            await _satellite(place, visitor)
            await _automation(place, visitor)
        for language in _LANGUAGES:
            await _speak(place.api, language)
            async with visiting(place.api, pictures, language) as visitor:
                device = await _device(place.api, "Speech server")
                await visitor.open(device)
                await visitor.page.locator("hui-select-entity-row").first.wait_for()
                await visitor.picture(f"server-device-{language}", _LONG)


async def _build(house: House) -> Place:
    """Start a Home Assistant, and the programs that it discovers."""
    microphone = house.folder / "microphone"
    microphone.mkdir()
    everywhere = ("--host", "0.0.0.0")  # noqa: S104 - only then it is announced
    with Step("speech server"):
        server = await house.start_server(*everywhere)
    with Step("Home Assistant") as step:
        api = await house.start_home_assistant(more="zeroconf:\n")
        step.result = await api.version()
    with Step("satellite"):
        satellite = await house.start_satellite(f"folder:{microphone}", *everywhere)

    async def both_are_found() -> bool:
        flows = await api.call("config_entries/flow/progress")
        return {server.id, satellite.id} <= {
            flow["context"].get("unique_id") for flow in flows
        }

    with Step("discovery"):
        await until(both_are_found, _SECONDS, "the discovery")
        await _ignore_others(api, {server.id, satellite.id})
    return Place(house, api, server, satellite, microphone)


async def _ignore_others(api: HomeAssistantApi, ours: set[str]) -> None:
    """Ignore other discoveries in the network, to keep them out of the screenshots."""
    for flow in await api.call("config_entries/flow/progress"):
        if flow["context"].get("unique_id") not in ours:
            await api.call(
                "config_entries/ignore_flow", flow_id=flow["flow_id"], title="other"
            )


async def _discovery(place: Place, visitor: Visitor) -> None:
    """Add the server from its discovery card."""
    await visitor.open("/config/integrations/dashboard")
    await visitor.see("Kitchen satellite")
    await visitor.picture("discovered", 600)
    # The cards are sorted by name: the server's comes first.
    await visitor.add_found(place.server.token, "add-server")
    await visitor.see("Name and assign")
    await visitor.picture("server-added")
    await visitor.press("Skip and finish")
    await place.house.pipeline_id()


async def _server(place: Place, visitor: Visitor) -> None:
    """Open the server's device page and test speech recognition."""
    page = await _device(place.api, "Speech server")
    await visitor.open(page)
    row = visitor.page.locator("hui-button-entity-row", has_text="Test recognition")
    await row.get_by_role("button", name="Press").click()

    async def is_tested() -> bool:
        state = await place.api.state("button.hearken_test_recognition")
        return state not in {None, "unknown"}

    await until(is_tested, _SECONDS, "the test of the recognition")
    await visitor.open(page)
    await visitor.picture("server-device", _LONG)


async def _voice_assistants(visitor: Visitor) -> None:
    """Open the page of the created pipeline."""
    await visitor.open("/config/voice-assistants/assistants")
    await visitor.see("Add assistant")
    await visitor.page.get_by_text("Hearken", exact=True).last.click()
    await visitor.see("Streaming wake word engine")
    await visitor.picture("pipeline", 1250)


async def _satellite(place: Place, visitor: Visitor) -> None:
    """Add the satellite, and follow Home Assistant's own wizard."""
    await visitor.open("/config/integrations/dashboard")
    await visitor.add_found(place.satellite.key)
    page = await _device(place.api, "Satellite")
    try:
        await visitor.see_or_retry("Select area")
    except BrowserError:
        # The wizard is Home Assistant's, and occasionally it does not open.
        await visitor.page.screenshot(path=place.house.folder / "wizard.png")
        line("  the wizard did not ask for the area: its screenshot is not updated")
    else:
        await _wizard(visitor)
    await visitor.open(page)
    await visitor.picture("satellite-device", _MIDDLE)


async def _wizard(visitor: Visitor) -> None:
    """Choose the area."""
    area = visitor.page.locator("ha-voice-assistant-setup-step-area ha-area-picker")
    await area.click()
    await visitor.search("Kitchen")
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")
    await visitor.picture("satellite-wizard")
    await visitor.press("Next")


async def _automation(place: Place, visitor: Visitor) -> None:
    """Build an automation in the editor, and trigger it by voice."""
    await visitor.open("/config/automation/edit/new")
    await visitor.press("Add trigger")
    await visitor.search("hearken heard")
    await visitor.picture("triggers")
    for _ in range(len("heard")):
        await visitor.page.keyboard.press("Backspace")
    await visitor.search("did not understand")
    await visitor.choose("Hearken did not understand a command")
    await _target(visitor)
    await visitor.press("Add action")
    await visitor.search("Hearken say")
    await visitor.choose("Speaks a message on satellites")
    await visitor.page.locator("ha-service-control textarea").first.fill(_MESSAGE)
    await visitor.page.locator("ha-service-control ha-checkbox").first.click()
    nearest = visitor.page.get_by_text("Where someone spoke last", exact=True)
    await nearest.last.click()
    await visitor.picture("automation")
    await visitor.press("Save")
    await visitor.page.locator("ha-dialog input").first.fill(_AUTOMATION)
    await visitor.page.get_by_role("button", name="Save", exact=True).last.click()
    entity_id = "automation." + _AUTOMATION.lower().replace(" ", "_")

    async def is_on() -> bool:
        return await place.api.state(entity_id) == "on"

    await until(is_on, _SECONDS, "the automation")
    line(f'  ♪ a voice says "{sound.WAKE_PHRASE} … good night"')
    spoken = await asyncio.to_thread(sound.command, "good night")
    sound.save(place.microphone / "1.wav", spoken.samples)
    await _traced(place.api, entity_id, visitor)


async def _target(visitor: Visitor) -> None:
    """Choose the kitchen's satellite as the target in the open editor."""
    await visitor.press("Add target")
    await visitor.search("Kitchen satellite")
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_timeout(1000)


async def _traced(api: HomeAssistantApi, entity_id: str, visitor: Visitor) -> None:
    """Wait until the automation has run, and open its trace."""
    async with api.session.get(f"{api.url}/api/states/{entity_id}") as response:
        item = str((await response.json())["attributes"]["id"])
    ran: list[dict[str, Any]] = []

    async def has_run() -> bool:
        traces = await api.call("trace/list", domain="automation", item_id=item)
        ran[:] = [trace for trace in traces if trace["state"] == "stopped"]
        return bool(ran)

    await until(has_run, _SECONDS, "the automation to be fired")
    if ran[0]["script_execution"] != "finished":
        raise ProgramError(f"the automation failed: {ran[0]}")
    await visitor.open(f"/config/automation/trace/{item}")
    await visitor.picture("automation-ran")


async def _device(api: HomeAssistantApi, model: str) -> str:
    """Return the device page of our device of this model."""
    found: list[str] = []

    async def is_there() -> bool:
        devices = await api.call("config/device_registry/list")
        found[:] = [d["id"] for d in devices if d["model"] == model]
        return bool(found)

    await until(is_there, _SECONDS, f"the device {model}")
    return f"/config/devices/device/{found[0]}"


async def _speak(api: HomeAssistantApi, language: str) -> None:
    """Switch the language of Home Assistant itself."""
    await api.call("config/core/update", language=language)
    entries = await api.call("config_entries/get", domain="hearken")
    for entry in entries:
        path = f"/api/config/config_entries/entry/{entry['entry_id']}/reload"
        async with api.session.post(f"{api.url}{path}") as response:
            response.raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
