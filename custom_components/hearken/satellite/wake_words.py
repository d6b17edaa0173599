"""Wake words of a satellite, and their thresholds.

A satellite that detects its wake words itself also stores them. For a satellite that
streams, the speech server detects them, and they are stored in the options of the
config entry.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    Pipeline,
    async_get_pipeline,
)
from homeassistant.components.assist_pipeline.select import get_chosen_pipeline
from homeassistant.components.assist_satellite import (
    AssistSatelliteConfiguration,
    AssistSatelliteWakeWord,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..client.abilities import Abilities, WakeWord, abilities_of
from ..client.detect import DetectRequest
from ..client.listeners import Observable
from ..const import CONF_THRESHOLDS, CONF_WAKE_WORDS, DOMAIN, SIGNAL_WORDS
from ..protocol import (
    MAX_WORDS,
    Ability,
    DetectDetails,
    SatelliteSettings,
    WordSensitivity,
)
from .settings import SatelliteControl

SLOTS: Final = 2
"""Wake words per satellite, each with an assistant of its own."""
DEFAULT_THRESHOLD: Final = 0.5

type WordsOf = Callable[[HomeAssistant, Pipeline], tuple[WakeWord, ...]]
type Slots = tuple[str | None, ...]


class SatelliteWakeWords(Observable):
    """The wake words of one satellite."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: SatelliteControl,
        words_of: WordsOf,
    ) -> None:
        """Manage the words of this entry; ``words_of`` returns those of a server."""
        self._words_of = words_of
        self._hass = hass
        self._entry = entry
        self._control = control
        super().__init__()

    @callback
    def async_start(self) -> None:
        """Subscribe to everything that the words depend on."""
        store = self._hass.data[KEY_ASSIST_PIPELINE].pipeline_store

        @callback
        def words_changed() -> None:
            self.async_notify()

        async def pipelines_changed(_changes: Iterable[Any]) -> None:
            self.async_notify()

        for stop in (
            self._control.async_add_listener(self.async_notify),
            async_dispatcher_connect(self._hass, SIGNAL_WORDS, words_changed),
            store.async_add_change_set_listener(pipelines_changed),
        ):
            self._entry.async_on_unload(stop)

    # Available words.

    @property
    def _abilities(self) -> Abilities:
        """Return the abilities of the satellite."""
        return abilities_of(self._control.link.peer.info)

    @property
    def is_on_device(self) -> bool:
        """Return whether the satellite detects its words itself."""
        return bool(self._abilities.wake_words)

    @property
    def is_fixed(self) -> bool:
        """Return whether the words can only be changed on the satellite."""
        return self.is_on_device and not self._control.can(Ability.WAKE_WORDS)

    def available(self) -> tuple[WakeWord, ...]:
        """Return the words that can be chosen."""
        if self.is_on_device:
            return self._abilities.wake_words
        return self._words_of_server()

    def _words_of_server(self) -> tuple[WakeWord, ...]:
        """Return the words of the assistant's speech server."""
        pipeline = self.pipeline()
        return self._words_of(self._hass, pipeline) if pipeline else ()

    def pipeline(self) -> Pipeline | None:
        """Return the pipeline that detects the words."""
        chosen = get_chosen_pipeline(
            self._hass, DOMAIN, self._control.link.peer.welcome.id
        )
        try:
            return async_get_pipeline(self._hass, chosen)
        except HomeAssistantError:
            return None

    # Selected words.

    @property
    def slots(self) -> Slots:
        """Return the word of each slot, None where none was chosen."""
        stored = self._entry.options.get(CONF_WAKE_WORDS, ())
        slots: Slots = (*stored, None, None)[:SLOTS]
        if not self.is_on_device:
            known = {word.id for word in self.available()}
            return tuple(word if word in known else None for word in slots)
        return _arranged(slots, self._words_of_device())

    def _words_of_device(self) -> Sequence[str]:
        """Return the words that the satellite detects itself."""
        words = self._control.settings.wake_words
        return self._abilities.active_wake_words if words is None else words

    def word(self, slot: int) -> str | None:
        """Return the word in effect in a slot, None without one."""
        chosen = self.slots[slot]
        if chosen is None and slot == 0 and not self.is_on_device:
            pipeline = self.pipeline()
            return pipeline.wake_word_id if pipeline else None
        return chosen

    def phrase(self, word_id: str) -> str:
        """Return a word as it is spoken."""
        words = self.available()
        return next((word.phrase for word in words if word.id == word_id), word_id)

    def phrase_of_slot(self, slot: int) -> str | None:
        """Return the word in effect in a slot as it is spoken, None without one."""
        word = self.word(slot)
        return None if word is None else self.phrase(word)

    def active(self) -> list[str]:
        """Return the active words."""
        if self.is_on_device:
            return list(self._words_of_device())
        words = (self.word(slot) for slot in range(SLOTS))
        known = {word.id for word in self.available()}
        return list(dict.fromkeys(w for w in words if w in known and w is not None))

    def slot_of(self, name: str | None) -> int:
        """Return the slot of a word, by its id or as it is spoken."""
        slots = self.slots
        if name is None:
            return 0
        ids = {name, *(word.id for word in self.available() if word.phrase == name)}
        return next((n for n, word in enumerate(slots) if word in ids), 0)

    def threshold(self, slot: int) -> float | None:
        """Return the threshold of the word in a slot; None without a word."""
        if (word := self.word(slot)) is None:
            return None
        return self.threshold_of(word)

    def threshold_of(self, word: str) -> float:
        """Return the threshold of a word."""
        return self._thresholds().get(word, DEFAULT_THRESHOLD)

    def has_threshold(self, word: str) -> bool:
        """Return whether a threshold was chosen for a word."""
        return word in self._thresholds()

    def _thresholds(self) -> dict[str, float]:
        """Return the thresholds that differ from the default."""
        if self.is_on_device:
            return dict(self._control.settings.thresholds or {})
        return dict(self._entry.options.get(CONF_THRESHOLDS, {}))

    def configuration(self) -> AssistSatelliteConfiguration:
        """Return the configuration for Home Assistant."""
        maximum = self._abilities.max_active_wake_words if self.is_on_device else SLOTS
        return AssistSatelliteConfiguration(
            available_wake_words=[
                AssistSatelliteWakeWord(
                    id=word.id,
                    wake_word=word.phrase,
                    trained_languages=list(word.languages),
                )
                for word in self.available()
            ],
            active_wake_words=self.active(),
            max_active_wake_words=maximum,
        )

    # Changes.

    async def async_choose(self, slots: Sequence[str | None]) -> None:
        """Select the words; a satellite that detects them must confirm them first."""
        if self.is_fixed or not self.available():
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="wake_words_are_fixed"
            )
        if self.is_on_device:
            words = tuple(dict.fromkeys(word for word in slots if word is not None))
            await self._control.async_change(SatelliteSettings(wake_words=words))
        self._store(CONF_WAKE_WORDS, list(slots[:SLOTS]))

    async def async_put(self, slot: int, word: str | None) -> None:
        """Select the word of a slot; it is removed from other slots."""
        slots = [None if other == word else other for other in self.slots]
        slots[slot] = word
        await self.async_choose(slots)

    async def async_set_threshold(self, slot: int, threshold: float) -> None:
        """Change the threshold of the word in a slot."""
        if (word := self.word(slot)) is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="no_wake_word_there"
            )
        await self.async_set_threshold_of(word, threshold)

    async def async_set_threshold_of(self, word: str, threshold: float) -> None:
        """Change the threshold of a word."""
        if self.is_on_device:
            await self._control.async_change(
                SatelliteSettings(thresholds={word: threshold})
            )
            return
        self._store_thresholds({**self._thresholds(), word: threshold})

    @callback
    def async_reset_threshold(self, word: str) -> None:
        """Go back to the default for a word that a server detects."""
        others = self._thresholds()
        others.pop(word, None)
        self._store_thresholds(others)

    def _store_thresholds(self, thresholds: dict[str, float]) -> None:
        """Store thresholds; the oldest may belong to words that no longer exist."""
        self._store(CONF_THRESHOLDS, dict(list(thresholds.items())[-MAX_WORDS:]))

    def _store(self, key: str, value: object) -> None:
        """Store a choice in the options of the entry."""
        self._hass.config_entries.async_update_entry(
            self._entry, options={**self._entry.options, key: value}
        )
        self.async_notify()

    # Detection by the server.

    def request(self, wake_word_id: str | None) -> DetectRequest:
        """Return the request to the server, given the wake word of the pipeline."""
        first, second = self.slots[0] or wake_word_id, self.slots[1]
        names = None
        if first is not None:
            names = tuple(dict.fromkeys(word for word in (first, second) if word))
        known = {word.id for word in self.available()}
        return DetectRequest(
            names=names,
            details=DetectDetails(
                stream=self._control.link.peer.welcome.name,
                words={
                    word: WordSensitivity(threshold=threshold)
                    for word, threshold in self._thresholds().items()
                    if word in known
                },
            ),
        )

    @callback
    def async_follow(
        self, wake_word_id: str | None, change: Callable[[DetectRequest], None]
    ) -> CALLBACK_TYPE:
        """Call with each new request; return a function that stops it."""
        return self.async_add_listener(lambda: change(self.request(wake_word_id)))


def _arranged(slots: Slots, words: Sequence[str]) -> Slots:
    """Return the slots with these words; those already there keep their slots."""
    arranged = [word if word in words else None for word in slots]
    for word in words:
        if word not in arranged and None in arranged:
            arranged[arranged.index(None)] = word
    return tuple(arranged)
