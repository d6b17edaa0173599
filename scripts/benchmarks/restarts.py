"""Kill the speech server at random moments; time how soon the house follows."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common.machine import processor
from house.house import HOST, House, Server, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from house.api import HomeAssistantApi

LIMIT_SECONDS = 100.0
WANTED_SECONDS = 5.0
STEADY_SECONDS = 1.0
BACK_SECONDS = 5.0
"""Time within which all entities are back once the server is ready."""
ALWAYS_AVAILABLE = (
    # They tell of the loss instead.
    *("binary_sensor.*", "event.*"),
    # They are Home Assistant's own, and work without the server.
    *("conversation.*", "sensor.*_next_*", "sensor.*_taken_back"),
)
DELAYS = {
    "lost": "all entities unavailable, after the kill",
    "back": "all entities available, after the server is ready",
    "listening": "a satellite waits for its wake word, after the server is ready",
    "start": "server ready, after its start",
}


@dataclass
class Watch:
    """The states of the server's entities, as Home Assistant reports them."""

    states: dict[str, str]
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def on_event(self, event: dict[str, Any]) -> None:
        """Store a new state."""
        data = event["data"]
        if data["entity_id"] in self.states and data["new_state"]:
            self.states[data["entity_id"]] = data["new_state"]["state"]
            self.changed.set()

    async def until(self, is_so: Callable[[str], bool]) -> float:
        """Return the time when all states meet the condition."""
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                while not all(is_so(state) for state in self.states.values()):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            late = {name: now for name, now in self.states.items() if not is_so(now)}
            print(f"not in time: {late}", file=sys.stderr)
            raise
        return time.monotonic()


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench restarts", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three kills")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    figures = asyncio.run(measure(3 if options.quick else 20, options.seed))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


async def measure(count: int, seed: int) -> dict[str, list[float]]:
    """Kill a server so often; return the delays in seconds."""
    moments = random.Random(seed)  # noqa: S311 - no secret
    delays: dict[str, list[float]] = {name: [] for name in DELAYS}
    with tempfile.TemporaryDirectory() as folder:
        async with House(Path(folder)) as house:
            server = await house.start_server("--http-port", str(free_port()))
            api = await house.start_home_assistant()
            await api.flow(
                "hearken",
                {"next_step_id": "server"},
                {"host": HOST, "port": server.port, "token": server.token},
            )
            satellite = await house.start_satellite("silence")
            await api.flow(
                "hearken",
                {"next_step_id": "satellite"},
                {"host": HOST, "port": satellite.port, "key": satellite.key},
            )
            watch = await _watch(api)
            for number in range(1, count + 1):
                await asyncio.sleep(moments.uniform(0, 15))
                away_seconds = moments.uniform(0, 20)
                server, took = await _kill(house, api, server, watch, away_seconds)
                for name, seconds in took.items():
                    delays[name].append(seconds)
                print(f"{number}/{count}", end="\r", file=sys.stderr, flush=True)
            version = await api.version()
            entity_count = len(watch.states)
    print(
        f"Home Assistant {version}, {processor()}, {count} kills, "
        f"{entity_count} entities"
    )
    _print(delays)
    return delays


async def _watch(api: HomeAssistantApi) -> Watch:
    """Watch the entities that are unavailable without the server."""
    found: list[str] = []
    async with asyncio.timeout(LIMIT_SECONDS):
        while not any(name.startswith("sensor.") for name in found):
            await asyncio.sleep(1)
            entities = await api.call("config/entity_registry/list")
            servers = {
                entry["config_entry_id"]
                for entry in entities
                if entry["platform"] == "hearken"
                and entry["entity_id"].startswith("stt.")
            }
            found = [
                entry["entity_id"]
                for entry in entities
                if entry["config_entry_id"] in servers
                and not any(
                    fnmatch(entry["entity_id"], name) for name in ALWAYS_AVAILABLE
                )
            ]
    await asyncio.sleep(5)
    states = {name: await api.state(name) for name in found}
    watch = Watch(
        {
            name: state
            for name, state in states.items()
            if state not in {None, "unavailable"}
        }
    )
    await api.subscribe(watch.on_event, "subscribe_events", event_type="state_changed")
    return watch


async def _kill(
    house: House,
    api: HomeAssistantApi,
    server: Server,
    watch: Watch,
    away_seconds: float,
) -> tuple[Server, dict[str, float]]:
    """Kill the server and start it again; return it and the delays."""
    killed = time.monotonic()
    await server.program.end(signal.SIGKILL)
    lost = await watch.until(lambda state: state == "unavailable")
    await asyncio.sleep(away_seconds)
    started = time.monotonic()
    port = str(server.http_port)
    server = await house.start_server("--http-port", port, port=server.port)
    ready = time.monotonic()
    back, listening = await asyncio.gather(
        watch.until(lambda state: state != "unavailable"), _until_listening(api)
    )
    return server, {
        "lost": lost - killed,
        # Entities may be available before the ready line has been read.
        "back": max(0.0, back - ready),
        "listening": max(0.0, listening - ready),
        "start": ready - started,
    }


async def _until_listening(api: HomeAssistantApi) -> float:
    """Return the time from which the last run of a pipeline waits for a wake word."""
    debug = "assist_pipeline/pipeline_debug"
    preferred = (await api.call("assist_pipeline/pipeline/list"))["preferred_pipeline"]
    known, since = "", 0.0
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            runs = await api.call(f"{debug}/list", pipeline_id=preferred)
            run_id = runs["pipeline_runs"][-1]["pipeline_run_id"]
            run = await api.call(
                f"{debug}/get", pipeline_id=preferred, pipeline_run_id=run_id
            )
            # One that fails ends at once.
            if run["events"][-1]["type"] != "wake_word-start":
                known = ""
            elif run_id != known:
                known, since = run_id, time.monotonic()
            elif time.monotonic() - since > STEADY_SECONDS:
                return since
            await asyncio.sleep(0.1)


def _print(delays: dict[str, list[float]]) -> None:
    print()
    print(f"| delay | median s | most | within {WANTED_SECONDS:.0f} s |")
    print("|---|---|---|---|")
    for name, what in DELAYS.items():
        values = delays[name]
        soon = sum(value <= WANTED_SECONDS for value in values)
        print(
            f"| {what} | {statistics.median(values):.2f} | {max(values):.2f} "
            f"| {soon} of {len(values)} |"
        )


if __name__ == "__main__":
    sys.exit(main())
