"""Forms of the config flows."""

from collections.abc import Mapping

import probatio
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..const import (
    CONF_KEY,
    CONF_TAKE_OVER,
    CONF_TOKEN,
    DEFAULT_SATELLITE_PORT,
    DEFAULT_SERVER_PORT,
    SATELLITE_TAKEN,
)

_PORT = probatio.All(
    NumberSelector(
        NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
    ),
    probatio.Coerce(int),
)
_KEY = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
SERVER_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_SERVER_PORT): _PORT,
        probatio.Optional(CONF_TOKEN): _KEY,
    }
)
SATELLITE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT, default=DEFAULT_SATELLITE_PORT): _PORT,
        probatio.Required(CONF_KEY): _KEY,
    }
)
KEY_SCHEMA = probatio.Schema({probatio.Required(CONF_KEY): _KEY})
TOKEN_SCHEMA = probatio.Schema({probatio.Required(CONF_TOKEN): _KEY})
OPTIONAL_TOKEN_SCHEMA = probatio.Schema({probatio.Optional(CONF_TOKEN): _KEY})
DISCOVERED_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): probatio.All(str, probatio.Length(min=1)),
        probatio.Required(CONF_PORT): probatio.All(int, probatio.Range(1, 65535)),
        probatio.Required(CONF_TOKEN): probatio.All(str, probatio.Length(min=1)),
    },
    extra=probatio.REMOVE_EXTRA,
)


def with_take_over(
    schema: probatio.Schema, errors: Mapping[str, str]
) -> probatio.Schema:
    """Return the schema, with the choice to move a satellite if it is taken."""
    if errors.get("base") != SATELLITE_TAKEN:
        return schema
    choice = {probatio.Optional(CONF_TAKE_OVER, default=False): BooleanSelector()}
    return schema.extend(choice)


def plain_host(text: str) -> str:
    """Return the host without spaces and brackets."""
    return text.strip().removeprefix("[").removesuffix("]")
