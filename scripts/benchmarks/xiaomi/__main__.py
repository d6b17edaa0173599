"""Say 200 orders in a house of 40 Xiaomi devices, and look at the packets."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.core import Context
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.intent import IntentResponseErrorCode, IntentResponseType

from benchmarks.common import parts
from benchmarks.common.core import running
from benchmarks.common.machine import processor
from benchmarks.stt.table import Table, median, percentile
from benchmarks.xiaomi import house
from benchmarks.xiaomi.orders import Answer, Order, Verdict, judge, orders
from benchmarks.xiaomi.readings import prepare
from custom_components.hearken.const import CONF_KIND, DOMAIN
from tests.simulators.peer import HOST
from tests.simulators.speech_server import SpeechServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from homeassistant import core
    from homeassistant.config_entries import ConfigEntry

    from tests.simulators.device import Command

_LANGUAGES: Final = {"en": ("English", "en"), "zh": ("Chinese", "zh-CN")}
_NOT_UNDERSTOOD: Final = {
    IntentResponseErrorCode.NO_INTENT_MATCH,
    IntentResponseErrorCode.NO_VALID_TARGETS,
}
_BUILT_IN: Final = "Home Assistant alone"
_OURS: Final = "with Hearken"


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench xiaomi", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one order in ten")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    # What the libraries of the two integrations say does not concern us.
    logging.captureWarnings(capture=True)
    logging.disable(logging.WARNING)
    # Home Assistant would find only our integration there.
    os.environ.pop("PYTHONPATH", None)
    print(f"Home Assistant {home_assistant_version}, {processor()}", flush=True)
    every = 10 if options.quick else 1
    runs = {
        title: partial(_run, language, every)
        for language, (title, _) in _LANGUAGES.items()
    }
    return parts.run(runs, options.json, {"machine": processor()})


def _run(language: str, every: int) -> Any:
    """Measure one language."""
    return asyncio.run(_measure(language, every))


@dataclass
class _House:
    """A running house."""

    hass: core.HomeAssistant
    language: str
    devices: list[house.Device]
    satellites: dict[str, str]
    """The device of the satellite in each area."""


@dataclass
class _Counts:
    """What became of the orders to one agent."""

    verdicts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    """By kind of order."""
    seconds: list[float] = field(default_factory=list)
    """From the text to the first packet."""

    @property
    def total(self) -> Counter[Verdict]:
        """Return the sum of all kinds."""
        return sum(self.verdicts.values(), Counter[Verdict]())


async def _measure(language: str, every: int) -> dict[str, Any]:
    """Give all orders to each agent."""
    title, _ = _LANGUAGES[language]
    counts = {}
    async with _house(language) as running_house:
        listed = list(orders(language, running_house.devices))[::every]
        for name, agent in _agents(running_house.hass).items():
            missed = Table("missed", f"{title}, {name}: what was not right", _COLUMNS)
            counts[name] = await _play(running_house, agent, listed, missed)
    _summarize(title, len(listed), counts)
    return {
        name: {
            "kinds": count.verdicts,
            "total": count.total,
            "packet_seconds": count.seconds,
        }
        for name, count in counts.items()
    }


_COLUMNS: Final = ("said", "verdict", "answer", "packets")


async def _play(
    running_house: _House, agent: str, listed: Sequence[Order], missed: Table
) -> _Counts:
    """Give the orders to an agent, one after the other, and judge each."""
    counts = _Counts()
    for order in listed:
        await _ready(running_house, order)
        seen: list[float] = []
        sent: list[str] = []
        began = time.perf_counter()

        def received(
            command: Command, key: str, seen: list[float] = seen, sent: list[str] = sent
        ) -> None:
            seen.append(time.perf_counter())
            sent.append(f"{key}: {command}")

        for device in running_house.devices:
            device.simulated.commands.clear()
            device.simulated.listener = partial(received, key=device.key)
        answer = await _say(running_house, order, agent)
        await running_house.hass.async_block_till_done()
        verdict = judge(order, running_house.devices, answer)
        counts.verdicts.setdefault(order.case, Counter())[verdict] += 1
        if seen:
            counts.seconds.append(seen[0] - began)
        if verdict is not Verdict.RIGHT:
            missed.add(order.text, verdict, answer.text, "; ".join(sent))
    return counts


async def _ready(running_house: _House, order: Order) -> None:
    """Let the order have something to do, and Home Assistant know it."""
    concerned = [
        device for device in running_house.devices if device.key in order.expected
    ]
    for device in concerned:
        prepare(device.simulated, order.expected[device.key])
    await house.refresh(running_house.hass, concerned)


async def _say(running_house: _House, order: Order, agent: str) -> Answer:
    """Give one order to an agent, as the pipeline of a satellite does."""
    result = await conversation.async_converse(
        running_house.hass,
        order.text,
        conversation_id=None,
        context=Context(),
        language=_LANGUAGES[running_house.language][1],
        agent_id=agent,
        device_id=running_house.satellites[order.area],
    )
    response = result.response
    return Answer(
        text=response.speech.get("plain", {}).get("speech", ""),
        done=response.response_type is IntentResponseType.ACTION_DONE,
        asks=result.continue_conversation,
        understood=response.error_code not in _NOT_UNDERSTOOD,
    )


def _agents(hass: core.HomeAssistant) -> dict[str, str]:
    """Return the agents to compare: Home Assistant's own, and what Hearken adds."""
    own = conversation.HOME_ASSISTANT_AGENT
    ours = [one for one in hass.states.async_entity_ids("conversation") if one != own]
    return {_BUILT_IN: own} | dict(zip((_OURS,), ours, strict=False))


@contextlib.asynccontextmanager
async def _house(language: str) -> AsyncIterator[_House]:
    """Run Home Assistant with all devices, and a satellite in each area."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(folder) as hass:
            hass.config.language = _LANGUAGES[language][1]
            areas = house.create_areas(hass, language)
            devices = house.devices(language)
            async with house.served(device.simulated for device in devices):
                await house.add(hass, devices, areas)
                await _unplug(hass, devices)
                async with _hearken(hass) as entry:
                    satellites = _satellites(hass, entry, areas)
                    yield _House(hass, language, devices, satellites)


async def _unplug(hass: core.HomeAssistant, devices: Sequence[house.Device]) -> None:
    """Unplug some devices, and let Home Assistant notice."""
    for device in devices:
        if device.silent:
            device.simulated.unplug()
    await hass.async_block_till_done()


@contextlib.asynccontextmanager
async def _hearken(hass: core.HomeAssistant) -> AsyncIterator[ConfigEntry[Any]]:
    """Add Hearken with a server that is only there to be connected."""
    async with SpeechServer() as server:
        entry = house.entry(
            DOMAIN,
            server.welcome.name,
            server.welcome.id,
            {CONF_KIND: "server", "host": HOST, "port": server.port},
        )
        await hass.config_entries.async_add(entry)
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        yield entry
        await hass.config_entries.async_unload(entry.entry_id)


def _satellites(
    hass: core.HomeAssistant, entry: ConfigEntry[Any], areas: dict[str, str]
) -> dict[str, str]:
    """Put a satellite into each area; return their devices."""
    registry = dr.async_get(hass)
    found = {}
    for key, area in areas.items():
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("bench", key)}
        )
        registry.async_update_device(device.id, area_id=area)
        found[key] = device.id
    return found


def _summarize(title: str, count: int, counts: dict[str, _Counts]) -> None:
    """Print the sums."""
    table = Table(
        "sums",
        f"{title}: {count} orders",
        ("agent", *Verdict, "packet after the text, ms: median", "p95"),
    )
    for name, one in counts.items():
        table.add(
            name,
            *(one.total[verdict] for verdict in Verdict),
            round(median(one.seconds) * 1000, 1),
            round(percentile(one.seconds, 0.95) * 1000, 1),
        )
    kinds = Table("kinds", f"{title}: right, by kind", ("kind", *counts))
    for kind in next(iter(counts.values())).verdicts:
        rows = [one.verdicts[kind] for one in counts.values()]
        kinds.add(
            kind, *(f"{row[Verdict.RIGHT]} of {sum(row.values())}" for row in rows)
        )


if __name__ == "__main__":
    sys.exit(main())
