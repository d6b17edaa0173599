"""Issues that follow from the status of a speech server."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..client.status import ServerStatus
from ..errors import reason_of_trouble
from ..protocol import ModelTrouble, ServerState
from ..texts.reasons import async_reason_text
from .issues import Trouble, async_is_over, async_report

_OVERLOADED_FROM: Final = 3
"""Requests refused within ten minutes; fewer may be a coincidence."""
_MEGABYTE: Final = 1_000_000
_TROUBLES: Final = {
    ModelTrouble.MISSING.value: Trouble.MODEL_MISSING,
    ModelTrouble.UNREACHABLE.value: Trouble.MODEL_NOT_DOWNLOADED,
}
"""What the owner can do about it; otherwise, the model has failed."""


@callback
def async_report_health(
    hass: HomeAssistant, entry: ConfigEntry, status: ServerStatus
) -> None:
    """Create and delete issues according to the status of the server."""
    _report_model(hass, entry, status)
    _report_disk(hass, entry, status)
    if status.set_aside:
        files = ", ".join(sorted(set(status.set_aside)))
        async_report(hass, entry, Trouble.FILE_DAMAGED, files=files)
    else:
        async_is_over(hass, entry, Trouble.FILE_DAMAGED)
    if status.refused_lately >= _OVERLOADED_FROM:
        async_report(hass, entry, Trouble.OVERLOADED, count=str(status.refused_lately))
    else:
        async_is_over(hass, entry, Trouble.OVERLOADED)


@callback
def _report_model(
    hass: HomeAssistant, entry: ConfigEntry, status: ServerStatus
) -> None:
    """Report why the selected speech model does not work."""
    if status.state is ServerState.LOADING:
        return
    trouble: Trouble | None = None
    if (
        status.state is ServerState.PROBLEM
        and status.model_trouble != ModelTrouble.NO_SPACE
    ):
        trouble = _TROUBLES.get(status.model_trouble or "", Trouble.MODEL_FAILED)
        async_report(
            hass,
            entry,
            trouble,
            is_fixable=trouble is Trouble.MODEL_MISSING,
            reason=async_reason_text(hass, reason_of_trouble(status.model_trouble)),
            model=status.model or "-",
        )
    for other in (Trouble.MODEL_FAILED, *_TROUBLES.values()):
        if other is not trouble:
            async_is_over(hass, entry, other)


@callback
def _report_disk(hass: HomeAssistant, entry: ConfigEntry, status: ServerStatus) -> None:
    """Report that there is not enough disk space for speech models."""
    free, needed = status.free_bytes, status.needed_bytes
    if free is not None and free < needed:
        async_report(
            hass,
            entry,
            Trouble.DISK_FULL,
            free=f"{free / _MEGABYTE:.0f}",
            needed=f"{needed / _MEGABYTE:.0f}",
        )
    else:
        async_is_over(hass, entry, Trouble.DISK_FULL)
