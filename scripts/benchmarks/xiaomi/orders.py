"""The orders, and what has to happen at the devices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks.xiaomi.readings import holds
from tests.simulators.yeelight import Yeelight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.xiaomi.house import Device

_HERE: Final = Path(__file__).parent
ASKS: Final = "ask"
SILENT: Final = "silent"


class Verdict(StrEnum):
    """What became of an order."""

    RIGHT = "right"
    REFUSED = "refused"
    """Nothing happened, and the answer says so."""
    CLAIMED = "claimed"
    """Nothing happened, and the answer says that it did."""
    WRONG = "wrong"
    """Something happened that was not wanted."""


@dataclass(frozen=True)
class Order:
    """One order."""

    area: str
    text: str
    expected: dict[str, str]
    """The wanted state of each device; empty if nothing may happen."""
    case: str
    """A kind of order, for the table; ASKS and SILENT decide what is right."""


@dataclass(frozen=True)
class Answer:
    """What the house said."""

    text: str
    done: bool
    """Whether it says that the order was carried out."""
    asks: bool
    understood: bool
    """Whether it knew what was meant."""


def orders(language: str, house: Sequence[Device]) -> Iterator[Order]:
    """Yield the orders of a language."""
    path = _HERE / f"orders.{language}.yaml"
    case = ""
    # The kinds are the comments between the orders.
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            case = line[2:]
        elif line.strip():
            ((area, text, wanted),) = yaml.safe_load(line)
            if isinstance(wanted, str):
                yield Order(area, text, {}, wanted)
            else:
                yield Order(area, text, dict(_spread(wanted, house)), case)


def _spread(wanted: dict[str, str], house: Sequence[Device]) -> Iterator[Any]:
    """Yield device and wanted state, with groups resolved."""
    for key, state in wanted.items():
        group, _, area = key.partition(" ")
        members = [
            device.key
            for device in house
            if not device.silent
            and (not area or device.area == area)
            and _is_member(device, group)
        ]
        for member in members or [key]:
            yield member, state


def _is_member(device: Device, group: str) -> bool:
    """Return whether a device belongs to a group such as ``lights``."""
    match group:
        case "lights":
            return isinstance(device.simulated, Yeelight) or (
                ".light." in device.simulated.model
            )
        case "purifiers":
            return "airpurifier" in device.simulated.model
        case _:
            return False


def judge(order: Order, house: Sequence[Device], answer: Answer) -> Verdict:
    """Judge what happened after an order."""
    told = {device.key for device in house if device.simulated.commands}
    by_key = {device.key: device.simulated for device in house}
    if told - order.expected.keys():
        return Verdict.WRONG
    if order.expected:
        if all(holds(by_key[key], state) for key, state in order.expected.items()):
            return Verdict.RIGHT
        if told:
            return Verdict.WRONG
    elif (order.case == ASKS and answer.asks) or (
        order.case == SILENT
        and answer.understood
        and not answer.done
        and _names_silent(house, answer)
    ):
        return Verdict.RIGHT
    return Verdict.CLAIMED if answer.done else Verdict.REFUSED


def _names_silent(house: Sequence[Device], answer: Answer) -> bool:
    """Return whether the answer names a device that does not answer."""
    said = answer.text.casefold()
    return any(
        device.name.casefold() in said
        for device in house
        if device.silent and device.name
    )
