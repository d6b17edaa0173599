"""Test that the app's options are translated into every language."""

from typing import Any, Final

import pytest
import yaml

from tests.contract.files import LANGUAGES

from .paths import ADDON

CONFIG: Final[dict[str, Any]] = yaml.safe_load((ADDON / "config.yaml").read_text())


def test_languages_are_complete() -> None:
    """There is exactly one file for each language."""
    assert {path.stem for path in (ADDON / "translations").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_match_the_options(language: str) -> None:
    """Each option has a name and a description, each port a description."""
    path = ADDON / "translations" / f"{language}.yaml"
    texts = yaml.safe_load(path.read_text())
    assert set(texts) == {"configuration", "network"}
    assert set(texts["configuration"]) == set(CONFIG["schema"])
    for text in texts["configuration"].values():
        assert set(text) == {"name", "description"}
        assert all(text.values())
    assert set(texts["network"]) == set(CONFIG["ports"])
    assert all(texts["network"].values())
