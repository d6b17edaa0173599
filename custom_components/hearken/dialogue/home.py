"""The devices of the house and their names. Independent of Home Assistant."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .risk import DEFAULT_POLICY, Risk, RiskPolicy
from .spellings import Key, Role, Said, Spellings
from .text import Tokens


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The state of a device at some moment."""

    state: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """An exposed entity."""

    entity_id: str
    names: tuple[str, ...]
    area_id: str | None = None
    device_class: str | None = None
    labels: frozenset[str] = frozenset()
    """Labels of the entity, its device and its area."""
    members_risk: Risk = Risk.NONE
    """How risky the members of a group are."""

    @property
    def domain(self) -> str:
        """Return the domain."""
        return self.entity_id.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the name that answers use."""
        return self.names[0] if self.names else self.entity_id


@dataclass(frozen=True, slots=True)
class Place:
    """An area or a floor."""

    area_ids: frozenset[str]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for."""

    devices: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    """Devices of whose names it is a part."""
    part: Tokens = ()
    """That part of a name."""
    areas: frozenset[str] = frozenset()
    is_plural: bool = False
    """Whether the part of a name has the ending of several."""

    @property
    def is_any(self) -> bool:
        """Return whether it stands for anything."""
        return bool(self.devices or self.partly or self.areas)


NOTHING: Final = Named()
_UNAVAILABLE: Final = DeviceState("unavailable")


class Home:
    """What can be commanded, and the words for it in one language."""

    def __init__(
        self,
        devices: Iterable[Device],
        places: Sequence[Place],
        spellings: Spellings,
        state_of: Callable[[str], DeviceState | None],
        policy: RiskPolicy = DEFAULT_POLICY,
    ) -> None:
        """Index the names."""
        self._policy = policy
        self.devices = {device.entity_id: device for device in devices}
        self.places = places
        self.state_of = state_of
        self._spellings = spellings
        self._meant: dict[Key, set[str]] = defaultdict(set)
        """Areas and devices by what they are called."""
        self._by_domain: dict[str, list[Device]] = defaultdict(list)
        for place in places:
            for name in place.names:
                self._meant[spellings.key_of_place(name)] |= place.area_ids
        for device in self.devices.values():
            self._by_domain[device.domain].append(device)
            for name in device.names:
                for key in spellings.keys_of(name):
                    self._meant[key].add(device.entity_id)

    def at(self, tokens: Tokens, start: int) -> Iterator[tuple[int, Named]]:
        """Yield the end and the meaning of every name that begins here."""
        for end, said in self._spellings.at(tokens, start):
            named = self._named(said)
            if named != NOTHING:
                yield end, named

    def named(self, word: str) -> Named:
        """Return what a single word stands for."""
        return self._named(self._spellings.of((word,)))

    def _named(self, said: Iterable[Said]) -> Named:
        """Return what is meant by some names together."""
        meant: dict[Role, set[str]] = {role: set() for role in Role}
        plurals: set[bool] = set()
        part: Tokens = ()
        for key, is_plural in said:
            if ids := self._meant.get(key):
                meant[key.role] |= ids
                plurals.add(is_plural)
                if key.role is Role.PART:
                    part = key.words
        return Named(
            devices=frozenset(meant[Role.WHOLE]),
            partly=frozenset(meant[Role.PART]),
            part=part,
            areas=frozenset(meant[Role.PLACE]),
            is_plural=plurals == {True},
        )

    def is_several(self, device: Device) -> bool:
        """Return whether the name of one device is a plural: "the blinds"."""
        return any(map(self._spellings.is_several, device.names))

    def nouns_of(self, device: Device) -> frozenset[str]:
        """Return the kinds of devices that the names of one are words for."""
        of_name = self._spellings.nouns_of
        return frozenset(kind for name in device.names for kind in of_name(name))

    def of_domains(self, domains: Iterable[str]) -> Iterator[Device]:
        """Yield the devices of some domains."""
        for domain in domains:
            yield from self._by_domain.get(domain, ())

    def state(self, device: Device) -> DeviceState:
        """Return the state of a device now."""
        return self.state_of(device.entity_id) or _UNAVAILABLE

    def risk(self, device: Device, service: str) -> Risk:
        """Return what has to be said before a device is commanded."""
        risk = self._policy.of_device(
            device.domain, device.device_class, device.labels, device.members_risk
        )
        return self._policy.of_command(risk, service)

    def is_available(self, device: Device) -> bool:
        """Return whether a device answers."""
        return self.state(device).state != "unavailable"
