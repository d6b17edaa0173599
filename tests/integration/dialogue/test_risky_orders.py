"""Test that no way around leads to a risky command, without Home Assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.dialogue.home import Device, DeviceState, Home, Place
from custom_components.hearken.dialogue.interpret import Interpreter
from custom_components.hearken.dialogue.memory import Memory
from custom_components.hearken.dialogue.plan import Planner
from custom_components.hearken.dialogue.risk import Risk, RiskPolicy
from custom_components.hearken.dialogue.spellings import Spellings
from tests.integration.dialogue.simulated_home import words

if TYPE_CHECKING:
    from custom_components.hearken.dialogue.plan import Proposal

PIN = RiskPolicy(has_pin=True)
NEVER = frozenset({"never_by_voice"})
ASK = frozenset({"ask_first"})


class Hall:
    """A hall with two doors, a garage door, an alarm, a heater and lamps."""

    def __init__(self, policy: RiskPolicy = PIN) -> None:
        """Start with everything locked, closed and off."""
        devices = [
            Device("lock.front", ("front door",), "hall"),
            Device("lock.back", ("back door",), "hall"),
            Device("lock.safe", ("cabinet",), "hall", None, NEVER),
            Device("cover.garage", ("garage door",), "hall", "garage"),
            Device("light.lamp", ("lamp",), "hall"),
            Device("light.spot", ("spot",), "hall", None, NEVER),
            Device("light.star", ("star",), "hall"),
            Device("switch.heater", ("heater",), "hall", None, ASK),
            Device("group.doors", ("all doors",), "hall", None, frozenset(), Risk.ASK),
        ]
        self.states = {
            one.entity_id: DeviceState(
                {"lock": "locked", "cover": "closed"}.get(one.domain, "off")
            )
            for one in devices
        }
        place = Place(frozenset({"hall"}), ("hall",))
        home = Home(devices, [place], Spellings(words("en")), self.states.get, policy)
        self.memory = Memory()
        self.home = home
        self.interpreter = Interpreter(home, words("en"), self.memory, "hall")

    def say(self, text: str) -> Proposal | None:
        """Say something; do what it leads to, and remember it."""
        proposal = self.interpreter.propose(text)
        if proposal is None:
            self.memory.pending = None
            return None
        return self._done(proposal)

    def confirm(self) -> Proposal:
        """Do what was asked about, as after the right answer."""
        pending = self.memory.pending
        assert pending is not None
        return self._done(Planner(self.home, self.memory, None).confirmed(pending))

    def _done(self, proposal: Proposal) -> Proposal:
        """Do what is proposed, and remember it."""
        self.memory.pending = proposal.pending
        for record in proposal.undone:
            record.is_undone = True
        if proposal.record is not None:
            self.memory.records.append(proposal.record)
        for one in proposal.commands:
            state = {"unlock": "unlocked", "lock": "locked"}.get(one.service, "on")
            self.states[one.entity_id] = DeviceState(state)
        return proposal


def key_of(proposal: Proposal | None) -> tuple[str, list[str]]:
    """Return what is said, and what is done."""
    assert proposal is not None
    commands = [f"{one.entity_id} {one.service}" for one in proposal.commands]
    return proposal.key, commands


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("unlock the front door", "pin"),
        ("lock the front door", "confirm"),
        ("open the garage door", "pin"),
        ("close the garage door", "confirm"),
        ("turn on the heater", "pin"),
        ("turn on all doors", "pin"),
        ("unlock the cabinet", "never"),
        ("lock the cabinet", "never"),
        ("turn on the spot", "never"),
        ("turn on the lamp and unlock the front door", "pin"),
        ("turn on the lamp and unlock the cabinet", "never"),
        ("unlock the front door and the cabinet", "never"),
    ],
)
def test_what_stands_before_a_command(text: str, key: str) -> None:
    """Nothing is done before the answer, also what would not be risky by itself."""
    assert key_of(Hall().say(text)) == (key, [])


def test_without_a_pin_a_yes_is_enough() -> None:
    """The default is as it always was."""
    hall = Hall(RiskPolicy())
    assert key_of(hall.say("unlock the front door")) == ("confirm", [])
    assert key_of(hall.say("yes")) == ("", ["lock.front unlock"])


def test_yes_is_no_pin() -> None:
    """A yes asks again; no, silence and other orders cancel."""
    hall = Hall()
    hall.say("unlock the front door")
    assert key_of(hall.say("yes")) == ("pin", [])
    assert key_of(hall.say("no")) == ("cancelled", [])
    assert hall.memory.pending is None
    hall.say("unlock the front door")
    assert key_of(hall.say("turn on the lamp")) == ("", ["light.lamp turn_on"])
    assert hall.memory.pending is None


def test_digits_alone_do_nothing() -> None:
    """What is said is passed on to be compared, without a command."""
    hall = Hall()
    hall.say("unlock the front door")
    proposal = hall.say("1 2 3 4")
    assert key_of(proposal) == ("", [])
    assert proposal is not None
    assert proposal.pin == "1234"


def test_follow_up_needs_the_pin_again() -> None:
    """The PIN for one door is not the PIN for the next."""
    hall = Hall()
    hall.say("unlock the front door")
    assert key_of(hall.confirm()) == ("", ["lock.front unlock"])
    assert key_of(hall.say("and the back door")) == ("pin", [])
    assert key_of(hall.confirm()) == ("", ["lock.back unlock"])
    assert key_of(hall.say("and the cabinet")) == ("never", [])


def test_undo_needs_the_pin() -> None:
    """To undo a locking is to unlock."""
    hall = Hall()
    hall.states["lock.front"] = DeviceState("unlocked")
    hall.say("lock the front door")
    hall.confirm()
    assert key_of(hall.say("undo that")) == ("pin", [])
    assert key_of(hall.confirm()) == ("undone", ["lock.front unlock"])
    assert key_of(hall.say("undo that")) == ("nothing_to_undo", [])


def test_correction_needs_the_pin_and_takes_back_the_wrong_one() -> None:
    """Both happen after the PIN, and are known as a correction."""
    hall = Hall()
    hall.say("unlock the front door")
    hall.confirm()
    assert key_of(hall.say("no I meant the back door")) == ("pin", [])
    proposal = hall.confirm()
    assert key_of(proposal) == ("", ["lock.front lock", "lock.back unlock"])
    assert proposal.kind == "correction"
    # The wrong one is done with: undo is about the right one alone.
    hall.say("undo that")
    assert key_of(hall.confirm()) == ("undone", ["lock.back lock"])


def test_all_lamps_but_those_that_are_not_for_the_voice() -> None:
    """A word for many leaves out what is never by voice, and says so."""
    proposal = Hall().say("turn on all the lights in the hall")
    assert key_of(proposal) == ("", ["light.lamp turn_on", "light.star turn_on"])
    assert proposal is not None
    assert proposal.forbidden == ("spot",)


def test_label_that_came_later_forbids_the_undo() -> None:
    """What was done before it was forbidden stays as it is."""
    hall = Hall(RiskPolicy())
    hall.say("turn on the lamp")
    lamp = Device("light.lamp", ("lamp",), "hall", None, NEVER)
    hall.home.devices["light.lamp"] = lamp
    assert key_of(hall.say("undo that")) == ("never", [])
