"""The version of the app and the satellite."""

from typing import Final

VERSION: Final = "0.1.0"
