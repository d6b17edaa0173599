"""Test that each side names the control API's words in only one module."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hearken_speech.protocol import ControlPath, ModelKey, StatusKey
from tests.contract.files import APP, INTEGRATION

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("package", [APP, INTEGRATION])
def test_paths_are_written_once(package: Path) -> None:
    """No other module contains a path of the control API."""
    spelled = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "/api/v1" in path.read_text(encoding="utf-8")
    }
    assert spelled == {"protocol/control.py"}


def test_name_is_one_part_of_a_path() -> None:
    """A name with slashes and spaces does not lead to another resource."""
    assert (
        ControlPath.USE_MODEL.of("my model/x{name}")
        == "/api/v1/models/my%20model%2Fx%7Bname%7D/use"
    )
    assert ControlPath.WAKE_SCORES.of("a/b") == "/api/v1/wake/scores/a%2Fb"


def test_keys_are_plain_text_in_json() -> None:
    """Members of the string enums are serialized as plain strings."""
    answer = {ModelKey.NAME: "x", StatusKey.STAGES: {StatusKey.P50_MS: 1.0}}
    assert json.dumps(answer) == '{"name": "x", "stages": {"p50_ms": 1.0}}'
