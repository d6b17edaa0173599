"""What remains of a text when it is spoken: no Markdown, links or emoji.

The integration cleans a text while an agent writes it, which may take a fragment at a
time; the server cleans what other clients send. Figures and units stay as they are.
"""

from __future__ import annotations

import html
import re
from typing import Final

_MAX_HELD_CHARACTERS: Final = 600
"""What is longer than this and still undecided is spoken as it stands."""

_URL: Final = r"(?:(?:https?|ftp)://|www\.)[!-~]*[^\s!-/:-@\[-`{-~\u0080-\U0010ffff]/?"
_INLINE: Final = re.compile(
    rf"""
      \\(?P<escaped>[!-/:-@\[-`{{-~])
    | \[\^[^\]\n]+\]:?
    | !?\[(?P<label>(?:[^\[\]\\]|\\.)*)\]
      (?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])
    | [ \t]{{0,9}}(?:\([ \t]?{_URL}[ \t]?\)|<(?:{_URL}|mailto:[^<>\s]*)>|{_URL})
    | (?P<tag></?[a-zA-Z][^<>]*>|<!--.{{0,500}}?-->)
    | (?P<entity>&(?:\#\d+|\#[xX][\da-fA-F]+|[a-zA-Z][a-zA-Z\d]*);)
    | [*]{{2,}} | ~~ | `+
    | (?<![\d\s])[*](?=\S) | (?<=[^\d\s])[*] | (?<!\S)[*](?=\S)
    | (?<!\w)_+(?=\w) | (?<=\w)_+(?!\w)
    """,
    re.VERBOSE,
)
# By blocks: the standard library does not know which characters are emoji. Parts of
# sequences (joiners, skin tones, flags, variation selectors) are among them.
_EMOJI: Final = re.compile(
    "[ \t]{0,9}(?:"
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299]\ufe0f"
    "|[\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25a0-\u25ff]"
    "|[\u2194-\u2199\u21a9\u21aa]\ufe0f"
    "|[\u2600-\u27bf\u2934\u2935\u2b00-\u2bff\U0001f000-\U0001faff]"
    "|[\u200d\u20e3\ufe0e\ufe0f\U000e0020-\U000e007f]"
    ")+"
)

_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)")
_RULE_CHARACTERS: Final = frozenset("-*_=")
_TABLE_RULE_CHARACTERS: Final = frozenset("|:-")
_MARKERS: Final = re.compile(
    r"(?P<quote>[ \t]*>[ \t]?)*"
    r"(?P<item>[ \t]*(?:\#{1,6}[ \t]+|[-*+\u2022][ \t]+(?:\[[ xX]\][ \t]+)?|(?=\|)))?"
)
_NUMBERED: Final = re.compile(r"[ \t]*\d{1,3}[.)][ \t]+")
_UNDECIDED_START: Final = re.compile(r"[ \t>#*+\-\u2022_=|:`~\[\]xX\d.)]*")
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))
_OPEN: Final = re.compile(
    r"(?<!\\)!?\[(?:[^\[\]\\]|\\.)*"
    r"(?:\](?:\((?:[^()]|\([^()]*\))*(?:\([^()]*|\)[!-~]*)?"
    r"|\[[^\[\]]*(?:\][!-~]*)?)?)?\Z"
    r"|</?[a-zA-Z][^<>]*\Z|<!--.*\Z"
)
"""A link or a tag that is still open, or directly followed by what may be one."""
_STOPS: Final = ".!?:;,\u2026\u3002\uff01\uff1f\uff1a\uff1b\uff0c\u3001"
_FIRST_WIDE_CHARACTER: Final = "\u2e80"


class SpeakableText:
    """Removes what cannot be spoken from a text that is still being written."""

    def __init__(self) -> None:
        """Start at the beginning of a text."""
        self._held = ""
        self._fence = ""
        self._is_line_start = True
        self._is_item = False
        self._before = ""
        """The last character of this line that was decided on."""
        self._spoken = ""
        """The last visible character of this line that is spoken."""

    def add(self, fragment: str) -> str:
        """Add a fragment of any length; return what can be spoken by now."""
        self._held += fragment
        return self._decide(is_end=False)

    def finish(self) -> str:
        """Return the rest of the text."""
        return self._decide(is_end=True)

    def _decide(self, *, is_end: bool) -> str:
        """Return the part of the held text that no later fragment can change."""
        parts: list[str] = []
        while self._held:
            line, newline, rest = self._held.partition("\n")
            is_whole = bool(newline) or is_end
            if self._fence:
                if not is_whole:
                    self._held = line[:_MAX_HELD_CHARACTERS]
                    break
                self._held = rest
                self._end_code(line)
                continue
            is_too_long = len(line) > _MAX_HELD_CHARACTERS
            if self._is_line_start and not self._start_line(
                line, is_whole=is_whole, must_decide=is_whole or is_too_long
            ):
                if not is_whole:
                    break
                self._held = rest
                continue
            line = self._held.partition("\n")[0]
            if is_whole or is_too_long:
                parts.append(self._speak(line))
                self._held = self._held[len(line) + len(newline) :]
                if newline:
                    parts.append(self._end_line())
                continue
            end = _end_of_decided(line)
            parts.append(self._speak(line[:end]))
            self._held = line[end:]
            break
        return "".join(parts)

    def _start_line(self, line: str, *, is_whole: bool, must_decide: bool) -> bool:
        """Remove the markers at the start of a line; return whether to speak it."""
        is_table = line.lstrip().startswith("|")
        if not must_decide and (is_table or _UNDECIDED_START.fullmatch(line)):
            return False
        fence = _FENCE.match(line)
        if fence and "`" not in fence["info"]:
            if must_decide:
                self._fence = fence["fence"]
            return False
        if is_whole and _is_rule(line):
            return False
        markers = _MARKERS.match(line)
        length = markers.end() if markers else 0
        self._held = self._held[length:]
        self._is_item = bool(
            (markers and markers["item"] is not None) or _NUMBERED.match(self._held)
        )
        if is_table:
            cells = line[length:].strip().strip("|").split("|")
            self._held = (
                ", ".join(map(str.strip, cells)) + self._held[len(line) - length :]
            )
        self._is_line_start = False
        return True

    def _end_code(self, line: str) -> None:
        """End a block of code if this line closes it."""
        bare = line.strip()
        if bare.startswith(self._fence) and not bare.strip(self._fence[0]):
            self._fence = ""

    def _speak(self, text: str) -> str:
        """Return a part of a line without markers, links and emoji."""
        whole = self._before + text
        parts: list[str] = []
        position = len(self._before)
        for match in _INLINE.finditer(whole, position):
            parts += (whole[position : match.start()], _remainder(match))
            position = match.end()
        spoken = _EMOJI.sub("", "".join((*parts, whole[position:])))
        self._before = whole[-1:]
        self._spoken = spoken.rstrip()[-1:] or self._spoken
        return spoken

    def _end_line(self) -> str:
        """Return the end of a line; items and headings get a stop."""
        stop = ""
        if self._is_item and self._spoken and self._spoken not in _STOPS:
            stop = "\u3002" if self._spoken >= _FIRST_WIDE_CHARACTER else "."
        self._is_line_start, self._is_item = True, False
        self._before = self._spoken = ""
        return f"{stop}\n"


def speakable(text: str) -> str:
    """Return what remains of a whole text when it is spoken."""
    cleaner = SpeakableText()
    return cleaner.add(text) + cleaner.finish()


def _remainder(match: re.Match[str]) -> str:
    """Return what is spoken in place of a piece of Markdown."""
    if (escaped := match["escaped"]) is not None:
        return str(escaped)
    if (label := match["label"]) is not None:
        return _INLINE.sub(_remainder, label)
    if (entity := match["entity"]) is not None:
        return html.unescape(str(entity))
    return " " if match["tag"] else ""


def _is_rule(line: str) -> bool:
    """Return whether a line only draws a line, below a heading or in a table."""
    drawn = "".join(line.split())
    return len(drawn) > 0 and (
        (len(drawn) > 1 and set(drawn) <= _RULE_CHARACTERS and len(set(drawn)) == 1)
        or ("-" in drawn and set(drawn) <= _TABLE_RULE_CHARACTERS)
    )


def _end_of_decided(line: str) -> int:
    """Return the length of the start of a line that is certain already.

    The last word may become a link if it is of ASCII.
    """
    end = len(line.rstrip(_ASCII).rstrip())
    match = _OPEN.search(line)
    return min(end, match.start()) if match else end
