"""What a demo uses and leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from house import xiaomi
    from house.api import HomeAssistantApi
    from house.house import House, Server
    from house.real_audio import RealAudio
    from house.sound import Spoken
    from house.timeline import StateChange


@dataclass
class Scene:
    """Everything that one run uses and leaves behind."""

    house: House
    server: Server
    api: HomeAssistantApi
    pipeline_id: str
    spoken: Spoken
    satellite_log: Path
    devices: set[str]
    """The entities whose changes are shown."""
    simulated: xiaomi.Devices
    satellite: str = ""
    """The entity of the satellite."""
    audio: RealAudio | None = None
    changes: list[StateChange] = field(default_factory=list)
