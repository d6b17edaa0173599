"""Repair flows."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import probatio
from homeassistant.components.repairs import RepairsFlow
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .calibration.suggestions import THRESHOLD_SUGGESTED
from .const import DOMAIN
from .data import HearkenConfigEntry, SatelliteData, ServerData, address_of
from .errors import HearkenError
from .names.aliases import async_learn, can_learn
from .names.proposals import NAME_MISHEARD
from .pipelines.damage import PIPELINE_TROUBLES
from .pipelines.records import wanted_languages
from .satellite.ownership import async_take_over
from .server.issues import Trouble

type _Data = Mapping[str, Any]


class Obstacle(StrEnum):
    """Why a repair is not possible now; the values are translation keys."""

    ENTITY_GONE = "entity_gone"
    SATELLITE_UNREACHABLE = "satellite_unreachable"
    SERVER_UNREACHABLE = "server_unreachable"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of a text


class CannotRepairError(Exception):
    """The repair is not possible now."""

    def __init__(self, obstacle: Obstacle) -> None:
        """Store the obstacle."""
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class HearkenRepairFlow(RepairsFlow):
    """Repairs an issue once the owner confirms."""

    def __init__(
        self, repair: Callable[[HomeAssistant, _Data], Awaitable[None]], data: _Data
    ) -> None:
        """Initialize the flow for one repair and the data of its issue."""
        super().__init__()
        self._repair = repair
        self._details = data

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask for confirmation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Repair once the owner confirms."""
        if user_input is not None:
            try:
                await self._repair(self.hass, self._details)
            except CannotRepairError as err:
                return self.async_abort(reason=err.obstacle.value)
            return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=issue.translation_placeholders if issue else None,
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow for an issue."""
    details = data or {}
    return HearkenRepairFlow(REPAIRS[details["trouble"]], details)


async def _async_learn_name(hass: HomeAssistant, data: _Data) -> None:
    """Add the alias that an entity is heard as."""
    if not can_learn(hass, data["entity_id"]):
        raise CannotRepairError(Obstacle.ENTITY_GONE)
    async_learn(hass, data["entity_id"], data["alias"])


async def _async_repair_pipeline(hass: HomeAssistant, data: _Data) -> None:
    """Repair a pipeline."""
    _, server = _server(hass, data)
    await server.pipelines.async_repair(data["about"])


async def _async_choose_model(hass: HomeAssistant, data: _Data) -> None:
    """Have the server select a model for the languages of the house."""
    entry, server = _server(hass, data)
    if server.link is None:
        raise CannotRepairError(Obstacle.TOKEN_MISSING)
    try:
        client = server.link.client()
        await client.choose_model(wanted_languages(hass, entry))
    except HearkenError as err:
        raise CannotRepairError(Obstacle.SERVER_UNREACHABLE) from err


async def _async_take_satellite(hass: HomeAssistant, data: _Data) -> None:
    """Move a satellite here from another Home Assistant."""
    entry = hass.config_entries.async_get_entry(data["entry_id"])
    if entry is None:
        raise CannotRepairError(Obstacle.SATELLITE_UNREACHABLE)
    try:
        await async_take_over(hass, address_of(entry))
    except HearkenError as err:
        raise CannotRepairError(Obstacle.SATELLITE_UNREACHABLE) from err
    hass.config_entries.async_schedule_reload(entry.entry_id)


async def _async_change_threshold(hass: HomeAssistant, data: _Data) -> None:
    """Change the threshold of a wake word as suggested."""
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        satellite = entry.runtime_data
        if entry.entry_id == data["entry_id"] and isinstance(satellite, SatelliteData):
            await satellite.calibrator.async_accept(data["word"])
            return
    raise CannotRepairError(Obstacle.SATELLITE_UNREACHABLE)


def _server(hass: HomeAssistant, data: _Data) -> tuple[HearkenConfigEntry, ServerData]:
    """Return the loaded entry that an issue is about."""
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        if entry.entry_id == data["entry_id"] and isinstance(
            entry.runtime_data, ServerData
        ):
            return entry, entry.runtime_data
    raise CannotRepairError(Obstacle.SERVER_UNREACHABLE)


REPAIRS: Final[Mapping[str, Callable[[HomeAssistant, _Data], Awaitable[None]]]] = {
    NAME_MISHEARD: _async_learn_name,
    THRESHOLD_SUGGESTED: _async_change_threshold,
    Trouble.LANGUAGE_MISSING: _async_choose_model,
    Trouble.MODEL_MISSING: _async_choose_model,
    Trouble.SATELLITE_TAKEN: _async_take_satellite,
    **dict.fromkeys(PIPELINE_TROUBLES, _async_repair_pipeline),
}
