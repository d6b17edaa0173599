"""The words for times in one language, and how times are read from a text."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, Final

from ..dialogue.numbers import numbers_of
from .marks import ANY_MARK, Mark, MarkedText
from .templates import Compiler, slots_of
from .times import HOURS, NOON, Clock, Day, Part, When

MAX_NUMBER_WORD: Final = 240
"""The highest number that is known as a word; digits may be higher."""
_MAX_DIGITS: Final = 6
_MINUTES: Final = 60
_DAYS_OF_MONTH: Final = 31
_MONTHS: Final = 12
_DATE_SLOTS: Final = frozenset({"weekday", "month", "day"})

type _Read = Callable[[MarkedText, re.Match[str]], Any]
type _Finder = tuple[re.Pattern[str], _Read]

_CLOCK_DIGITS: Final = re.compile(r"(\d{1,2})[:.](\d\d)|(\d{1,2})(\d\d)")
_NUMBER_DIGITS: Final = rf"\d{{1,{_MAX_DIGITS}}}(?:[.,]\d{{1,2}})?"


def mark_slots() -> dict[str, str]:
    """Return the slots of templates that contain marks."""
    number = Mark.NUMBER.pattern
    return {
        "n": number,
        "h": number,
        "m": number,
        "hm": r"\d{1,2}:\d\d",
        "digits": number,
        "weekday": Mark.WEEKDAY.pattern,
        "month": Mark.MONTH.pattern,
        "part": Mark.PART.pattern,
        "duration": Mark.DURATION.pattern,
        "when": Mark.WHEN.pattern,
    }


def plain(text: str, *, has_spaces: bool) -> str:
    """Return a text as recognizers write it: no punctuation, words apart."""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    text = re.sub(r"(?<!\d)[.:,]|[.:,](?!\d)", " ", text)
    text = re.sub(r"""[?!;"\u3001\u3002\u201c-\u201f\u300a\u300b\u2026]""", " ", text)
    if not has_spaces:
        return re.sub(r"(?<![a-zA-Z0-9])\s+|\s+(?![a-zA-Z0-9])", "", text)
    text = re.sub(r"(?<=\w)[-\u2010-\u2013](?=\w)", " ", text)
    text = re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", text)
    return " ".join(text.split())


def _number_words(language: str, more: Mapping[str, float]) -> dict[str, float]:
    """Return numbers by their words, in lower case."""
    texts = numbers_of(language).texts
    found = {words: one for words, one in texts.items() if one <= MAX_NUMBER_WORD}
    return found | dict(more)


def _bare(words: str) -> str:
    """Return a number word in lower case, without hyphens."""
    return words.lower().replace("-", " ")


@dataclass(frozen=True, slots=True)
class TimeWords:
    """Finds the times in texts of one language."""

    has_spaces: bool
    numbers: Mapping[str, float]
    finders: Sequence[tuple[Mark, Sequence[_Finder]]]
    """What is looked for, in order; one builds on the marks of those before."""

    def mark(self, text: str) -> MarkedText:
        """Return a text with its times marked."""
        marked = MarkedText(plain(text, has_spaces=self.has_spaces))
        for mark, finders in self.finders:
            marked.replace_longest(
                mark, [(pattern, partial(read, marked)) for pattern, read in finders]
            )
        marked.restore(*(m for m in Mark if m not in {Mark.DURATION, Mark.WHEN}))
        return marked

    def number(self, words: str) -> float | None:
        """Return a number in digits or words."""
        words = words.strip()
        if re.fullmatch(_NUMBER_DIGITS, words):
            return float(words.replace(",", "."))
        return self.numbers.get(_bare(words))


def read_time_words(
    language: str, data: Mapping[str, Any], *, has_spaces: bool
) -> TimeWords:
    """Return the words for times from the data of a language."""
    numbers = _number_words(language, data.get("numbers", {}))
    compiler = Compiler(data.get("rules", {}), mark_slots(), has_spaces=has_spaces)
    return TimeWords(has_spaces, numbers, _Builder(compiler, data, numbers).finders())


class _Builder:
    """Builds what finds times from the data of a language."""

    def __init__(
        self, compiler: Compiler, data: Mapping[str, Any], numbers: Mapping[str, float]
    ) -> None:
        """Use this data."""
        self._compiler = compiler
        self._data = data
        self._numbers = numbers
        self._and = compiler.words(data.get("and", ""))

    def finders(self) -> list[tuple[Mark, list[_Finder]]]:
        """Return what is looked for, in order."""
        return [
            (Mark.WEEKDAY, self._listed("weekdays")),
            (Mark.MONTH, self._listed("months", start=1)),
            (Mark.PART, self._parts()),
            (Mark.NUMBER, [self._number()]),
            (Mark.CLOCK, self._entries("clocks", _read_clock)),
            (Mark.DURATION, self._entries("durations", _read_duration)),
            (Mark.DURATION, [self._chain(Mark.DURATION, _add_up)]),
            (Mark.REPEAT, self._entries("repeats", _read_repeat)),
            (Mark.REPEAT, [self._chain(Mark.REPEAT, _unite, Mark.WEEKDAY)]),
            (Mark.DAY, self._entries("days", _read_day)),
            (Mark.WHEN, [*self._delays(), self._when()]),
        ]

    def _listed(self, key: str, start: int = 0) -> list[_Finder]:
        """Return finders of words that stand for their place in a list."""

        def reader(index: int) -> _Read:
            return lambda _text, _found: index

        return [
            (self._compiler.within(template), reader(index))
            for index, template in enumerate(self._data.get(key, ()), start)
        ]

    def _parts(self) -> list[_Finder]:
        """Return finders of the parts of the day."""

        def reader(part: Part) -> _Read:
            return lambda _text, _found: part

        return [
            (self._compiler.within(template), reader(Part(part)))
            for part, template in self._data.get("parts", {}).items()
        ]

    def _number(self) -> _Finder:
        """Return the finder of numbers that measure nothing but time."""
        words = sorted(self._numbers, key=len, reverse=True)
        first = "".join({re.escape(word[0]) for word in words})
        known = "|".join(re.escape(word) for word in words)
        source = rf"(?<![\d:]){_NUMBER_DIGITS}(?![\d:])"
        if words:
            source += rf"|(?=[{first}])(?:{known})"
        measures = self._compiler.words(self._data.get("measures", ""))
        never = self._compiler.words(self._data.get("never", ""))
        source = rf"(?!{never})(?:{source})(?!\s*(?:{measures}))"

        def read(_text: MarkedText, found: re.Match[str]) -> float | None:
            if found[0][0].isdigit():
                return float(found[0].replace(",", "."))
            return self._numbers.get(_bare(found[0]))

        return self._compiler.within_source(source), read

    def _entries(
        self,
        key: str,
        read: Callable[[MarkedText, Mapping[str, str], Mapping[str, Any]], Any],
    ) -> list[_Finder]:
        """Return finders of the entries of a list, each with sentences and values."""

        def reader(entry: Mapping[str, Any]) -> _Read:
            return lambda text, found: read(text, slots_of(found), entry)

        # "By five minutes" is no time of day.
        unit = f"(?!\\s*(?:{self._compiler.words(self._data.get('units', ''))}))"
        end = unit if key == "clocks" else ""
        return [
            (self._compiler.within(template, end), reader(entry))
            for entry in self._data.get(key, ())
            for template in entry["say"]
        ]

    def _chain(self, mark: Mark, read: _Read, *others: Mark) -> _Finder:
        """Return the finder of several marks that belong together."""
        more = "|".join(one.pattern for one in (mark, *others))
        link = rf"\s*(?:{self._and})?\s*"
        return (
            self._compiler.within_source(f"{mark.pattern}(?:{link}(?:{more}))+"),
            read,
        )

    def _delays(self) -> list[_Finder]:
        """Return finders of delays."""

        def read(text: MarkedText, found: re.Match[str]) -> When:
            return When(delay_seconds=text.value(slots_of(found)["duration"]))

        return [
            (self._compiler.within(template), read)
            for template in self._data.get("delays", ())
        ]

    def _when(self) -> _Finder:
        """Return the finder of clock times, days and repetitions that go together."""
        words = self._data.get("when", {})
        before = self._compiler.words(words.get("before", ""))
        between = self._compiler.words(words.get("between", ""))
        part = Mark.PART.pattern
        core = "|".join(m.pattern for m in (Mark.CLOCK, Mark.DAY, Mark.REPEAT))
        source = (
            rf"(?:(?:{before})\s*)?(?:{part}\s*(?:{between})?\s*)?(?:{core})"
            rf"(?:\s*(?:{between})?\s*(?:{core}|{part}))*"
        )
        return self._compiler.within_source(source), _combine


def _read_clock(
    text: MarkedText, slots: Mapping[str, str], entry: Mapping[str, Any]
) -> Clock | None:
    """Return a clock time, None if there is no such time."""
    minute, is_exact = 0.0, bool(entry.get("exact"))
    if written := slots.get("hm") or slots.get("digits"):
        digits = _CLOCK_DIGITS.fullmatch(text.words(written))
        if digits is None:
            return None
        hour, minute = (float(group) for group in digits.groups() if group is not None)
        is_exact |= digits[0].startswith("0")
    else:
        hour = text.value(slots["h"]) if "h" in slots else entry["hour"]
        if "m" in slots:
            minute = text.value(slots["m"]) * entry.get("sign", 1)
    if not (hour <= HOURS and hour % 1 == minute % 1 == 0 and abs(minute) < _MINUTES):
        return None
    part = text.value(slots["part"]) if "part" in slots else None
    is_exact |= hour > NOON or hour == 0
    clock = Clock(hour=int(hour), part=part, is_exact=is_exact)
    return clock.shifted(int(minute) + entry.get("minute", 0))


def _read_duration(
    text: MarkedText, slots: Mapping[str, str], entry: Mapping[str, Any]
) -> float | None:
    """Return a duration in seconds, None if it is nothing."""
    number = text.value(slots["n"]) if "n" in slots else 1
    seconds: float = number * entry["seconds"] + entry.get("plus", 0)
    if "m" in slots:
        seconds += text.value(slots["m"]) * entry["then"]
    return seconds or None


def _read_repeat(
    text: MarkedText, slots: Mapping[str, str], entry: Mapping[str, Any]
) -> When:
    """Return a repetition."""
    days = entry.get("days", ())
    if "weekday" in slots:
        days = (text.value(slots["weekday"]),)
    part = Part(entry["part"]) if "part" in entry else None
    return When(weekdays=tuple(days), part=part)


def _read_day(
    text: MarkedText, slots: Mapping[str, str], entry: Mapping[str, Any]
) -> When | None:
    """Return a day, or a part of the day, None if there is no such day."""
    part = Part(entry["part"]) if "part" in entry else None
    if "part" in slots:
        part = text.value(slots["part"])
    offset: int | None = entry.get("offset")
    if "days" in slots:
        offset = int(text.value(slots["days"])) * entry.get("times", 1)
    numbers = {key: int(text.value(slots[key])) for key in _DATE_SLOTS & slots.keys()}
    if not _is_date(numbers):
        return None
    if offset is None and not numbers:
        return When(part=part)
    day = Day(
        offset=offset,
        weekday=numbers.get("weekday"),
        is_next=bool(entry.get("next")),
        month=numbers.get("month"),
        day_of_month=numbers.get("day"),
        part=part,
    )
    return When(day=day)


def _is_date(numbers: Mapping[str, int]) -> bool:
    """Return whether the numbers of a date are those of a calendar."""
    return 1 <= numbers.get("day", 1) <= _DAYS_OF_MONTH and (
        1 <= numbers.get("month", 1) <= _MONTHS
    )


def _add_up(text: MarkedText, found: re.Match[str]) -> float | None:
    """Return the sum of durations, None unless each is shorter than the one before."""
    parts: list[float] = [text.value(one) for one in _marks(Mark.DURATION, found[0])]
    is_one = all(more > less for more, less in pairwise(parts))
    return sum(parts) if is_one else None


def _unite(text: MarkedText, found: re.Match[str]) -> When:
    """Return repetitions on several days as one."""
    days: set[int] = set()
    part = None
    for one in _marks(Mark.REPEAT, found[0]):
        when: When = text.value(one)
        days.update(when.weekdays)
        part = part or when.part
    days.update(text.value(one) for one in _marks(Mark.WEEKDAY, found[0]))
    return When(weekdays=tuple(sorted(days)), part=part)


def _combine(text: MarkedText, found: re.Match[str]) -> When | None:
    """Return what was said about one time together, None if it contradicts itself."""
    whole = When()
    for letter in re.findall(f"[{ANY_MARK}]", found[0]):
        match text.value(letter):
            case Clock() as clock if whole.clock is None:
                whole = replace(whole, clock=clock)
            case Part() as part if whole.part is None:
                whole = replace(whole, part=part)
            case When() as more if not (more.day and whole.day):
                whole = whole.filled_from(more)
            case _:
                return None
    return whole


def _marks(mark: Mark, text: str) -> list[str]:
    """Return the marks of a class in a text."""
    return re.findall(mark.pattern, text)
