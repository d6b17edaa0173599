"""Issues in Home Assistant's repairs: problems that the owner can solve."""

from enum import StrEnum
from typing import Final

from homeassistant.components.tts import async_default_engine
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LEARN_MORE
from ..errors import HearkenError, ProtocolVersionError


class Trouble(StrEnum):
    """The problems of a speech server; the values are translation keys."""

    DISK_FULL = "disk_full"
    FILE_DAMAGED = "file_damaged"
    INTEGRATION_TOO_OLD = "integration_too_old"
    LANGUAGE_MISSING = "language_missing"
    MODEL_FAILED = "model_failed"
    MODEL_MISSING = "model_missing"
    MODEL_NOT_DOWNLOADED = "model_not_downloaded"
    NO_VOICE = "no_voice"
    OVERLOADED = "overloaded"
    PIPELINE_AGENT_GONE = "pipeline_agent_gone"
    PIPELINE_ENTITY_DISABLED = "pipeline_entity_disabled"
    PIPELINE_NAME_TAKEN = "pipeline_name_taken"
    RECOGNITION_FAILED = "recognition_failed"
    SATELLITE_TAKEN = "satellite_taken"
    SERVER_TOO_OLD = "server_too_old"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - the name of an issue


_HINTS: Final = (
    Trouble.TOKEN_MISSING,
    Trouble.NO_VOICE,
    Trouble.LANGUAGE_MISSING,
    Trouble.MODEL_NOT_DOWNLOADED,
    Trouble.FILE_DAMAGED,
)
"""Problems that limit Hearken without breaking it: warnings rather than errors."""


@callback
def async_report(
    hass: HomeAssistant,
    entry: ConfigEntry,
    trouble: Trouble,
    *,
    about: str = "",
    is_fixable: bool = False,
    **details: str,
) -> None:
    """Create an issue that remains until the problem is solved.

    ``about`` distinguishes issues of the same kind at the same server.
    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, trouble, about),
        data={"trouble": trouble.value, "entry_id": entry.entry_id, "about": about},
        is_fixable=is_fixable,
        learn_more_url=LEARN_MORE,
        severity=ir.IssueSeverity.WARNING
        if trouble in _HINTS
        else ir.IssueSeverity.ERROR,
        translation_key=trouble.value,
        translation_placeholders={"name": entry.title, **details},
    )


@callback
def async_is_over(
    hass: HomeAssistant, entry: ConfigEntry, *troubles: Trouble, about: str = ""
) -> None:
    """Delete the issues about these problems, if there are any."""
    for trouble in troubles:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, trouble, about))


@callback
def async_all_is_over(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all issues of an entry."""
    for issue in list(ir.async_get(hass).issues.values()):
        data = issue.data or {}
        if issue.domain == DOMAIN and data.get("entry_id") == entry.entry_id:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


@callback
def async_report_version(
    hass: HomeAssistant, entry: ConfigEntry, err: HearkenError | None
) -> None:
    """Report which side has to be updated if the versions are incompatible."""
    if err is None:
        async_is_over(hass, entry, Trouble.SERVER_TOO_OLD, Trouble.INTEGRATION_TOO_OLD)
    elif isinstance(err, ProtocolVersionError):
        old, other = Trouble.SERVER_TOO_OLD, Trouble.INTEGRATION_TOO_OLD
        if not err.is_other_older:
            old, other = other, old
        async_is_over(hass, entry, other)
        async_report(hass, entry, old)


@callback
def async_report_owner(
    hass: HomeAssistant, entry: ConfigEntry, owner: str | None
) -> None:
    """Report that a satellite belongs to another Home Assistant, at this address."""
    if owner is None:
        async_is_over(hass, entry, Trouble.SATELLITE_TAKEN)
    else:
        async_report(hass, entry, Trouble.SATELLITE_TAKEN, is_fixable=True, owner=owner)


@callback
def async_check_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Report whether Home Assistant has no text-to-speech engine."""
    if async_default_engine(hass) is None:
        async_report(hass, entry, Trouble.NO_VOICE)
    else:
        async_is_over(hass, entry, Trouble.NO_VOICE)


def _issue_id(entry: ConfigEntry, trouble: Trouble, about: str) -> str:
    """Return the id of an issue."""
    return "_".join(filter(None, (trouble, entry.entry_id, about)))
