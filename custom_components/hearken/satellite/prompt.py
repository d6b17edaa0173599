"""The prompt that is played before a microphone opens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeassistant.components import assist_satellite
from homeassistant.components.assist_satellite.const import PREANNOUNCE_FILENAME

# A file: Home Assistant may not be able to reach its own URL of the sound.
CHIME: Final = f"file:{Path(assist_satellite.__file__).with_name(PREANNOUNCE_FILENAME)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A prompt that is played before the microphone opens."""

    message: str | None = None
    """Text to speak, if any."""
    chime: bool = True
    """Whether to play a chime first."""
