"""What a text says, in terms that are the same in every language.

Independent of Home Assistant.
"""

from dataclasses import dataclass, field

NO_TRAITS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reference:
    """What is spoken of: a name, a kind of device, a place, a pronoun."""

    devices: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    """Devices of whose names it has a part."""
    part: tuple[str, ...] = ()
    """That part of a name."""
    areas: frozenset[str] = frozenset()
    kind: str = ""
    place_kind: str = ""
    """The kind of device that the name of the area is a word for, too: "garage"."""
    traits: frozenset[str] = NO_TRAITS
    """Number and gender of the noun or the pronoun."""
    pronoun: str = ""
    is_here: bool = False
    is_everywhere: bool = False
    is_all: bool = False
    is_both: bool = False
    count: int = 0
    """How many are meant, if more than both: "all three"."""
    is_single: bool = False
    is_everything: bool = False
    ordinal: int = 0

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is spoken of."""
        return self == Reference()

    @property
    def is_place_only(self) -> bool:
        """Return whether it is only said where."""
        return bool(self.areas or self.is_here or self.is_everywhere) and not (
            self.devices
            or self.partly
            or self.kind
            or self.pronoun
            or self.is_everything
            or self.ordinal
        )

    @property
    def is_several(self) -> bool:
        """Return whether it stands for several devices."""
        return self.is_group or "many" in self.traits

    @property
    def is_group(self) -> bool:
        """Return whether a word says that several are meant, and how many maybe."""
        return self.is_all or self.is_both or bool(self.count)


@dataclass(frozen=True, slots=True)
class Change:
    """A change relative to what is: brighter, louder, more."""

    quantity: str
    """Such as `brightness`; `any` if the words do not say."""
    direction: str
    """`up` or `down`; `more` or `less` of the last change; `further` in its direction,
    by however much."""


@dataclass(slots=True)
class Clause:
    """One order: what to do, and with what."""

    act: str = ""
    acts: tuple[str, ...] = ()
    """All that the words may mean: "打开" is to turn on and to open."""
    change: Change | None = None
    amount: str = ""
    number: float | None = None
    unit: str = ""
    level: str = ""
    color: str = ""
    tone: str = ""
    is_to: bool = False
    is_by: bool = False
    is_back: bool = False
    is_there: bool = False
    """Whether it is where the last one was."""
    has_verb: bool = False
    is_complaint: bool = False
    is_kept: bool = False
    """Whether something has to stay as it is: "leave the candles on"."""
    references: list[Reference] = field(default_factory=list)
    excepted: list[Reference] = field(default_factory=list)

    @property
    def has_value(self) -> bool:
        """Return whether a value is named."""
        return (
            self.number is not None
            or bool(self.level)
            or bool(self.color)
            or bool(self.tone)
        )

    @property
    def is_order(self) -> bool:
        """Return whether it says what to do."""
        return bool(self.acts) or self.change is not None or self.has_value

    @property
    def is_empty(self) -> bool:
        """Return whether it says nothing at all."""
        return not (self.is_order or self.references or self.excepted)


@dataclass(slots=True)
class Reading:
    """What a whole text says."""

    clauses: list[Clause] = field(default_factory=list)
    flags: frozenset[str] = frozenset()
    """What the text is besides: `no`, `meant`, `undo`, `yes`, `about`, …"""
    negated: list[Reference] = field(default_factory=list)
    """What is not meant: "not the printer"."""
    question: str = ""
    question_states: tuple[str, ...] = ()

    @property
    def orders(self) -> list[Clause]:
        """Return the clauses that say what to do."""
        return [clause for clause in self.clauses if clause.is_order]

    @property
    def claims(self) -> bool:
        """Return whether it says, and does not ask, what value something has."""
        is_statement = bool(self.question) and "statement" in self.flags
        return is_statement and any(clause.has_value for clause in self.clauses)

    @property
    def references(self) -> list[Reference]:
        """Return everything that is spoken of."""
        return [one for clause in self.clauses for one in clause.references]
