"""Updates: a better speech model for a server."""

from typing import Any, override

from homeassistant.components.update import UpdateEntity, UpdateEntityFeature
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.status import ServerModel
from .data import HearkenConfigEntry, ServerData
from .entity import HearkenLinkEntity
from .pipelines.records import wanted_languages
from .server.link import ServerLink, async_send_request
from .server.offers import better_model

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the update entity of a server with a live connection."""
    data = entry.runtime_data
    if isinstance(data, ServerData) and data.link is not None:
        async_add_entities([HearkenModelUpdate(entry, data.link)])


class HearkenModelUpdate(HearkenLinkEntity, UpdateEntity):
    """Offers the best speech model that the machine of the server can run."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_supported_features = (
        UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS
    )

    def __init__(self, entry: HearkenConfigEntry, link: ServerLink) -> None:
        """Initialize the update entity."""
        super().__init__(link, "model")
        self._entry = entry

    @property
    @override
    def installed_version(self) -> str | None:
        """Return the model in use."""
        return self.link.status.model if self.link.status else None

    @property
    @override
    def latest_version(self) -> str | None:
        """Return the offered model, or the current one."""
        offer = self._offer
        return offer.name if offer else self.installed_version

    @property
    @override
    def title(self) -> str | None:
        """Return the offered model with its download size, if it must be downloaded."""
        offer = self._offer
        if offer is None or offer.size_mb is None or offer.installed:
            return None
        return f"{offer.name} ({offer.size_mb:.0f} MB)"

    @property
    @override
    def in_progress(self) -> bool:
        """Return whether a model is being downloaded."""
        return bool(self.link.status and self.link.status.downloads)

    @property
    @override
    def update_percentage(self) -> float | None:
        """Return the progress of the download in percent."""
        status = self.link.status
        return min(status.downloads.values(), default=None) if status else None

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """Return True: model names are not versions; only better ones are offered."""
        return True

    @override
    async def async_install(
        self, version: str | None, backup: bool, **kwargs: Any
    ) -> None:
        """Switch to the model; its download continues in the background."""
        if name := version or self.latest_version:
            await async_send_request(
                self.hass,
                self.link.client().use_model(name),
                "model_not_used",
                model=name,
            )

    @property
    def _offer(self) -> ServerModel | None:
        """Return the offered model, if there is a better one."""
        status = self.link.status
        if status is None:
            return None
        languages = status.languages or wanted_languages(self.hass, self._entry)
        return better_model(self.link.models, status.model, languages)
