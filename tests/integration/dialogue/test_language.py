"""Test the files of the languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custom_components.hearken.dialogue import language
from custom_components.hearken.dialogue.language import read
from custom_components.hearken.schedule.languages import load_languages

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_file_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant asks for "en-GB" in its event loop, long after "en" was read."""
    file = tmp_path / "en" / "answers.yaml"
    file.parent.mkdir()
    file.write_text("cancel: Okay.")
    monkeypatch.setattr(language, "LANGUAGES_FOLDER", tmp_path)
    assert read("en", "answers") == {"cancel": "Okay."}

    file.unlink()

    assert read("en-GB", "answers") == {"cancel": "Okay."}


def test_answers_are_loaded_with_the_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is read when the integration starts, not in the first answer."""
    load_languages()
    monkeypatch.setattr("pathlib.Path.read_text", None)
    for tag in ("en-US", "de", "zh-CN"):
        assert read(tag, "answers")
