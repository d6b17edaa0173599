"""Test hassfest's rules for texts, and the sizes of brand images."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from tests.contract.files import INTEGRATION, LANGUAGES, flat, translation

KEY = re.compile(r"[a-z0-9-_]+")
MAX_NAME_CHARACTERS = 30
SIDES = {"icon": (256, 256), "logo": (128, 256)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_slugs(language: str) -> None:
    """Keys are lower case, with only letters, digits, - and _."""
    for path in flat(translation(language)):
        for key in path.split("."):
            assert KEY.fullmatch(key), path
            assert not key.startswith(("-", "_")), path
            assert not key.endswith(("-", "_")), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_no_html_and_no_addresses(language: str) -> None:
    """Texts have no HTML; URLs are placeholders that translations cannot change."""
    for path, text in flat(translation(language)).items():
        assert not re.search(r"<[a-z/]", text), path
        assert "://" not in text, path
        for placeholder in re.findall(r"\{([^}]*)\}", text):
            assert re.fullmatch(r"[a-z_]+", placeholder), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_entity_names_are_short(language: str) -> None:
    """Names of entities fit their cards and do not repeat the device."""
    for platform, entities in translation(language)["entity"].items():
        for key, entity in entities.items():
            name = entity["name"].replace("{index}", "2")
            assert len(name) <= MAX_NAME_CHARACTERS, (platform, key)
            assert "Hearken" not in name, (platform, key)
            assert not name.endswith("."), (platform, key)


@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("scale", [1, 2])
def test_brand_has_the_right_sizes(theme: str, name: str, scale: int) -> None:
    """Icons are square, logos wide; the second size is twice the first."""
    suffix = "@2x" if scale == 2 else ""
    with Image.open(INTEGRATION / "brand" / f"{theme}{name}{suffix}.png") as image:
        assert image.format == "PNG"
        least, most = SIDES[name]
        assert least * scale <= min(image.size) <= most * scale
        if name == "icon":
            assert image.width == image.height
