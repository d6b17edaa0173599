"""Test that every file that is written and read again is attacked."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.attack import damage
from tests.contract.files import APP, INTEGRATION

INSTALLED: Final = {
    *("catalogue.json", "common_words.json", "guard.json", "phones.json"),
    *("hearken.json", "config.json", "preprocessor_config.json", "tokenizer.json"),
    *("vocabulary.json", "embedding_model.onnx", "melspectrogram.onnx", "model.onnx"),
}
"""Installed or downloaded with a checksum, and only read."""
DOWNLOADED: Final = {"origin.json", "checked.json"}
"""Beside a downloaded model: tests/speech/models/test_origin.py damages them."""
ATTACKED: Final = {Path(name).name for name in (*damage.FILES, *damage.SATELLITE_FILES)}
STORES: Final = {"calibration/storage.py", "schedule/storage.py"}
"""Stores of Home Assistant, which tests damage: calibration/test_storage.py and
schedule/test_manager.py in tests/integration."""


def _names(path: Path) -> Iterator[str]:
    """Yield the names of files in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^[\w/]+\.(?:json|onnx)$", node.value)


def test_every_file_of_the_app_is_attacked() -> None:
    """A new file is added to the list of those that are damaged."""
    named = {Path(name).name for path in APP.rglob("*.py") for name in _names(path)}
    assert named - INSTALLED - DOWNLOADED - ATTACKED == set()
    assert ATTACKED - {Path(f"{damage.WORD.id}.{end}").name for end in END} <= named


END: Final = ("json", "onnx")


def test_every_store_of_the_integration_is_known() -> None:
    """A new store is damaged by a test as well."""
    found = {
        str(path.relative_to(INTEGRATION))
        for path in INTEGRATION.rglob("*.py")
        if "helpers.storage" in path.read_text("utf-8")
    }
    assert found == STORES
