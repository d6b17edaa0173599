"""Test the policy of what is risky, without a home."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.risk import Risk, RiskPolicy

DEFAULT = RiskPolicy()
PIN = RiskPolicy(has_pin=True)
OWNERS = RiskPolicy(
    ask_labels=frozenset({"heikel"}),
    never_labels=frozenset({"nie"}),
    never_kinds=frozenset({"doors"}),
)


@pytest.mark.parametrize(
    ("policy", "domain", "device_class", "risk"),
    [
        (DEFAULT, "lock", None, Risk.ASK),
        (DEFAULT, "alarm_control_panel", None, Risk.ASK),
        (DEFAULT, "cover", "garage", Risk.ASK),
        (DEFAULT, "cover", "gate", Risk.ASK),
        (DEFAULT, "cover", "door", Risk.ASK),
        (DEFAULT, "cover", "blind", Risk.NONE),
        (DEFAULT, "cover", None, Risk.NONE),
        (DEFAULT, "light", "garage", Risk.NONE),
        (OWNERS, "cover", "garage", Risk.NEVER),
        (OWNERS, "lock", None, Risk.ASK),
    ],
)
def test_kinds(
    policy: RiskPolicy, domain: str, device_class: str | None, risk: Risk
) -> None:
    """Locks, garage doors and alarms are risky unless the owner forbids them."""
    assert policy.of_kind(domain, device_class) is risk


@pytest.mark.parametrize(
    ("policy", "labels", "risk"),
    [
        (DEFAULT, (), Risk.NONE),
        (DEFAULT, ("ask_first",), Risk.ASK),
        (DEFAULT, ("never_by_voice", "ask_first"), Risk.NEVER),
        (DEFAULT, ("heikel", "nie"), Risk.NONE),
        (OWNERS, ("heikel",), Risk.ASK),
        (OWNERS, ("heikel", "nie"), Risk.NEVER),
        (OWNERS, ("ask_first",), Risk.ASK),
    ],
)
def test_labels(policy: RiskPolicy, labels: tuple[str, ...], risk: Risk) -> None:
    """The labels of the owner count besides the known ones; the strictest decides."""
    assert policy.of_labels(labels) is risk


@pytest.mark.parametrize(
    ("policy", "risk", "service", "needed"),
    [
        (DEFAULT, Risk.ASK, "unlock", Risk.ASK),
        (DEFAULT, Risk.ASK, "stop_cover", Risk.NONE),
        (DEFAULT, Risk.NONE, "unlock", Risk.NONE),
        (PIN, Risk.ASK, "unlock", Risk.PIN),
        (PIN, Risk.ASK, "set_cover_position", Risk.PIN),
        (PIN, Risk.ASK, "alarm_disarm", Risk.PIN),
        (PIN, Risk.ASK, "turn_on", Risk.PIN),
        (PIN, Risk.ASK, "lock", Risk.ASK),
        (PIN, Risk.ASK, "alarm_arm_away", Risk.ASK),
        (PIN, Risk.ASK, "close_cover", Risk.ASK),
        (PIN, Risk.NONE, "turn_on", Risk.NONE),
        (PIN, Risk.NEVER, "lock", Risk.NEVER),
        (PIN, Risk.NEVER, "stop_cover", Risk.NEVER),
    ],
)
def test_commands(policy: RiskPolicy, risk: Risk, service: str, needed: Risk) -> None:
    """What makes a house safer needs no PIN, and stopping needs nothing."""
    assert policy.of_command(risk, service) is needed
