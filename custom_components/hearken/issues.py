"""Trouble that the owner can mend, as Home Assistant's repairs show it."""

from enum import StrEnum
from typing import Final

from homeassistant.components.tts import async_default_engine
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .errors import HearkenError, ProtocolVersionError

_LEARN_MORE: Final = (
    "https://github.com/hearken-voice/hearken/blob/main/docs/server-device.md#repairs"
)


class Trouble(StrEnum):
    """What can be wrong with a speech server."""

    INTEGRATION_TOO_OLD = "integration_too_old"
    MODEL_FAILED = "model_failed"
    NO_VOICE = "no_voice"
    RECOGNITION_FAILED = "recognition_failed"
    SERVER_TOO_OLD = "server_too_old"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of an issue


_HINTS: Final = (Trouble.TOKEN_MISSING, Trouble.NO_VOICE)


@callback
def async_report(
    hass: HomeAssistant, entry: ConfigEntry, trouble: Trouble, **details: str
) -> None:
    """Show the trouble, and what to do about it, until it is over."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, trouble),
        is_fixable=False,
        learn_more_url=_LEARN_MORE,
        severity=ir.IssueSeverity.WARNING
        if trouble in _HINTS
        else ir.IssueSeverity.ERROR,
        translation_key=trouble.value,
        translation_placeholders={"name": entry.title, **details},
    )


@callback
def async_is_over(hass: HomeAssistant, entry: ConfigEntry, *troubles: Trouble) -> None:
    """Take note that there is no such trouble, or no longer."""
    for trouble in troubles:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, trouble))


@callback
def async_report_version(
    hass: HomeAssistant, entry: ConfigEntry, err: HearkenError | None
) -> None:
    """Say which side has to be updated, if one has to."""
    if err is None:
        async_is_over(hass, entry, Trouble.SERVER_TOO_OLD, Trouble.INTEGRATION_TOO_OLD)
    elif isinstance(err, ProtocolVersionError):
        old, other = Trouble.SERVER_TOO_OLD, Trouble.INTEGRATION_TOO_OLD
        if not err.is_other_older:
            old, other = other, old
        async_is_over(hass, entry, other)
        async_report(hass, entry, old, reason=str(err))


@callback
def async_check_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Say so if nothing in this house can speak an answer."""
    if async_default_engine(hass) is None:
        async_report(hass, entry, Trouble.NO_VOICE)
    else:
        async_is_over(hass, entry, Trouble.NO_VOICE)


def _issue_id(entry: ConfigEntry, trouble: Trouble) -> str:
    """Return what tells this trouble from that of other servers."""
    return f"{trouble}_{entry.entry_id}"
