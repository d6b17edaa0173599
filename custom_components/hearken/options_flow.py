"""Asks the owner how a speech server is to be used."""

from typing import Any

import probatio
from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig

from .const import CONF_END_OF_SPEECH, END_BY_HEARKEN, END_BY_HOME_ASSISTANT

_OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_END_OF_SPEECH, default=END_BY_HEARKEN): SelectSelector(
            SelectSelectorConfig(
                options=[END_BY_HEARKEN, END_BY_HOME_ASSISTANT],
                translation_key=CONF_END_OF_SPEECH,
            )
        )
    }
)


class HearkenOptionsFlow(OptionsFlowWithReload):
    """Asks how the speech server is to be used."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who finds the end of speech."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _OPTIONS_SCHEMA, self.config_entry.options
            ),
        )
