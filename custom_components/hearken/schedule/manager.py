"""The schedule of the house: what is due, kept on disk, and done in time."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.ulid import ulid_now

from ..client.listeners import Listeners
from ..const import DOMAIN, SIGNAL_TIMERS_CHANGED
from ..dialogue.orders import DATA_DROP_ENDS, Speaker, async_execute
from ..names.gather import SCHEDULED_NAMES
from .book import Book
from .events import publish_due
from .items import Item, ItemKind
from .languages import async_sentences
from .phrases import Phrases
from .ringing import Ringer
from .storage import ScheduleStore

_LOGGER = logging.getLogger(__name__)

_CHECK_SECONDS: Final = 60
"""The longest sleep: the clock of a machine may be set in the meantime."""
LATE_SECONDS: Final = 30
"""What rings later than this says so."""
ORDER_LATE_SECONDS: Final = 300
"""An order that is later than this is not carried out: nobody expects it anymore."""


class Schedule:
    """Holds timers, alarms, reminders and delayed orders."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start empty."""
        self._hass = hass
        self._store = ScheduleStore(hass)
        self._book = Book()
        self._ringer = Ringer(hass, self._text, self._on_rang)
        self._listeners = Listeners[CALLBACK_TYPE]()
        self._cancel: CALLBACK_TYPE | None = None
        self._is_started = False

    async def async_start(self) -> None:
        """Load what was kept; what is due rings as soon as everything is started."""
        self._hass.data[SCHEDULED_NAMES] = self._names
        self._hass.data[DATA_DROP_ENDS] = self.async_drop_ends
        stored = await self._store.async_load()
        self._book = Book(stored.items)

        @callback
        def started(_hass: HomeAssistant) -> None:
            self._is_started = True
            for item in stored.ringing:
                self._ringer.async_start(item)
            self._check()

        async_at_started(self._hass, started)
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
        self._notify()

    @callback
    def _on_stop(self, _event: Event) -> None:
        """Close when Home Assistant stops."""
        self.async_close()

    @callback
    def async_close(self) -> None:
        """Do nothing anymore; what is kept stays on disk."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        self._is_started = False
        self._ringer.async_close()

    # What others read.

    @property
    def items(self) -> Sequence[Item]:
        """Return everything that is set, the next that is due first."""
        return self._book.items

    @property
    def timers(self) -> Sequence[Item]:
        """Return the timers that run."""
        return self._of(ItemKind.TIMER)

    @property
    def alarms(self) -> Sequence[Item]:
        """Return the alarms."""
        return self._of(ItemKind.ALARM)

    @property
    def reminders(self) -> Sequence[Item]:
        """Return the reminders."""
        return self._of(ItemKind.REMINDER)

    @property
    def orders(self) -> Sequence[Item]:
        """Return the delayed orders."""
        return self._of(ItemKind.ORDER)

    @property
    def ringing(self) -> Sequence[Item]:
        """Return what rings."""
        return self._ringer.items

    def ringing_at(self, satellite_id: str | None) -> list[Item]:
        """Return what rings at a satellite."""
        return self._ringer.at(satellite_id)

    def _of(self, kind: ItemKind) -> list[Item]:
        """Return the items of a kind."""
        return [item for item in self._book if item.kind is kind]

    @property
    def is_full(self) -> bool:
        """Return whether nothing new can be set."""
        return self._book.is_full

    @callback
    def async_drop_ends(self, entity_ids: Collection[str]) -> None:
        """Drop the ends of what was ordered for a while: something else was ordered."""
        for item in self.orders:
            if not item.is_ending:
                continue
            left = tuple(
                one for one in item.commands if one.get("entity_id") not in entity_ids
            )
            if len(left) == len(item.commands):
                continue
            if left:
                self._book.put(replace(item, commands=left))
            else:
                self._book.remove(item)
            self._save_later()

    @callback
    def async_listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call when anything is set, changed, rings or ends; return how to end it."""
        return self._listeners.add(listener)

    # What changes it. Every change is on disk when the call returns.

    async def async_put(self, item: Item) -> None:
        """Add or replace an item; raise BookFullError if there are too many."""
        self._book.put(item)
        await self._async_changed()

    async def async_remove(self, items: Iterable[Item]) -> None:
        """Remove items."""
        for item in items:
            self._book.remove(item)
        await self._async_changed()

    async def async_clear(self) -> None:
        """Remove everything, and stop all ringing."""
        for item in self._ringer.items:
            self._ringer.async_stop(item)
        await self.async_remove(self._book.items)

    @callback
    def async_stop(self, items: Iterable[Item]) -> bool:
        """Stop the ringing for these items; return whether any rang."""
        stopped = [self._ringer.async_stop(item) for item in items]
        return any(stopped)

    @callback
    def async_stop_at(self, satellite_id: str) -> None:
        """Stop all ringing at a satellite."""
        self.async_stop(self.ringing_at(satellite_id))

    @callback
    def async_ring_for(self, name: str | None, satellite_id: str) -> None:
        """Ring for a timer that is not ours."""
        now = dt_util.utcnow()
        self.async_ring(
            Item(
                id=ulid_now(),
                kind=ItemKind.TIMER,
                due=now,
                created=now,
                language=self._hass.config.language,
                name=name,
                satellite_id=satellite_id,
            )
        )

    @callback
    def async_ring(self, item: Item) -> None:
        """Ring for an item at once."""
        self._ringer.async_start(replace(item, weekdays=(), clock=None))
        self._save_later()

    @callback
    def async_ended(self, occurrence_id: str, satellite_id: str) -> None:
        """Take that a satellite rang by itself for an item, and that it is over."""
        for item in self._ringer.items:
            if (item.occurrence_id, item.satellite_id) == (occurrence_id, satellite_id):
                self._ringer.async_stop(item)
                return
        for item in self._book:
            if (item.occurrence_id, item.satellite_id) != (occurrence_id, satellite_id):
                continue
            publish_due(self._hass, item)
            self._book.remove(item)
            if (again := item.repeated(max(dt_util.now(), item.due))) is not None:
                self._book.put(again)
            self._save_later()
            return

    async def _async_changed(self) -> None:
        """Save, and tell everybody."""
        self._arm()
        self._notify()
        await self._store.async_save(self._book, self._ringer.items)

    @callback
    def _save_later(self) -> None:
        """Save from where nobody can wait for it."""
        self._hass.async_create_task(self._async_changed(), f"{DOMAIN} schedule")

    @callback
    def _notify(self) -> None:
        """Tell everybody that something has changed."""
        for listener in self._listeners:
            listener()
        async_dispatcher_send(self._hass, SIGNAL_TIMERS_CHANGED)

    def _names(self) -> Iterator[str]:
        """Yield names that may be said again."""
        for item in (*self.timers, *self.alarms):
            if item.name:
                yield item.name

    # What is due.

    @callback
    def _arm(self) -> None:
        """Wake up when the next item is due."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        due = self._book.next_due
        if due is None or not self._is_started:
            return
        latest = dt_util.utcnow() + timedelta(seconds=_CHECK_SECONDS)
        self._cancel = async_track_point_in_utc_time(
            self._hass, self._wake, min(due, latest)
        )

    @callback
    def _wake(self, _now: datetime) -> None:
        """Do what is due."""
        self._cancel = None
        self._check()

    @callback
    def _check(self) -> None:
        """Do what is due, and wait for what comes next."""
        due = self._book.take_due(dt_util.now())
        for item in due:
            self._do(item)
        if due:
            self._save_later()
        else:
            self._arm()

    @callback
    def _do(self, item: Item) -> None:
        """Ring for an item, or carry out the order."""
        if item.kind is not ItemKind.ORDER:
            publish_due(self._hass, item)
            self.async_ring(item)
        elif not item.is_ending and item.left(dt_util.utcnow()) < -ORDER_LATE_SECONDS:
            _LOGGER.warning("A delayed command was missed and is not carried out")
            self.async_ring(item)
        else:
            self._hass.async_create_background_task(
                self._async_execute(item), f"{DOMAIN} delayed command"
            )

    async def _async_execute(self, item: Item) -> None:
        """Carry out a delayed order."""
        speaker = Speaker(device_id=item.device_id, satellite_id=item.satellite_id)
        commands = [dict(command) for command in item.commands] or None
        try:
            await async_execute(
                self._hass, item.name or "", item.language, speaker, commands
            )
        except Exception:
            _LOGGER.exception("A delayed command failed")

    @callback
    def _on_rang(self, _item: Item) -> None:
        """Keep that an item has rung."""
        self._save_later()

    def _text(self, item: Item) -> str:
        """Return what is said about an item that is due."""
        now = dt_util.now()
        phrases = Phrases(async_sentences(self._hass, item.language).replies, now)
        is_late = item.left(now) < -LATE_SECONDS
        return phrases.about("late" if is_late else "ring", item)


_SCHEDULE: HassKey[Schedule] = HassKey(f"{DOMAIN}_schedule")


@callback
def async_get_schedule(hass: HomeAssistant) -> Schedule:
    """Return the schedule of the house."""
    if (schedule := hass.data.get(_SCHEDULE)) is None:
        schedule = hass.data[_SCHEDULE] = Schedule(hass)
    return schedule
