"""Test the sizes of icons and logos in the app and the integration."""

import struct
from pathlib import Path
from typing import Final

import pytest

from .paths import ADDON, ROOT

BRAND: Final = ROOT / "custom_components" / "hearken" / "brand"


def _size(path: Path) -> tuple[int, int]:
    """Return width and height of a PNG."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize("name", ["icon", "dark_icon"])
def test_icons_are_square(name: str) -> None:
    """Icons have 256 pixels, and 512 for dense displays."""
    assert _size(BRAND / f"{name}.png") == (256, 256)
    assert _size(BRAND / f"{name}@2x.png") == (512, 512)


@pytest.mark.parametrize("name", ["logo", "dark_logo"])
def test_logos_are_wide(name: str) -> None:
    """Logos are 128 to 256 pixels high, and wider than high."""
    width, height = _size(BRAND / f"{name}.png")
    assert width > height
    assert 128 <= height <= 256
    assert _size(BRAND / f"{name}@2x.png")[1] == 2 * height


def test_store_pictures() -> None:
    """The app has its own icon and logo in the store."""
    assert _size(ADDON / "icon.png") == (128, 128)
    assert _size(ADDON / "logo.png")[1] == 100
