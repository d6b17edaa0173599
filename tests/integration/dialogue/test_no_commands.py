"""Test that what people say among themselves leads to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.dialogue.simulated_home import SimulatedHome

SENTENCES = yaml.safe_load(
    Path(__file__).with_name("no_commands.yaml").read_text("utf-8")
)
FIRST = {"en": "turn on the floor lamp", "de": "Stehlampe an", "zh": "打开落地灯"}


@pytest.mark.parametrize(
    ("language", "is_talking"),
    [("en", False), *((language, True) for language in SENTENCES)],
)
def test_nothing_happens(language: str, *, is_talking: bool) -> None:
    """Nothing is done and nothing is asked, in a conversation or not."""
    acted = []
    for sentence in SENTENCES[language]:
        home = SimulatedHome(language)
        if is_talking:
            home.say(FIRST[language])
        before = dict(home.states)
        proposal = home.say(sentence)
        if home.states != before or (proposal and proposal.is_question):
            acted.append(sentence)
    assert not acted


def test_there_are_enough() -> None:
    """There are at least 200 sentences."""
    assert sum(map(len, SENTENCES.values())) >= 200
