"""Carries out commands: one service call for devices that get the same."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Any, Final

import probatio
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .commands import Command

_LOGGER = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 1.0
"""Time for a device to react before the answer is given; it may take longer."""
_AT_ONCE: Final = 20
"""Devices that are commanded without giving others a turn on the event loop."""


async def async_carry_out(
    hass: HomeAssistant, commands: Sequence[Command], context: Context | None
) -> bool:
    """Carry out commands in their order; return whether none failed so far."""
    tasks: list[asyncio.Task[Any]] = []
    started = 0
    for domain, service, data, ids in _grouped(commands):
        for some in batched(ids, _AT_ONCE, strict=False):
            if started + len(some) > _AT_ONCE:
                # Others get their turn before the next devices.
                await asyncio.sleep(0)
                started = 0
            started += len(some)
            call = hass.services.async_call(
                domain,
                service,
                {**data, ATTR_ENTITY_ID: list(some)},
                blocking=True,
                context=context,
            )
            name = f"hearken {domain}.{service}"
            tasks.append(hass.async_create_task(call, name, eager_start=True))
    if not tasks:
        return True
    done, waiting = await asyncio.wait(tasks, timeout=ANSWER_SECONDS)
    for task in waiting:
        task.add_done_callback(_log_failure)
    outcomes = [_log_failure(task) for task in done]
    return all(outcomes)


def _grouped(
    commands: Sequence[Command],
) -> list[tuple[str, str, Mapping[str, Any], list[str]]]:
    """Return the commands, those that differ in the device alone together."""
    groups: dict[
        tuple[str, str, str], tuple[str, str, Mapping[str, Any], list[str]]
    ] = {}
    for command in commands:
        domain, service, data = command.domain, command.service, command.data
        key = domain, service, repr(sorted(data.items()))
        group = groups.setdefault(key, (domain, service, data, []))
        group[3].append(command.entity_id)
    return list(groups.values())


def _log_failure(task: asyncio.Task[Any]) -> bool:
    """Return whether a call succeeded; log it if not."""
    if task.cancelled():
        return False
    error = task.exception()
    if error is None:
        return True
    if isinstance(error, HomeAssistantError | probatio.Invalid):
        _LOGGER.warning("A spoken command failed: %s", error)
    else:
        _LOGGER.error("A spoken command failed", exc_info=error)
    return False
