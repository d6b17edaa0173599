"""A large house in a real core: entities that carry out what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.homeassistant import exposed_entities
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES

from benchmarks.dialogue.devices import device

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

ROOMS: Final = 40
# Of twenty entities. Half of the lights of a house are named alike.
_MIX: Final = (
    *("light",) * 8,
    *("switch",) * 4,
    *("cover",) * 2,
    *("sensor",) * 4,
    *("fan", "media_player"),
)
_NOUNS: Final = {
    "en": {
        "light": ("floor lamp", "desk lamp", "ceiling light", "reading lamp"),
        "switch": ("kettle", "pump", "charger", "printer"),
        "cover": ("blind", "curtain"),
        "sensor": ("temperature", "humidity"),
        "fan": ("fan",),
        "media_player": ("radio",),
    },
    "de": {
        "light": ("Stehlampe", "Schreibtischlampe", "Deckenlicht", "Leselampe"),
        "switch": ("Wasserkocher", "Pumpe", "Ladegerät", "Drucker"),
        "cover": ("Rollo", "Vorhang"),
        "sensor": ("Temperatur", "Feuchtigkeit"),
        "fan": ("Ventilator",),
        "media_player": ("Radio",),
    },
    "zh": {
        "light": ("落地灯", "台灯", "吸顶灯", "阅读灯"),
        "switch": ("水壶", "水泵", "充电器", "打印机"),
        "cover": ("百叶窗", "窗帘"),
        "sensor": ("温度", "湿度"),
        "fan": ("风扇",),
        "media_player": ("收音机",),
    },
}
_ROOM_NAMES: Final = {"en": "Room {}", "de": "Zimmer {}", "zh": "房间{}"}


class LargeHouse:
    """As many exposed entities as one likes."""

    def __init__(self, hass: HomeAssistant, entities: int, language: str) -> None:
        """Plan a house that is named in a language."""
        self.hass = hass
        self.lights: list[str] = []
        """Names of the lights."""
        self._count = entities
        self._language = language
        self._entities: dict[str, list[Any]] = {}

    async def build(self) -> None:
        """Add areas and entities."""
        areas = [
            ar.async_get(self.hass)
            .async_create(_ROOM_NAMES[self._language].format(room))
            .id
            for room in range(ROOMS)
        ]
        names: dict[str, tuple[str, str]] = {}
        for number in range(self._count):
            domain = _MIX[number % len(_MIX)]
            nouns = _NOUNS[self._language][domain]
            name = f"{nouns[number % len(nouns)]} {number}"
            entity: Any = device(f"{domain}.{domain}_{number}")
            entity.restore("20" if domain == "sensor" else "off")
            if domain == "cover":
                entity.restore("closed")
            self._entities.setdefault(domain, []).append(entity)
            names[entity.entity_id] = name, areas[number % ROOMS]
            if domain == "light":
                self.lights.append(name)
        for domain, entities in self._entities.items():
            await self.hass.data[DATA_INSTANCES][domain].async_add_entities(entities)
        registry = er.async_get(self.hass)
        for entity_id, (name, area_id) in names.items():
            registry.async_update_entity(
                entity_id, name=name, area_id=area_id, aliases=[er.COMPUTED_NAME]
            )
            exposed_entities.async_expose_entity(
                self.hass, "conversation", entity_id, should_expose=True
            )
        await self.hass.async_block_till_done()

    async def switch_lights(self, *, is_on: bool) -> None:
        """Bring all lights into a state without anybody's command."""
        for entity in self._entities["light"]:
            entity.restore("on" if is_on else "off")
            entity.async_write_ha_state()
        await self.hass.async_block_till_done()
