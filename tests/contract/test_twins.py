"""Test that modules shared by the integration and the app are identical."""

from __future__ import annotations

import re

import pytest

from tests.contract.files import APP, INTEGRATION, load


@pytest.mark.parametrize("pattern", ["protocol/*.py"])
def test_twins_are_identical(pattern: str) -> None:
    """Both copies of the protocol are the same, byte for byte."""
    of_app, of_integration = (
        {path.name: path.read_bytes() for path in folder.glob(pattern)}
        for folder in (APP, INTEGRATION)
    )
    assert of_app
    assert of_app == of_integration


def test_integration_does_not_import_the_app() -> None:
    """Integration and app are installed separately and do not import each other."""
    for path in INTEGRATION.rglob("*.py"):
        assert "hearken_speech" not in path.read_text(encoding="utf-8"), path
    foreign = re.compile(
        r"^\s*(from|import) (custom_components|homeassistant)", re.MULTILINE
    )
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not foreign.search(text), path


def test_client_knows_nothing_of_home_assistant() -> None:
    """The client and the protocol do not import Home Assistant."""
    modules = [
        *(INTEGRATION / "client").glob("*.py"),
        *(
            INTEGRATION / "satellite" / f"{name}.py"
            for name in ("actions", "audio", "connection", "events", "outbox", "turn")
        ),
        *(INTEGRATION / f"{name}.py" for name in ("const", "errors")),
    ]
    for path in modules:
        assert "homeassistant" not in path.read_text(encoding="utf-8"), path


def test_versions_are_the_same() -> None:
    """Integration and app have the same version."""
    text = (APP / "version.py").read_text(encoding="utf-8")
    match = re.search(r'VERSION.*=\s*"([^"]+)"', text)
    assert match is not None
    assert load(INTEGRATION / "manifest.json")["version"] == match[1]
