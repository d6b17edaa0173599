"""What is heard before a microphone opens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeassistant.components import assist_satellite
from homeassistant.components.assist_satellite.const import PREANNOUNCE_FILENAME

# From the disk: the address of Home Assistant's sound may not be reachable from here.
CHIME: Final = f"file:{Path(assist_satellite.__file__).with_name(PREANNOUNCE_FILENAME)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """What is heard before the microphone opens."""

    message: str | None = None
    """Words to speak; None opens the microphone at once."""
    chime: bool = True
    """Whether a sound asks for attention first."""
