"""Paths of the app's files."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ADDON: Final = ROOT / "addon"
ROOTFS: Final = ADDON / "rootfs"
SERVICES: Final = ROOTFS / "etc" / "s6-overlay" / "s6-rc.d"
