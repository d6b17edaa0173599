"""Device triggers for the events of satellites and servers."""

from typing import Any

import voluptuous as vol
from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .data import kind_of
from .exchanges.events import HearkenEvent
from .exchanges.exchange import SATELLITE_KINDS, SERVER_KINDS, Kind
from .exchanges.house import async_get_house
from .protocol import PeerKind
from .trigger import payload_of

_KINDS = {PeerKind.SERVER: SERVER_KINDS, PeerKind.SATELLITE: SATELLITE_KINDS}

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): vol.In([kind.value for kind in Kind])}
)


async def async_get_triggers(
    hass: HomeAssistant, device_id: str
) -> list[dict[str, Any]]:
    """Return the triggers of a device."""
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DOMAIN: DOMAIN,
            CONF_DEVICE_ID: device_id,
            CONF_TYPE: kind.value,
        }
        for kind in _kinds_of(hass, device_id)
    ]


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Run the action for each matching event of the device."""
    job = HassJob(action)

    @callback
    def on_event(event: HearkenEvent) -> None:
        if (
            event.kind == config[CONF_TYPE]
            and event.source.device_id == config[CONF_DEVICE_ID]
        ):
            variables = {
                **trigger_info["trigger_data"],
                **payload_of(event),
                CONF_PLATFORM: "device",
                CONF_DOMAIN: DOMAIN,
            }
            hass.async_run_hass_job(job, {"trigger": variables})

    return async_get_house(hass).dispatcher.listen(on_event)


def _kinds_of(hass: HomeAssistant, device_id: str) -> tuple[Kind, ...]:
    """Return the kinds of events of a device, empty if it is not ours."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if any(device.id == device_id for device in devices):
            return _KINDS[kind_of(entry)]
    return ()
