"""What is wanted of the schedule, as read from a sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from .fillers import Fillers
from .items import MAX_TEXT, ItemKind
from .marks import ANY_MARK, Mark, MarkedText
from .templates import Compiler, Template, slots_of
from .times import HOURS, Clock, When
from .wording import TimeWords, mark_slots, read_time_words

MAX_CHARACTERS: Final = 400
"""Longer texts are no commands."""
_LONGEST_WORD: Final = 2
"""Characters of a text that may be a mere pronoun where words have no spaces."""


class Action(StrEnum):
    """What is wanted."""

    SET = "set"
    ADD = "add"
    SUBTRACT = "subtract"
    CHANGE = "change"
    RESTART = "restart"
    CANCEL = "cancel"
    LEFT = "left"
    """How long is left, or when it is due."""
    LIST = "list"
    SNOOZE = "snooze"
    STOP = "stop"
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The item that was spoken of."""

    kind: ItemKind | None = None
    name: str | None = None
    length: float | None = None
    """The length for which it was set, in seconds."""
    at: When | None = None
    """When it is due."""
    is_all: bool = False
    is_pronoun: bool = False
    """Whether nothing names it: it is the one that was spoken of last."""

    @property
    def is_open(self) -> bool:
        """Return whether nothing but its kind is known."""
        return self.name is None and self.length is None and self.at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What was said about timers, alarms, reminders and orders."""

    action: Action
    target: Target = Target()
    name: str | None = None
    """The name or text of a new item."""
    seconds: float | None = None
    when: When | None = None

    @property
    def is_complete(self) -> bool:
        """Return whether nothing has to be asked for."""
        if self.action in {Action.STOP, Action.SNOOZE, Action.UNDO}:
            return False
        if self.target.is_pronoun and self.action is not Action.LEFT:
            return False
        if self.action is not Action.SET and self.target.kind is None:
            # Only the name: it may be that of a device.
            return self.target.is_pronoun
        if self.action is not Action.SET:
            return True
        has_time = bool(self.seconds or (self.when and self.when.is_complete))
        is_named = self.name is not None or self.target.kind is not ItemKind.REMINDER
        return has_time and is_named


class Reply(StrEnum):
    """A short answer to a question."""

    AFFIRM = "affirm"
    DENY = "deny"
    NEVER_MIND = "never_mind"
    ALL = "all"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class DelayedOrder:
    """A command that has to be carried out later."""

    words: str
    """The command without its time."""
    when: When
    is_ending: bool = False
    """Whether it is carried out at once, and ended then: "for ten minutes"."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Sentences that mean the same."""

    action: Action
    kind: ItemKind | None
    is_all: bool
    is_pronoun: bool
    templates: Sequence[Template]


class Sentences:
    """The sentences of one language."""

    def __init__(self, language: str, data: Mapping[str, Any]) -> None:
        """Compile the data of a language; not for the event loop."""
        has_spaces: bool = data.get("has_spaces", True)
        self.language = language
        self.replies: Mapping[str, Any] = data["replies"]
        self.times = read_time_words(language, data["times"], has_spaces=has_spaces)
        self._glue = " " if has_spaces else ""
        slots = mark_slots() | _word_slots(self.times, data["kinds"])
        rules = data.get("rules", {})
        compiler = Compiler(rules, slots, has_spaces=has_spaces)
        self._kinds = {
            ItemKind(kind): re.compile(compiler.words(template), re.IGNORECASE)
            for kind, template in data["kinds"].items()
        }
        self._groups = [
            _Group(
                action=Action(group["do"]),
                kind=ItemKind(group["kind"]) if "kind" in group else None,
                is_all=group.get("all", False),
                is_pronoun=group.get("it", False),
                templates=compiler.whole(group["say"]),
            )
            for group in data["sentences"]
        ]
        self._targets = compiler.whole([data["target"]])[0]
        answers = data["answers"]
        self._answers = {
            reply: compiler.whole([answers[reply.value]])[0] for reply in Reply
        }
        self._one = compiler.whole([answers["one"]])[0]
        self._open = compiler.whole([answers["open"]])[0]
        self._lead: str = answers.get("lead", "")
        self._no_names = compiler.whole([data["no_names"]])[0].pattern
        self._fillers = Fillers(compiler, data.get("fillers", {}))
        self._periods = [
            compiler.within(template) for template in data["times"].get("periods", ())
        ]
        self._steps = compiler.within(data["steps"]) if data.get("steps") else None

    def requests(self, text: str) -> Iterator[Request]:
        """Yield what a text may want, the first reading first."""
        if len(text) > MAX_CHARACTERS:
            return
        marked = self.times.mark(text)
        bare = self._fillers.strip(marked.text)
        for candidate in dict.fromkeys((bare, marked.text.strip())):
            for group in self._groups:
                for template in group.templates:
                    slots = self._slots(template, candidate)
                    if slots is not None:
                        request = self._request(group, slots, marked)
                        if request is not None:
                            yield request

    def order(self, text: str) -> DelayedOrder | None:
        """Return a command with the time at which it is wanted, None if there is none.

        The words may be anything: whether they are a command is for others to say.
        """
        if len(text) > MAX_CHARACTERS:
            return None
        marked = self.times.mark(text)
        found = re.findall(Mark.WHEN.pattern, marked.text)
        if not found:
            return self._ending(marked)
        if len(found) != 1 or not (when := marked.value(found[0])).is_complete:
            return None
        before, after = (part.strip() for part in marked.text.split(found[0]))
        words = marked.words(f"{before}{self._glue}{after}".strip())
        is_bare = when.clock is not None and not re.search(
            r"[^\W\d]{3}|:", self._without_lead(marked.words(found[0]))
        )
        if self._steps is not None and is_bare and self._steps.search(words):
            return None
        return DelayedOrder(self._fillers.strip(words), when) if words else None

    def _ending(self, marked: MarkedText) -> DelayedOrder | None:
        """Return a command for a while: "turn on the fan for ten minutes"."""
        text = marked.text
        if len(re.findall(Mark.DURATION.pattern, text)) != 1:
            return None
        for period in self._periods:
            if (found := period.search(text)) is None:
                continue
            before, after = text[: found.start()].strip(), text[found.end() :].strip()
            words = marked.words(f"{before}{self._glue}{after}".strip())
            seconds = marked.value(slots_of(found)["duration"])
            when = When(delay_seconds=seconds)
            return DelayedOrder(self._fillers.strip(words), when, is_ending=True)
        return None

    def reply(self, text: str) -> Reply | None:
        """Return a short answer."""
        bare = self._fillers.strip(self.times.mark(text).text)
        return next(
            (
                reply
                for reply, one in self._answers.items()
                if one.match(bare) is not None
            ),
            None,
        )

    def one(self, text: str) -> Target | None:
        """Return the item that an answer names."""
        marked = self.times.mark(text)
        slots = self._one.match(self._fillers.strip(marked.text))
        return None if slots is None else self._target(None, slots, marked)

    def open(self, text: str) -> str | None:
        """Return the text that an answer to an open question gives."""
        marked = self.times.mark(text)
        slots = self._open.match(marked.text.strip())
        return _named(marked, slots.get("text")) if slots else None

    def time(self, text: str) -> tuple[float | None, When | None]:
        """Return the duration and the time that an answer gives."""
        seconds, when = self._time(text)
        if seconds is None and when is None and self._lead:
            # "Seven thirty" is a time of day only after "at".
            return self._time(f"{self._lead} {text}")
        return seconds, when

    def _time(self, text: str) -> tuple[float | None, When | None]:
        """Return the duration and the time in a text that says nothing else."""
        marked = self.times.mark(text)
        durations = re.findall(Mark.DURATION.pattern, marked.text)
        whens = re.findall(Mark.WHEN.pattern, marked.text)
        seconds = marked.value(durations[0]) if len(durations) == 1 else None
        when = marked.value(whens[0]) if len(whens) == 1 else None
        if when is None and seconds is None:
            hour = self.times.number(self._fillers.strip(marked.text))
            when = _at_hour(hour)
        return seconds, when

    def _slots(self, template: Template, text: str) -> dict[str, str] | None:
        """Return the slots of a sentence and of what it names, None without a match."""
        slots = template.match(text)
        if slots is not None and "ref" in slots:
            named = self._targets.match(slots["ref"])
            slots = None if named is None else slots | named
        if slots is None:
            return None
        # What to remind of may begin like no name: "给奶奶打电话".
        name = slots.get("text", "")
        if len(name) > _LONGEST_WORD or " " in name:
            name = ""
        return (
            None if self._no_names.fullmatch(name or slots.get("name", "")) else slots
        )

    def _without_lead(self, words: str) -> str:
        """Return a time without the first word, which is a preposition."""
        return words.partition(" ")[2] if self._glue else words

    def _request(
        self, group: _Group, slots: Mapping[str, str], marked: MarkedText
    ) -> Request | None:
        """Return the request of a sentence, None if it makes no sense."""
        kind = group.kind or self._kind(slots.get("kind"))
        if group.kind is not None and self._kind(slots.get("kind")) not in {
            None,
            group.kind,
        }:
            return None
        seconds = marked.value(slots["duration"]) if "duration" in slots else None
        if "minutes" in slots:
            # Where other words stand between the number and its unit.
            seconds = (self.times.number(slots["minutes"]) or 0) * 60
        when = self._when(slots, marked)
        name = _named(marked, slots.get("text") or slots.get("name"))
        if group.action is Action.SET:
            request = Request(
                action=group.action,
                target=Target(kind=kind, is_pronoun=group.is_pronoun),
                name=name,
                seconds=seconds,
                when=when,
            )
            return self._completed(request, slots.get("text"), marked)
        target = self._target(kind, slots, marked)
        if group.action is Action.CANCEL and target.at and target.at.delay_seconds:
            # "Turn off the alarm in ten minutes" is a delayed command.
            return None
        is_pronoun = group.is_pronoun or (target.is_open and kind is None)
        target = replace(target, is_all=group.is_all, is_pronoun=is_pronoun)
        return Request(action=group.action, target=target, seconds=seconds, when=when)

    def _completed(
        self, request: Request, text: str | None, marked: MarkedText
    ) -> Request:
        """Return a reminder with the time that is said in the middle of its text."""
        if text is None or (request.when is not None and request.when.is_complete):
            return request
        found = re.findall(Mark.WHEN.pattern, text)
        if len(found) != 1:
            return request
        before, after = (part.strip() for part in text.split(found[0]))
        rest = f"{before}{self._glue}{after}".strip()
        more: When = marked.value(found[0])
        when = request.when.filled_from(more) if request.when else more
        return replace(request, when=when, name=_named(marked, rest))

    def _target(
        self, kind: ItemKind | None, slots: Mapping[str, str], marked: MarkedText
    ) -> Target:
        """Return the item that the slots of a sentence name."""
        return Target(
            kind=kind or self._kind(slots.get("kind")),
            name=_named(marked, slots.get("text") or slots.get("name")),
            length=marked.value(slots["length"]) if "length" in slots else None,
            at=marked.value(slots["at"]) if "at" in slots else None,
        )

    def _kind(self, words: str | None) -> ItemKind | None:
        """Return the kind that a word names."""
        if words is None:
            return None
        return next(
            (kind for kind, pattern in self._kinds.items() if pattern.fullmatch(words)),
            None,
        )

    def _when(self, slots: Mapping[str, str], marked: MarkedText) -> When | None:
        """Return the time of a sentence, from all slots that say something about it."""
        when: When | None = None
        for slot in ("when", "rhythm"):
            if slot in slots:
                more: When = marked.value(slots[slot])
                when = more if when is None else when.filled_from(more)
        if "hour" in slots and (hour := _at_hour(self.times.number(slots["hour"]))):
            when = hour if when is None else when.filled_from(hour)
        return when


def _word_slots(times: TimeWords, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return the slots that contain words."""
    small = "|".join(
        re.escape(word)
        for word, number in sorted(times.numbers.items(), key=lambda one: -len(one[0]))
        if number <= HOURS and number % 1 == 0
    )
    number = rf"(?:\d{{1,2}}{'|' if small else ''}{small})"
    return {
        "name": rf"[^{ANY_MARK}\s][^{ANY_MARK}]*?",
        "text": r"\S.*?",
        "ref": r"\S.*?",
        "hour": number,
        "number": number,
        "kind": f"(?:{'|'.join(kinds.values())})".replace(" ", r"\s+"),
    }


def _at_hour(hour: float | None) -> When | None:
    """Return the time that an hour stands for."""
    if hour is None or hour % 1 or not 0 <= hour <= HOURS:
        return None
    return When(clock=Clock(hour=int(hour), is_exact=hour == 0 or hour > HOURS / 2))


def _named(marked: MarkedText, text: str | None) -> str | None:
    """Return a name or text in the words in which it was said."""
    if text is None:
        return None
    return marked.words(text).strip()[:MAX_TEXT] or None
