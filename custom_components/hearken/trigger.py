"""Triggers for the events of satellites and servers."""

from functools import partial
from typing import Any, ClassVar, override

import voluptuous as vol
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from .exchanges.events import HearkenEvent
from .exchanges.exchange import Kind
from .exchanges.filters import Filter, filter_schema, passes
from .exchanges.house import async_get_house
from .exchanges.source import is_targeted

FILTERS: dict[Kind, tuple[Filter, ...]] = {
    Kind.WAKE_WORD_HEARD: (Filter.WORD, Filter.MINIMUM_SCORE),
    Kind.COMMAND_HEARD: (Filter.TEXT,),
    Kind.COMMAND_DONE: (Filter.TEXT, Filter.TURN),
    Kind.COMMAND_FAILED: (),
    Kind.NOT_UNDERSTOOD: (Filter.TEXT,),
    Kind.NOTHING_HEARD: (),
    Kind.FALSE_WAKE: (Filter.WORD,),
    Kind.HEARD_ELSEWHERE: (),
    Kind.QUESTION_ANSWERED: (Filter.CHOICE,),
    Kind.TIMER_FINISHED: (Filter.TIMER,),
    Kind.ALARM_RINGING: (Filter.TIMER,),
    Kind.REMINDER_DUE: (Filter.TIMER,),
    Kind.SERVER_LOST: (),
    Kind.SERVER_BACK: (),
}
"""The options of the trigger for each kind of event."""


class HearkenTrigger(Trigger):
    """Fires on one kind of event of the targeted satellites or servers."""

    kind: ClassVar[Kind]
    schema: ClassVar[vol.Schema]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate target and options."""
        validated: ConfigType = cls.schema(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Subscribe to events and run the action for each that matches."""
        return async_get_house(self._hass).dispatcher.listen(
            partial(self._on_event, run_action)
        )

    @callback
    def _on_event(self, run_action: TriggerActionRunner, event: HearkenEvent) -> None:
        """Run the action if the event matches."""
        if (
            event.kind is self.kind
            and is_targeted(self._hass, self._target, event.source)
            and passes(self._options, event.exchange)
        ):
            run_action(payload_of(event), _description(event))


def payload_of(event: HearkenEvent) -> dict[str, Any]:
    """Return the trigger variables of an event."""
    source = event.source
    return {
        "type": event.kind.value,
        "satellite": source.name,
        "entity_id": source.entity_id,
        "device_id": source.device_id,
        "area_id": source.area_id,
        **event.exchange.known(),
    }


def _description(event: HearkenEvent) -> str:
    """Return the description of an event for the trace of the automation."""
    return f"{event.source.name}: {event.kind.value.replace('_', ' ')}"


def _make(kind: Kind) -> type[Trigger]:
    """Return the trigger class for one kind of event."""
    options = filter_schema(FILTERS[kind])
    return type(
        f"{kind.name.title().replace('_', '')}Trigger",
        (HearkenTrigger,),
        {
            "kind": kind,
            "schema": vol.Schema(
                {
                    vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
                    vol.Optional(CONF_OPTIONS, default=dict): options,
                }
            ),
        },
    )


TRIGGERS: dict[str, type[Trigger]] = {kind.value: _make(kind) for kind in Kind}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their names."""
    return TRIGGERS
