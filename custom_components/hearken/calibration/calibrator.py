"""Watches one satellite, and changes or suggests the thresholds of its wake words."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..client.listeners import Observable
from ..client.words import WakeRecord
from ..const import (
    CALIBRATION_OFF,
    CALIBRATION_ON,
    CALIBRATION_SUGGEST,
    CONF_CALIBRATION,
    CONF_HIGHEST_THRESHOLD,
    CONF_LOWEST_THRESHOLD,
    DOMAIN,
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
)
from ..errors import HearkenError
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Kind
from ..exchanges.house import async_get_house
from ..satellite.wake_words import SatelliteWakeWords
from ..server.link import ServerLink
from .evidence import evidence_of, newest_detection
from .storage import Histories
from .suggestions import Suggestions, sentence
from .threshold import Change, EvidenceKind, Limits, WordHistory

_LOGGER = logging.getLogger(__name__)

_REPORT_SECONDS: Final = 300.0
"""A false wake is reported soon, or the owner means another one."""
_SAME: Final = 1e-6

type FindLink = Callable[[], ServerLink | None]
type FindStream = Callable[[], str | None]


class Calibrator(Observable):
    """The thresholds of one satellite, as far as Hearken sets them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        wake_words: SatelliteWakeWords,
        find_link: FindLink,
        find_stream: FindStream,
    ) -> None:
        """Calibrate a satellite, given the ways to its server and its records there."""
        super().__init__()
        self._hass = hass
        self._entry = entry
        self._wake_words = wake_words
        self._find_link = find_link
        self._find_stream = find_stream
        self._histories = Histories(hass, entry)
        self._suggestions = Suggestions(hass, entry, wake_words)
        self._seen: dict[str, float] = {}
        """When each word was detected last, on the clock of the server."""
        self._woken: tuple[str, float] | None = None
        """The word that woke the satellite last, and when on the clock of the loop."""
        self._looking = asyncio.Lock()

    async def async_start(self) -> None:
        """Load what is known, and follow the satellite."""
        await self._histories.async_load()
        self._entry.async_on_unload(
            async_get_house(self._hass).dispatcher.listen(self._on_event)
        )
        self._entry.async_on_unload(
            self._wake_words.async_add_listener(self._follow_owner)
        )
        self._follow_owner()
        self._suggestions.async_delete_all()
        for word in self._histories.words():
            change = self._proposal(word)
            if change is not None and not self._may_change(word):
                self._suggestions.async_create(word, change)

    # What the owner set.

    @property
    def mode(self) -> str:
        """Return whether thresholds are changed, suggested, or left alone."""
        mode: str = self._entry.options.get(CONF_CALIBRATION, CALIBRATION_SUGGEST)
        return mode

    @property
    def is_on(self) -> bool:
        """Return whether there is anything to watch."""
        # Nobody hears the near misses of a satellite that detects by itself.
        return self.mode != CALIBRATION_OFF and not self._wake_words.is_on_device

    @property
    def limits(self) -> Limits:
        """Return how far thresholds may go."""
        options = self._entry.options
        return Limits(
            low=options.get(CONF_LOWEST_THRESHOLD, LOWEST_THRESHOLD),
            high=options.get(CONF_HIGHEST_THRESHOLD, HIGHEST_THRESHOLD),
        )

    def _may_change(self, word: str) -> bool:
        """Return whether a threshold is changed without asking.

        One that the owner has chosen is not.
        """
        if self.mode != CALIBRATION_ON:
            return False
        if not self._wake_words.has_threshold(word):
            return True
        last = self._history(word).last
        threshold = self._wake_words.threshold_of(word)
        return last is not None and abs(last.after - threshold) < _SAME

    # What happens at the satellite.

    @callback
    def _on_event(self, event: HearkenEvent) -> None:
        """Learn from an exchange that has ended."""
        word, kind = event.exchange.wake_word_id, _kind_of(event)
        if event.source.id != self._entry.unique_id or word is None or not self.is_on:
            return
        if event.kind is Kind.WAKE_WORD_HEARD:
            self._woken = word, self._hass.loop.time()
        if kind is not None:
            self._entry.async_create_background_task(
                self._hass, self._async_look(word, kind), "calibrate wake word"
            )

    async def _async_look(self, word: str, kind: EvidenceKind) -> None:
        """Ask the server what it heard, and decide."""
        if self._looking.locked():
            return
        async with self._looking:
            try:
                records, detection = await self._async_ask(word)
            except HearkenError as err:
                _LOGGER.debug("There is no evidence about %s: %s", word, err)
                return
            # The same detection twice: the one that was meant is not known.
            if detection and detection.at != self._seen.get(word):
                self._seen = {**self._seen, word: detection.at}
                await self._async_note(word, records, detection, kind)

    async def async_report_false_wake(self) -> None:
        """Note that the last detection was none, as the owner says."""
        word, at = self._woken or ("", float("-inf"))
        if self._hass.loop.time() - at > _REPORT_SECONDS:
            raise _no_wake()
        async with self._looking:
            try:
                records, detection = await self._async_ask(word)
            except HearkenError as err:
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="no_server"
                ) from err
            if detection is None:
                raise _no_wake()
            await self._async_note(word, records, detection, EvidenceKind.REPORTED)

    async def _async_ask(
        self, word: str
    ) -> tuple[tuple[WakeRecord, ...], WakeRecord | None]:
        """Return what the server heard, and the last detection of a word."""
        link, stream = self._find_link(), self._find_stream()
        if link is None or stream is None:
            return (), None
        records = await link.client().wake_records()
        return records, newest_detection(records, stream, word)

    async def _async_note(
        self,
        word: str,
        records: tuple[WakeRecord, ...],
        detection: WakeRecord,
        kind: EvidenceKind,
    ) -> None:
        """Note evidence, and change or suggest what follows from it."""
        history = self._history(word)
        for one in evidence_of(records, detection, kind, history.threshold):
            history = history.note(one)
        self._histories.put(word, history)
        change = self._proposal(word)
        if change is None:
            self._suggestions.async_delete(word)
        elif self._may_change(word):
            await self._async_apply(word, change)
        else:
            self._suggestions.async_create(word, change)
        await self._histories.async_save()

    def _proposal(self, word: str) -> Change | None:
        """Return the change that is called for."""
        if not self.is_on:
            return None
        now = dt_util.utcnow().timestamp()
        change = self._history(word).proposal(self.limits, now)
        if change is None:
            return None
        return replace(change, was_default=not self._wake_words.has_threshold(word))

    # Changes.

    async def async_accept(self, word: str) -> None:
        """Make the change that was suggested, if it is still called for."""
        change = self._proposal(word)
        if change is not None:
            await self._async_apply(word, change)
            await self._histories.async_save()

    async def async_undo(self, word: str) -> None:
        """Go back to the threshold before the last change."""
        if (change := self.last_change(word)) is None:
            return
        now = dt_util.utcnow().timestamp()
        self._histories.put(word, self._history(word).undo(now))
        if change.was_default:
            self._wake_words.async_reset_threshold(word)
        else:
            await self._wake_words.async_set_threshold_of(word, change.before)
        self._suggestions.async_delete(word)
        await self._histories.async_save()
        self.async_notify()

    async def _async_apply(self, word: str, change: Change) -> None:
        """Change a threshold."""
        # First what is known: the listener below takes other values for the owner's.
        self._histories.put(word, self._history(word).apply(change))
        await self._wake_words.async_set_threshold_of(word, change.after)
        self._suggestions.async_delete(word)
        _LOGGER.info("%s: %s", self._entry.title, sentence(self._hass, change))
        self.async_notify()

    @callback
    def _follow_owner(self) -> None:
        """Begin anew where the owner has chosen another threshold."""
        if self._wake_words.is_on_device:
            return
        gone = [
            word
            for word in self._histories.words()
            if abs(self._wake_words.threshold_of(word) - self._history(word).threshold)
            > _SAME
        ]
        if not gone:
            return
        for word in gone:
            self._histories.drop(word)
            self._suggestions.async_delete(word)
        self._entry.async_create_background_task(
            self._hass, self._histories.async_save(), "save calibration"
        )
        self.async_notify()

    # What is shown.

    @callback
    def last_change(self, word: str) -> Change | None:
        """Return the last change of a threshold, None if there is none to undo."""
        history = self._histories.get(word)
        if history is None or self._wake_words.is_on_device:
            return None
        return history.last

    @callback
    def explanation(self, word: str) -> str | None:
        """Return in one sentence why a threshold is what it is."""
        change = self.last_change(word)
        return sentence(self._hass, change) if change else None

    def _history(self, word: str) -> WordHistory:
        """Return what is known about a word."""
        return self._histories.get(word) or WordHistory(
            threshold=self._wake_words.threshold_of(word)
        )


def _kind_of(event: HearkenEvent) -> EvidenceKind | None:
    """Return what an exchange shows about the wake word; None if that is open."""
    if event.kind is Kind.FALSE_WAKE:
        return EvidenceKind.SILENCE
    if event.kind is not Kind.COMMAND_DONE:
        return None
    turn = event.exchange.turn
    is_cancelled = turn is not None and turn.is_cancelled
    return EvidenceKind.CANCELLED if is_cancelled else EvidenceKind.COMMAND


def _no_wake() -> HomeAssistantError:
    """Return that there is nothing to report."""
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key="no_wake_to_report"
    )
