"""What is risky, and what has to be said before it is done.

Independent of Home Assistant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

LABEL_ASK_FIRST: Final = "ask_first"
"""Label of what is only commanded after a question, besides those of the owner."""
LABEL_NEVER: Final = "never_by_voice"
"""Label of what is not commanded at all, besides those of the owner."""


class Risk(IntEnum):
    """What has to be said before a command is carried out; the highest counts."""

    NONE = 0
    ASK = 1
    """A yes."""
    PIN = 2
    """The digits that the owner chose."""
    NEVER = 3
    """It is not carried out by voice."""


class RiskyKind(StrEnum):
    """What is risky unless the owner says otherwise; the values are options."""

    LOCKS = "locks"
    DOORS = "doors"
    """Garage doors, gates and doors that move."""
    ALARMS = "alarms"


_BY_DOMAIN: Final = {
    "lock": RiskyKind.LOCKS,
    "alarm_control_panel": RiskyKind.ALARMS,
}
_RISKY_COVERS: Final = frozenset({"garage", "gate", "door"})
_STOPS: Final = frozenset({"stop_cover", "stop_valve"})
_SECURING: Final = frozenset(
    {
        *("lock", "close_cover", "close_valve", "alarm_arm_away", "alarm_arm_home"),
        *("alarm_arm_night", "alarm_arm_vacation", "alarm_arm_custom_bypass"),
    }
)
"""Commands that make a house safer: a yes is enough for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskPolicy:
    """What the owner wants to be asked about."""

    ask_labels: frozenset[str] = frozenset()
    never_labels: frozenset[str] = frozenset()
    never_kinds: frozenset[str] = frozenset()
    has_pin: bool = False

    def of_labels(self, labels: Iterable[str]) -> Risk:
        """Return how risky the labels of an entity, its device and its area say."""
        known = set(labels)
        if known & (self.never_labels | {LABEL_NEVER}):
            return Risk.NEVER
        return Risk.ASK if known & (self.ask_labels | {LABEL_ASK_FIRST}) else Risk.NONE

    def of_kind(self, domain: str, device_class: str | None) -> Risk:
        """Return how risky devices of a kind are."""
        kind = _BY_DOMAIN.get(domain)
        if domain == "cover" and device_class in _RISKY_COVERS:
            kind = RiskyKind.DOORS
        if kind is None:
            return Risk.NONE
        return Risk.NEVER if kind in self.never_kinds else Risk.ASK

    def of_device(
        self,
        domain: str,
        device_class: str | None,
        labels: Iterable[str],
        members: Risk,
    ) -> Risk:
        """Return how risky a device is, with the members that a group has."""
        return max(members, self.of_labels(labels), self.of_kind(domain, device_class))

    def of_command(self, risk: Risk, service: str) -> Risk:
        """Return what a command needs for a device that is so risky."""
        if risk is Risk.NEVER:
            return risk
        if service in _STOPS:
            return Risk.NONE
        needs_pin = self.has_pin and service not in _SECURING
        return Risk.PIN if risk is Risk.ASK and needs_pin else risk


DEFAULT_POLICY: Final = RiskPolicy()
