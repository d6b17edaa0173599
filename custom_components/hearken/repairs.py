"""Repair flows."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import probatio
from homeassistant.components.repairs import RepairsFlow
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .data import HearkenConfigEntry, ServerData
from .errors import HearkenError
from .names.aliases import async_learn, can_learn
from .names.proposals import NAME_MISHEARD
from .pipelines.damage import DAMAGES
from .pipelines.records import wanted_languages
from .server.issues import Trouble

type _Data = Mapping[str, Any]


class Obstacle(StrEnum):
    """Why a repair is not possible now; the values are translation keys."""

    ENTITY_GONE = "entity_gone"
    SERVER_UNREACHABLE = "server_unreachable"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of a text


class CannotMendError(Exception):
    """The repair is not possible now."""

    def __init__(self, obstacle: Obstacle) -> None:
        """Keep the obstacle."""
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class HearkenRepairFlow(RepairsFlow):
    """Repairs an issue once the owner confirms."""

    def __init__(
        self, mend: Callable[[HomeAssistant, _Data], Awaitable[None]], data: _Data
    ) -> None:
        """Use this repair."""
        super().__init__()
        self._mend = mend
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
                await self._mend(self.hass, self._details)
            except CannotMendError as err:
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
    return HearkenRepairFlow(MENDERS[details["trouble"]], details)


async def _async_learn_name(hass: HomeAssistant, data: _Data) -> None:
    """Add the alias that an entity is heard as."""
    if not can_learn(hass, data["entity_id"]):
        raise CannotMendError(Obstacle.ENTITY_GONE)
    async_learn(hass, data["entity_id"], data["alias"])


async def _async_mend_pipeline(hass: HomeAssistant, data: _Data) -> None:
    """Repair a pipeline."""
    _, server = _server(hass, data)
    await server.pipelines.async_mend(data["about"])


async def _async_choose_model(hass: HomeAssistant, data: _Data) -> None:
    """Have the server select a model for the languages of the house."""
    entry, server = _server(hass, data)
    if server.link is None:
        raise CannotMendError(Obstacle.TOKEN_MISSING)
    try:
        client = server.link.client()
        await client.choose_model(wanted_languages(hass, entry))
    except HearkenError as err:
        raise CannotMendError(Obstacle.SERVER_UNREACHABLE) from err


def _server(hass: HomeAssistant, data: _Data) -> tuple[HearkenConfigEntry, ServerData]:
    """Return the loaded entry that an issue is about."""
    entries: list[HearkenConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        if entry.entry_id == data["entry_id"] and isinstance(
            entry.runtime_data, ServerData
        ):
            return entry, entry.runtime_data
    raise CannotMendError(Obstacle.SERVER_UNREACHABLE)


MENDERS: Final[Mapping[str, Callable[[HomeAssistant, _Data], Awaitable[None]]]] = {
    NAME_MISHEARD: _async_learn_name,
    Trouble.LANGUAGE_MISSING: _async_choose_model,
    Trouble.MODEL_MISSING: _async_choose_model,
    **dict.fromkeys(DAMAGES, _async_mend_pipeline),
}
