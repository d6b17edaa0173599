"""Carries out commands: one service call for all devices that get the same."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import probatio
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .commands import Command

_LOGGER = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 1.0
"""Time for a device to react before the answer is given; it may take longer."""


async def async_carry_out(
    hass: HomeAssistant, commands: Sequence[Command], context: Context | None
) -> bool:
    """Carry out commands in their order; return whether none failed so far."""
    tasks = [
        hass.async_create_task(
            hass.services.async_call(
                domain,
                service,
                {**data, ATTR_ENTITY_ID: ids},
                blocking=True,
                context=context,
            ),
            f"hearken {domain}.{service}",
            eager_start=True,
        )
        for domain, service, data, ids in _grouped(commands)
    ]
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
    """Return the commands, neighbors that differ in the device alone together."""
    groups: list[tuple[str, str, Mapping[str, Any], list[str]]] = []
    for command in commands:
        for domain, service, data, ids in groups:
            if (domain, service) == (command.domain, command.service) and (
                data == command.data
            ):
                ids.append(command.entity_id)
                break
        else:
            groups.append(
                (command.domain, command.service, command.data, [command.entity_id])
            )
    return groups


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
