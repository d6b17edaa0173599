"""What the tests of the integration share."""

from pathlib import Path

import pytest

# Imported first: the test plugin brings a package of the same name.
import custom_components.hearken as _integration  # noqa: F401


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Give Home Assistant a folder of its own."""
    folder = tmp_path / "config"
    folder.mkdir()
    return str(folder)


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""
