"""Options flow of servers and satellites."""

from typing import Any

import probatio
from homeassistant.components import conversation
from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    ConversationAgentSelector,
    LabelSelector,
    LabelSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import (
    CALIBRATION_OFF,
    CALIBRATION_ON,
    CALIBRATION_SUGGEST,
    CONF_ASK_FIRST_LABELS,
    CONF_CALIBRATION,
    CONF_DOWNLOAD_MODELS,
    CONF_END_OF_SPEECH,
    CONF_FALLBACK_AGENT,
    CONF_FLOOR_WAIT,
    CONF_HIGHEST_THRESHOLD,
    CONF_LANGUAGES,
    CONF_LOWEST_THRESHOLD,
    CONF_NEVER_KINDS,
    CONF_NEVER_LABELS,
    CONF_PIN,
    CONF_SHORT_ANSWERS,
    END_BY_HEARKEN,
    END_BY_HOME_ASSISTANT,
    FLOOR_WAIT_SECONDS,
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
    MAX_FLOOR_WAIT_SECONDS,
    MAX_PIN_DIGITS,
    MIN_PIN_DIGITS,
)
from .data import kind_of
from .dialogue.risk import RiskyKind
from .languages import name_of
from .pipelines.records import wanted_languages
from .protocol import PeerKind

_YES_OR_NO = BooleanSelector()
_END_OF_SPEECH = SelectSelector(
    SelectSelectorConfig(
        options=[END_BY_HEARKEN, END_BY_HOME_ASSISTANT],
        translation_key=CONF_END_OF_SPEECH,
    )
)
_PIN = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_LABELS = LabelSelector(LabelSelectorConfig(multiple=True))
_NEVER_KINDS = SelectSelector(
    SelectSelectorConfig(
        options=[kind.value for kind in RiskyKind],
        multiple=True,
        mode=SelectSelectorMode.LIST,
        translation_key=CONF_NEVER_KINDS,
    )
)
_FLOOR_WAIT = probatio.All(
    NumberSelector(
        NumberSelectorConfig(
            min=1,
            max=MAX_FLOOR_WAIT_SECONDS,
            step=1,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement="s",
        )
    ),
    probatio.Coerce(int),
)

_CALIBRATION = SelectSelector(
    SelectSelectorConfig(
        options=[CALIBRATION_OFF, CALIBRATION_SUGGEST, CALIBRATION_ON],
        translation_key=CONF_CALIBRATION,
    )
)
_THRESHOLD = NumberSelector(
    NumberSelectorConfig(min=0.1, max=1.0, step=0.01, mode=NumberSelectorMode.BOX)
)


class HearkenOptionsFlow(OptionsFlowWithReload):
    """Options of a speech server or a satellite."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options of the server or the satellite."""
        if kind_of(self.config_entry) is PeerKind.SATELLITE:
            return await self.async_step_satellite(user_input)
        return await self.async_step_server(user_input)

    async def async_step_satellite(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the longest wait before speaking, and who sets thresholds."""
        options = self.config_entry.options
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_LOWEST_THRESHOLD] < user_input[CONF_HIGHEST_THRESHOLD]:
                return self.async_create_entry(data={**options, **user_input})
            errors[CONF_HIGHEST_THRESHOLD] = "limits_swapped"
        fields = {
            CONF_FLOOR_WAIT: (_FLOOR_WAIT, FLOOR_WAIT_SECONDS),
            CONF_CALIBRATION: (_CALIBRATION, CALIBRATION_SUGGEST),
            CONF_LOWEST_THRESHOLD: (_THRESHOLD, LOWEST_THRESHOLD),
            CONF_HIGHEST_THRESHOLD: (_THRESHOLD, HIGHEST_THRESHOLD),
        }
        known = {**options, **(user_input or {})}
        schema = probatio.Schema(
            {
                probatio.Required(key, default=known.get(key, default)): selector
                for key, (selector, default) in fields.items()
            }
        )
        return self.async_show_form(
            step_id="satellite", data_schema=schema, errors=errors
        )

    async def async_step_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the languages, the models, and how to listen and to answer."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if not user_input[CONF_LANGUAGES]:
                errors[CONF_LANGUAGES] = "no_language"
            if not _is_pin(user_input.get(CONF_PIN)):
                errors[CONF_PIN] = "invalid_pin"
            if not errors:
                return self.async_create_entry(data=user_input)
        wanted = wanted_languages(self.hass, self.config_entry)
        schema = probatio.Schema(
            {
                probatio.Required(CONF_LANGUAGES, default=wanted): self._languages(
                    wanted
                ),
                probatio.Required(
                    CONF_END_OF_SPEECH, default=END_BY_HEARKEN
                ): _END_OF_SPEECH,
                probatio.Required(
                    CONF_DOWNLOAD_MODELS, default=True
                ): BooleanSelector(),
                probatio.Optional(CONF_FALLBACK_AGENT): ConversationAgentSelector(),
                probatio.Optional(CONF_SHORT_ANSWERS, default=False): BooleanSelector(),
                probatio.Optional(CONF_PIN): _PIN,
                probatio.Optional(CONF_ASK_FIRST_LABELS): _LABELS,
                probatio.Optional(CONF_NEVER_LABELS): _LABELS,
                probatio.Optional(CONF_NEVER_KINDS): _NEVER_KINDS,
            }
        )
        suggested = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
        )

    @callback
    def _languages(self, wanted: list[str]) -> SelectSelector:
        """Return the selector of the languages that Assist understands."""
        known = conversation.async_get_conversation_languages(
            self.hass, conversation.HOME_ASSISTANT_AGENT
        )
        tags = {*known, *wanted, self.hass.config.language}
        options = [SelectOptionDict(value=tag, label=name_of(tag)) for tag in tags]
        options.sort(key=lambda option: option["label"].casefold())
        return SelectSelector(SelectSelectorConfig(options=options, multiple=True))


def _is_pin(pin: str | None) -> bool:
    """Return whether a PIN can be spoken; none at all is fine."""
    return not pin or (
        MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS
        and pin.isascii()
        and pin.isdecimal()
    )
