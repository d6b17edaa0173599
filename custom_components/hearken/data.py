"""Runtime data of config entries."""

from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT

from .calibration.calibrator import Calibrator
from .client.connection import Address
from .const import CONF_END_OF_SPEECH, CONF_KEY, CONF_KIND, CONF_TOKEN, END_BY_HEARKEN
from .coordinator import ServerCoordinator
from .names.keeper import VocabularyKeeper
from .pipelines.keeper import PipelineKeeper
from .protocol import PeerKind, Welcome
from .satellite.connection import SatelliteLink
from .satellite.settings import SatelliteControl
from .satellite.wake_words import SatelliteWakeWords
from .server.link import ServerLink
from .server.mistakes import Mistakes

type HearkenConfigEntry = ConfigEntry[ServerData | SatelliteData]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerData:
    """Runtime data of a speech server."""

    coordinator: ServerCoordinator
    vocabulary: VocabularyKeeper
    pipelines: PipelineKeeper
    link: ServerLink | None = None
    """The live connection; None if the token is missing."""
    mistakes: Mistakes = field(default_factory=Mistakes)

    def retry_now(self) -> None:
        """Connect at once, unless connected: the server is back."""
        if not self.coordinator.last_update_success:
            self.coordinator.async_check_now()
        if self.link is not None:
            self.link.live.retry_now()


@dataclass(frozen=True, kw_only=True, slots=True)
class SatelliteData:
    """Runtime data of a satellite."""

    link: SatelliteLink
    control: SatelliteControl
    wake_words: SatelliteWakeWords
    calibrator: Calibrator

    def retry_now(self) -> None:
        """Connect at once, unless connected: the satellite is back."""
        self.link.retry_now()


def kind_of(entry: ConfigEntry) -> PeerKind:
    """Return whether the entry is a server or a satellite."""
    return PeerKind(entry.data[CONF_KIND])


def address_of(entry: ConfigEntry) -> Address:
    """Return the address of the entry's server or satellite."""
    return Address(
        host=entry.data[CONF_HOST],
        port=entry.data[CONF_PORT],
        key=entry.data.get(CONF_KEY),
        token=entry.data.get(CONF_TOKEN),
    )


def welcome_of(entry: ConfigEntry) -> Welcome:
    """Return how the server or satellite of a loaded entry introduced itself last."""
    data: ServerData | SatelliteData = entry.runtime_data
    peer = data.coordinator.data if isinstance(data, ServerData) else data.link.peer
    return peer.welcome


def ends_speech(entry: ConfigEntry) -> bool:
    """Return whether the server detects the end of speech."""
    chosen: str = entry.options.get(CONF_END_OF_SPEECH, END_BY_HEARKEN)
    return chosen == END_BY_HEARKEN


def is_connected(entry: ConfigEntry) -> bool:
    """Return whether the entry is loaded and answers at its address."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    data: ServerData | SatelliteData = entry.runtime_data
    if isinstance(data, ServerData):
        return data.coordinator.last_update_success
    return data.link.is_connected
