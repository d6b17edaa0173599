"""Events of the schedule, for automations."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..exchanges.events import HearkenEvent
from ..exchanges.exchange import Exchange, Kind, Source
from ..exchanges.house import async_get_house
from ..exchanges.source import source_of_satellite
from .items import Item, ItemKind

_KINDS: Final = {
    ItemKind.TIMER: Kind.TIMER_FINISHED,
    ItemKind.ALARM: Kind.ALARM_RINGING,
    ItemKind.REMINDER: Kind.REMINDER_DUE,
}


@callback
def publish_due(hass: HomeAssistant, item: Item) -> None:
    """Publish that an item is due, as an event of the satellite where it was set."""
    if (kind := _KINDS.get(item.kind)) is None:
        return
    event = HearkenEvent(
        kind=kind, source=_source(hass, item), exchange=Exchange(timer=item.name)
    )
    async_get_house(hass).dispatcher.publish(event)


@callback
def _source(hass: HomeAssistant, item: Item) -> Source:
    """Return where an item was set."""
    entity_id = item.satellite_id
    if entity_id is None:
        return Source(id=DOMAIN, name="Hearken", device_id=item.device_id)
    entity = er.async_get(hass).async_get(entity_id)
    unique_id = entity.unique_id if entity and entity.platform == DOMAIN else entity_id
    return source_of_satellite(hass, unique_id.removesuffix("_satellite"), entity_id)
