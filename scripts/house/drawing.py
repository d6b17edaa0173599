"""Draw the output of a command as it looks in a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEFT: Final = 32.0
_TOP: Final = 78
_LINE: Final = 23
_LETTER: Final = 9.03
_BOTTOM: Final = 37
_FONT: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_SVG: Final = "http://www.w3.org/2000/svg"
_SHADE: Final = (
    '<defs><linearGradient id="bg" x2="1" y2="1"><stop stop-color="#17122f"/>'
    '<stop offset="1" stop-color="#1d1442"/></linearGradient></defs>'
)
_STYLES: Final = {
    "": "",
    "1": ' font-weight="700"',
    "2": ' fill="#8f8ab5"',
    "31": ' fill="#ff8f8f"',
    "32": ' fill="#6ee7a8"',
    "prompt": ' fill="#8b83ff"',
}
_PAINTED: Final = re.compile(r"\033\[(\d+)m(.*?)\033\[0m")
_WORDS: Final = re.compile(r"\S+(?: \S+)*")


def draw(command: str, printed: Iterable[str], label: str) -> str:
    """Return an SVG of a command and its output."""
    lines = [*printed]
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [[(0, "$", "prompt"), (2, command, "")], *map(_pieces, lines)]
    columns = max(at + len(text) for row in rows for at, text, _ in row)
    width = round(2 * _LEFT + columns * _LETTER)
    height = _TOP + (len(rows) - 1) * _LINE + _BOTTOM
    texts = [
        _text(at, _TOP + number * _LINE, text, style)
        for number, row in enumerate(rows)
        for at, text, style in row
    ]
    return "\n".join((*_frame(width, height, label), *texts, "</g></svg>\n"))


def _pieces(line: str) -> list[tuple[int, str, str]]:
    """Return the parts of a line: position, text and style."""
    found: list[tuple[int, str, str]] = []
    at = position = 0
    for match in (*_PAINTED.finditer(line), None):
        plain = line[position : match.start() if match else len(line)]
        parts = [(plain, "")]
        if match:
            parts.append((match[2], match[1]))
            position = match.end()
        for text, style in parts:
            found += [
                (at + words.start(), words[0], style) for words in _WORDS.finditer(text)
            ]
            at += len(text)
    return found


def _text(column: int, y: int, text: str, style: str) -> str:
    x = _LEFT + column * _LETTER
    return (
        f'<text x="{x:.1f}" y="{y}" textLength="{len(text) * _LETTER:.1f}"'
        f"{_STYLES[style]}>{escape(text)}</text>"
    )


def _frame(width: int, height: int, label: str) -> tuple[str, ...]:
    size = f'viewBox="0 0 {width} {height}"'
    return (
        f'<svg xmlns="{_SVG}" {size} role="img" aria-label={quoteattr(label)}>',
        _SHADE,
        f'<rect width="{width}" height="{height}" rx="16" fill="url(#bg)"/>',
        '<circle cx="34" cy="30" r="6.5" fill="#ff5f57"/>',
        '<circle cx="56" cy="30" r="6.5" fill="#febc2e"/>',
        '<circle cx="78" cy="30" r="6.5" fill="#28c840"/>',
        f'<g font-family="{_FONT}" font-size="15" fill="#ece9ff" xml:space="preserve">',
    )
