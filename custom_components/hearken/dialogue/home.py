"""The devices of the house and their names. Independent of Home Assistant."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from .lexicon import Lexicon
from .risk import DEFAULT_POLICY, Risk, RiskPolicy
from .text import Tokens, tokens_of

MIN_STEM: Final = 3
"""Shortest beginning of a compound that stands for the whole, in characters."""
_EMPTY: Final = frozenset({"filler", "yes"})
"""Words that say so little that they may stand for a name: "right"."""


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
    areas: frozenset[str] = frozenset()
    is_plural: bool = False
    """Whether the part of a name has the ending of several."""

    def __or__(self, other: Self) -> Self:
        """Return what either stands for."""
        return type(self)(
            self.devices | other.devices,
            self.partly | other.partly,
            self.areas | other.areas,
            self.is_plural and other.is_plural,
        )


type Names = dict[Tokens, Named]


class Home:
    """What can be commanded, and the words for it in one language."""

    def __init__(
        self,
        devices: Iterable[Device],
        places: Sequence[Place],
        lexicon: Lexicon,
        state_of: Callable[[str], DeviceState | None],
        policy: RiskPolicy = DEFAULT_POLICY,
    ) -> None:
        """Index the names."""
        self._policy = policy
        self.devices = {device.entity_id: device for device in devices}
        self.places = places
        self.state_of = state_of
        self._lexicon = lexicon
        self._names: Names = {}
        self._longest: dict[str, int] = {}
        """Tokens of the longest name by its first one."""
        self._by_domain: dict[str, list[Device]] = defaultdict(list)
        for place in places:
            for name in place.names:
                for tokens in self._variants(tokens_of(name)):
                    self._add(tokens, Named(areas=place.area_ids))
        for device in self.devices.values():
            self._by_domain[device.domain].append(device)
            for name in device.names:
                self._add_device(tokens_of(name), device.entity_id)

    def _add(self, tokens: Tokens, named: Named) -> None:
        """Add a name."""
        if tokens:
            names, first = self._names, tokens[0]
            names[tokens] = names[tokens] | named if tokens in names else named
            self._longest[first] = max(self._longest.get(first, 0), len(tokens))

    def _add_device(self, tokens: Tokens, entity_id: str) -> None:
        """Add the name of a device, and the parts of it."""
        self._add_whole(tokens, Named(devices=frozenset((entity_id,))))
        part = Named(partly=frozenset((entity_id,)))
        for first in range(len(tokens)):
            for last in range(first + 1, len(tokens) + 1):
                piece = tokens[first:last]
                if piece == tokens or (len(piece) == 1 and self._is_common(piece[0])):
                    continue
                for variant in self._variants(piece):
                    many = replace(part, is_plural=self._is_plural(piece, variant))
                    self._add(variant, many)
        if self._lexicon.has_compounds:
            for token in tokens:
                for stem in self._stems(token):
                    for ending in ("", "e", "n", "en", "er", "s", "es"):
                        self._add((stem + ending,), part)

    def _add_whole(self, tokens: Tokens, named: Named) -> None:
        """Add a whole name, however its numbers are written."""
        for spelled in (tokens, *self._spelled(tokens)):
            for variant in self._variants(spelled):
                self._add(variant, named)

    def _spelled(self, tokens: Tokens) -> Iterator[Tokens]:
        """Yield a name with its numbers in digits, and in words: "lamp 1"."""
        values = self._lexicon.numerals.values
        digits = tuple(str(values.get(token, token)) for token in tokens)
        if digits != tokens:
            yield digits
        for place, token in enumerate(tokens):
            for word, value in values.items() if token.isdecimal() else ():
                if token == str(value):
                    yield (*tokens[:place], word, *tokens[place + 1 :])

    def _is_plural(self, name: Tokens, variant: Tokens) -> bool:
        """Return whether a part of a name has an ending that stands for several."""
        plurals = self._lexicon.plurals
        return len(name) == len(variant) and any(
            variant[-1] == name[-1] + ending for ending in plurals
        )

    def is_several(self, device: Device) -> bool:
        """Return whether the name of one device is a plural: "the blinds"."""
        last = [tokens[-1] for name in device.names if (tokens := tokens_of(name))]
        return any(
            "many" in tag.traits for word in last for tag in self._lexicon.word(word)
        )

    def _is_common(self, token: str) -> bool:
        """Return whether a word means something by itself."""
        tags = self._lexicon.word(token)
        return any(tag.kind not in _EMPTY for tag in tags) or not token.isalpha()

    def _variants(self, tokens: Tokens) -> Iterator[Tokens]:
        """Yield a name with and without the endings of its words."""
        yield tokens
        endings = self._lexicon.endings
        for ending in endings if tokens else ():
            bare = [token.removesuffix(e) for token in tokens for e in (ending,)]
            yield (*tokens[:-1], tokens[-1] + ending)
            if len(bare[-1]) > MIN_STEM:
                yield (*tokens[:-1], bare[-1])
            if len(tokens) > 1:
                yield (*(token + ending for token in tokens[:-1]), tokens[-1])

    def _stems(self, word: str) -> Iterator[str]:
        """Yield the beginnings of a compound whose end is a kind of device."""
        for cut in range(MIN_STEM, len(word) - 2):
            tail = word[cut:]
            if any(tag.kind == "kind" for tag in self._lexicon.word(tail)):
                stem = word[:cut]
                yield stem
                for link in self._lexicon.links:
                    if link and len(stem.removesuffix(link)) >= MIN_STEM:
                        yield stem.removesuffix(link)

    def at(self, tokens: Tokens, start: int) -> Iterator[tuple[int, Named]]:
        """Yield the end and the meaning of every name that begins here."""
        longest = self._longest.get(tokens[start], 0)
        for end in range(start + 1, min(len(tokens), start + longest) + 1):
            named = self._names.get(tokens[start:end])
            if named is not None:
                yield end, named

    def named(self, word: str) -> Named:
        """Return what a single word stands for."""
        return self._names.get((word,), Named())

    def of_domains(self, domains: Iterable[str]) -> Iterator[Device]:
        """Yield the devices of some domains."""
        for domain in domains:
            yield from self._by_domain.get(domain, ())

    def state(self, device: Device) -> DeviceState:
        """Return the state of a device now."""
        return self.state_of(device.entity_id) or DeviceState("unavailable")

    def risk(self, device: Device, service: str) -> Risk:
        """Return what has to be said before a device is commanded."""
        risk = max(
            device.members_risk,
            self._policy.of_labels(device.labels),
            self._policy.of_kind(device.domain, device.device_class),
        )
        return self._policy.of_command(risk, service)

    def is_available(self, device: Device) -> bool:
        """Return whether a device answers."""
        return self.state(device).state != "unavailable"
