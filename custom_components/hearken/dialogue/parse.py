"""Reads a row of phrases. Independent of Home Assistant and of the language."""

from collections.abc import Sequence
from typing import Final

from .denials import denials, without_tag
from .lexicon import Tag
from .merging import merged
from .reading import Change, Clause, Reading, Reference
from .roles import begins_another, is_article, is_number, is_particle, role_left_out
from .spans import Span

_FLAGS: Final = frozenset(
    {
        *("no", "not", "meant", "undo", "yes", "cancel", "thanks", "also", "same"),
        *("about", "again", "dont", "greeting", "request", "wonder"),
    }
)
_HALF: Final = 0.5
_PARTICLES: Final = {
    "key": {"open": "unlock", "close": "lock", "off": "lock"},
    "hold": {"on": "stop", "open": "stop"},
    "drive": {"on": "close", "off": "open"},
}
"""What verbs mean together with a particle."""


class _Reader:
    """Collects clauses from left to right."""

    def __init__(self, spans: Sequence[Span]) -> None:
        """Start with an empty clause."""
        self._spans = spans
        self._clauses = [Clause()]
        self._joined = [False]
        """For each clause, whether "and" is before it."""
        self._starts_with_order = [False]
        self._ends_with_order = False
        self._is_excepting = False
        self._is_negating = False
        self._needs_new_reference = True
        self._flags: set[str] = set()
        self._negated: list[Reference] = []
        self._question = ""

    @property
    def _clause(self) -> Clause:
        """Return the clause that is being read."""
        return self._clauses[-1]

    def read(self) -> Reading:
        """Return what the phrases say."""
        for position, span in enumerate(self._spans):
            self._take(position, span)
        self._end()
        return Reading(
            clauses=merged(self._clauses, self._joined),
            flags=frozenset(self._flags),
            negated=self._negated,
            question=self._question,
        )

    def _end(self) -> None:
        """Read "not" at the end: "all of the lamps off, only the candles not"."""
        clause = self._clause
        is_last = bool(self._spans) and self._spans[-1].tag("not") is not None
        if is_last and clause.references and not clause.is_order and self._clauses[1:]:
            clause.is_kept = True
            self._flags.discard("not")

    def _take(self, position: int, span: Span) -> None:
        """Take one phrase for what it most probably stands for here."""
        if span.number is not None and is_number(self._spans, position):
            self._order_begins(is_act=False)
            self._clause.number = span.number
            return
        if span.named.devices or span.named.areas or span.named.partly:
            self._take_name(span)
            return
        if flag := next((tag for tag in span.tags if tag.kind in _FLAGS), None):
            self._flags.add(flag.kind)
        is_part = is_article(self._spans, position)
        skipped = role_left_out(self._spans, position, has_act=bool(self._clause.acts))
        for tag in span.tags:
            if tag.kind == skipped:
                continue
            if tag.kind == "pronoun":
                if not is_part and tag == span.tag("pronoun"):
                    self._take_pronoun(span)
            elif tag.kind == "kind":
                if tag == span.tag("kind"):
                    self._take_kind(span)
            else:
                self._take_tag(position, span, tag)

    def _take_kind(self, span: Span) -> None:
        """Take a kind of device; its word may have several genders."""
        kinds = [tag for tag in span.tags if tag.kind == "kind"]
        reference = self._reference(has_kind=True)
        reference.kind = kinds[0].value
        for tag in kinds:
            if tag.value == kinds[0].value:
                reference.traits = reference.traits | tag.traits

    def _take_pronoun(self, span: Span) -> None:
        """Take a pronoun with all genders and numbers that it may have."""
        pronouns = [tag for tag in span.tags if tag.kind == "pronoun"]
        reference = self._reference(has_kind=True)
        reference.pronoun = pronouns[0].value
        for tag in pronouns:
            reference.traits = reference.traits | tag.traits

    # What is spoken of.

    def _take_name(self, span: Span) -> None:
        """Take a name of a device or an area."""
        named = span.named
        kind = span.tag("kind")
        reference = self._reference(
            # A place after a name is where it is, not something else.
            has_name=bool(named.devices or (named.partly and not named.areas)),
            is_whole=bool(named.devices),
        )
        if named.devices:
            reference.devices = (
                reference.devices & named.devices or named.devices
                if reference.devices
                else named.devices
            )
            if named.areas and not reference.areas:
                reference.areas = frozenset()
        elif named.areas:
            reference.areas |= named.areas
        if named.partly and not named.devices and not named.areas:
            reference.partly = (
                reference.partly & named.partly if reference.partly else named.partly
            )
            reference.part = named.part
            if named.is_plural:
                reference.traits = reference.traits | {"many"}
        if kind is not None and not reference.kind:
            if named.areas and not (named.devices or span.is_compound):
                reference.place_kind = kind.value
            else:
                reference.kind, reference.traits = kind.value, kind.traits
        if span.tag("same"):
            self._flags.add("same")

    def _reference(
        self,
        *,
        has_name: bool = False,
        has_kind: bool = False,
        is_whole: bool = False,
    ) -> Reference:
        """Return the reference that the next words belong to."""
        references = self._target_list()
        if references and not self._needs_new_reference:
            last = references[-1]
            is_full = bool(last.devices) and has_name
            is_full |= bool(last.kind and has_kind)
            is_full |= bool(last.pronoun and has_kind and last.pronoun != "other")
            # "Not that one, the chandelier."
            is_vague = bool(last.pronoun or last.partly or last.kind)
            is_full |= self._is_negating and is_vague and is_whole
            if not is_full:
                return last
            self._is_negating = False
        if not self._is_excepting and not self._is_negating:
            self._reference_begins()
            references = self._target_list()
        self._needs_new_reference = False
        references.append(Reference())
        return references[-1]

    def _target_list(self) -> list[Reference]:
        """Return the list that references are added to."""
        if self._is_negating:
            return self._negated
        return self._clause.excepted if self._is_excepting else self._clause.references

    def _reference_begins(self) -> None:
        """Start a new clause if this one is complete and went from target to order."""
        clause = self._clause
        if (
            clause.references
            and clause.is_order
            and self._ends_with_order
            and not self._starts_with_order[-1]
            and clause.acts
        ):
            self._new_clause(is_joined=False)

    def _new_clause(self, *, is_joined: bool) -> None:
        """Start a new clause."""
        self._clauses.append(Clause())
        self._joined.append(is_joined)
        self._starts_with_order.append(False)
        self._ends_with_order = False
        self._needs_new_reference = True
        self._is_excepting = self._is_excepting and is_joined
        self._is_negating = False

    def _order_begins(self, *, is_act: bool, goes_on: bool = False) -> None:
        """Note that the next words say what to do, and maybe with what else."""
        clause = self._clause
        if (
            is_act
            and clause.acts
            and not _PARTICLES.keys() & set(clause.acts)
            and clause.references
            and (self._starts_with_order[-1] or goes_on)
        ):
            self._new_clause(is_joined=False)
            clause = self._clause
        if not clause.references and not clause.is_order:
            self._starts_with_order[-1] = True
        self._ends_with_order = True
        self._is_excepting = False
        self._is_negating = False
        self._needs_new_reference = True

    # What to do, and everything else.

    def _take_tag(self, position: int, span: Span, tag: Tag) -> None:
        """Take one meaning of a phrase."""
        match tag.kind:
            case "act":
                self._take_act(position, span, tag)
            case "change" | "complaint" | "comfort":
                self._take_change(tag)
            case "do" | "keep":
                self._take_verb(is_kept=tag.kind == "keep")
            case "and":
                self._take_and()
            case "except":
                self._is_excepting, self._is_negating = True, False
                self._needs_new_reference = True
            case "not":
                self._is_negating = True
                self._needs_new_reference = True
            case "meant" | "but":
                is_last = position + 1 == len(self._spans)
                if tag.kind == "meant" and not (self._clause.is_order or is_last):
                    # "Not that lamp, I meant the other one."
                    self._negated += self._clause.references
                    self._clause.references = []
                self._is_negating = False
                self._needs_new_reference = True
            case "question":
                self._take_question(span, tag)
            case _:
                self._take_value(tag)
                self._take_reference(tag)

    def _take_question(self, span: Span, tag: Tag) -> None:
        """Take a question, or the verb of a statement: "the music is too loud"."""
        if self._clause.references and span.tag("filler") is not None:
            self._flags.add("statement")
        self._question = tag.value

    def _take_act(self, position: int, span: Span, tag: Tag) -> None:
        """Take a word for what to do; a particle only where it can be one."""
        rest = self._spans[position + 1 :]
        if "weak" in tag.traits and not is_particle(span, rest, self._clause):
            return
        known = span.tag("act")
        verbs = _PARTICLES.keys() & set(self._clause.acts) if known is tag else set()
        is_one = len(self._clause.references) == 1
        if is_one and self._clause.acts == ("close",) and tag.value == "off":
            # "Shut the fountain off."
            self._clause.acts = ("off",)
            return
        if known is tag:
            self._order_begins(is_act=True, goes_on=begins_another(span, rest))
            self._clause.acts = ()
        self._clause.acts = (*self._clause.acts, tag.value)
        for verb in verbs:
            # "Sperr auf", "schließ zu", "halt an".
            turned = _PARTICLES[verb]
            self._clause.acts = tuple(turned.get(a, a) for a in self._clause.acts)

    def _take_change(self, tag: Tag) -> None:
        """Take a relative value."""
        self._order_begins(is_act=False)
        clause = self._clause
        new = Change(*tag.value.split("_"))
        old = clause.change
        if old is None or old.quantity == "any":
            if old is not None and new.quantity != "any" and old.direction == "down":
                # "less bright" is darker, "less warm" colder.
                new = Change(new.quantity, "up" if new.direction == "down" else "down")
            clause.change = new
        clause.is_complaint |= tag.kind in {"complaint", "comfort"}
        for trait in tag.traits:
            clause.amount = trait

    def _take_verb(self, *, is_kept: bool) -> None:
        """Take a verb that says little: "turn", "make"; or one that changes nothing."""
        clause = self._clause
        # "Lights off in here but leave the globe on": "here" is not what stays on.
        is_place = is_kept and all(one.is_place_only for one in clause.references)
        if clause.references and (clause.is_order or is_place):
            self._new_clause(is_joined=False)
        self._is_excepting = self._is_negating = False
        self._needs_new_reference = True
        clause = self._clause
        clause.is_kept |= is_kept
        clause.has_verb |= not is_kept
        if is_kept and clause.references:
            # In Chinese, what stays on comes before the verb.
            self._new_clause(is_joined=False)

    def _take_and(self) -> None:
        """Start another clause, or go on with what is excepted."""
        if self._is_excepting or self._is_negating:
            self._needs_new_reference = True
            return
        if not self._clause.is_empty:
            self._new_clause(is_joined=True)

    def _take_value(self, tag: Tag) -> None:
        """Take a value or what belongs to one."""
        clause = self._clause
        if tag.kind in {"level", "color", "tone"}:
            self._order_begins(is_act=False)
            setattr(self._clause, tag.kind, tag.value)
        elif tag.kind in {"to", "by", "back", "there"}:
            setattr(clause, f"is_{tag.kind}", True)
        elif tag.kind == "amount":
            clause.amount = clause.amount or tag.value
        elif tag.kind == "unit":
            clause.unit = tag.value
        elif tag.kind == "half_more" and clause.number is not None:
            clause.number += _HALF

    def _take_reference(self, tag: Tag) -> None:
        """Take a word for what is spoken of."""
        match tag.kind:
            case "all":
                self._take_all()
            case "both":
                self._reference().is_both = True
            case "count":
                self._reference().count = int(tag.value)
            case "single":
                self._reference().is_single = True
            case "everything":
                self._is_excepting = False
                self._reference().is_everything = True
            case "here":
                self._reference().is_here = True
            case "everywhere":
                self._reference().is_everywhere = True
            case "ordinal":
                self._reference().ordinal = int(tag.value)

    def _take_all(self) -> None:
        """Take "all", which ends what is excepted: "除了蜡烛灯都关掉"."""
        if not (self._is_excepting and self._clause.excepted):
            self._reference().is_all = True
            return
        self._is_excepting = False
        self._needs_new_reference = True
        if self._clause.references:
            self._clause.references[-1].is_all = True
        else:
            self._reference().is_everything = True


def read(spans: Sequence[Span]) -> Reading:
    """Return what a row of phrases says."""
    spans = without_tag(spans)
    reading = _Reader(spans).read()
    reading.flags |= denials(spans)
    return reading
