"""The version of the app and the satellite, set by scripts/release."""

from typing import Final

VERSION: Final = "0.1.0"
