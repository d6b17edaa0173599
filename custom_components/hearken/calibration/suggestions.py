"""Suggests other thresholds in the repairs."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..satellite.wake_words import SatelliteWakeWords
from ..texts.reasons import async_text
from .threshold import Change

THRESHOLD_SUGGESTED: Final = "threshold_suggested"


class Suggestions:
    """The suggestions for one satellite."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, wake_words: SatelliteWakeWords
    ) -> None:
        """Suggest thresholds of these words."""
        self._hass = hass
        self._entry = entry
        self._wake_words = wake_words

    @callback
    def async_create(self, word: str, change: Change) -> None:
        """Suggest a change."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{_prefix(self._entry)}{word}",
            data={
                "trouble": THRESHOLD_SUGGESTED,
                "entry_id": self._entry.entry_id,
                "word": word,
            },
            is_fixable=True,
            is_persistent=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=THRESHOLD_SUGGESTED,
            translation_placeholders={
                "name": self._entry.title,
                "wake_word": self._wake_words.phrase(word),
                **_figures(change),
                "reason": sentence(self._hass, change),
            },
        )

    @callback
    def async_delete(self, word: str) -> None:
        """Withdraw the suggestion for a word."""
        ir.async_delete_issue(self._hass, DOMAIN, f"{_prefix(self._entry)}{word}")

    @callback
    def async_delete_all(self) -> None:
        """Withdraw all suggestions."""
        async_withdraw(self._hass, self._entry)


@callback
def async_withdraw(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw all suggestions for a satellite."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(_prefix(entry)):
            ir.async_delete_issue(hass, domain, issue_id)


@callback
def sentence(hass: HomeAssistant, change: Change) -> str:
    """Return a change in one sentence."""
    figures = {**_figures(change), "count": str(change.count)}
    return async_text(hass, DOMAIN, f"threshold_{change.direction}", figures)


def _prefix(entry: ConfigEntry) -> str:
    """Return how the IDs of the suggestions begin."""
    return f"{THRESHOLD_SUGGESTED}_{entry.entry_id}_"


def _figures(change: Change) -> dict[str, str]:
    """Return the thresholds that a text mentions."""
    return {"before": f"{change.before:.2f}", "after": f"{change.after:.2f}"}
