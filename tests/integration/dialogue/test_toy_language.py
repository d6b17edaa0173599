"""Test that a language is added by data alone."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.dialogue import language
from tests.integration.dialogue.talk import Talk, begin

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

TOY = Path(__file__).with_name("toy")
HOUSE = {
    "light.counter": "Mesa lampo",
    "light.bed": "Dorma lampo",
    "cover.garage": "Granda pordo",
}


@pytest.fixture
async def talk(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Talk:
    """Begin a conversation in a language that was only just added."""
    copytree(language.LANGUAGES_FOLDER, tmp_path / "languages")
    copytree(TOY, tmp_path / "languages" / "toy")
    monkeypatch.setattr(language, "LANGUAGES_FOLDER", tmp_path / "languages")
    return await begin(hass, "toy", HOUSE)


async def test_a_conversation_in_a_new_language(talk: Talk) -> None:
    """Orders, values, follow-ups, questions and unknown names need words only."""
    assert await talk.ask("lumi la mesa lampo bitu") == "Mesa lampo lumis."
    assert await talk.ask("fari lo al tri cento") == "Mesa lampo al 30 cento."
    assert await talk.ask("e en dorma lampo") == "Dorma lampo al 30 cento."
    assert await talk.ask("lumi la meza lampo") == (
        "Ne sapu meza lampo. Vi dixi Mesa lampo?"
    )
    assert await talk.ask("jasu") == "Mesa lampo lumis."
    before = list(talk.done)
    assert await talk.ask("aperi granda pordo") == "Aperi Granda pordo?"
    assert await talk.ask("nenu") == "Nenu faris."
    assert await talk.ask("xyz abc") == "Ne sapu."
    assert talk.done == before


async def test_other_languages_remain(hass: HomeAssistant) -> None:
    """Without its folder, nothing of the new language is understood."""
    talk = await begin(hass, "toy", HOUSE)
    await talk.say("lumi la mesa lampo")
    assert not talk.done
