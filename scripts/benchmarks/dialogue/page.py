"""The examples of docs/conversation.md, which are dialogues of the sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.dialogue.sets import LANGUAGES, read_sets

if TYPE_CHECKING:
    from benchmarks.dialogue.sets import Dialogue

PAGE: Final = Path("docs/conversation.md")
BEGIN: Final = "<!-- examples: made by scripts/bench dialogue --page -->"
END: Final = "<!-- end of the examples -->"
_SETS: Final = ("flat", "house", "apart/lakeside")
_TITLES: Final = {
    "target": "One more device",
    "all": "Both, all of them",
    "area": "Another room",
    "value": "Another value",
    "relative": "More or less of it",
    "complaint": "A complaint",
    "comfort": "How you feel",
    "correction": "A correction: the wrong one is undone",
    "undo": "Undo",
    "pronoun": "It, them",
    "two": "Two orders in one sentence",
    "exception": "All but one",
    "ask_back": "A question back",
    "confirm": "What is risky is asked first",
    "delay": "Later",
    "honest": "Something else, if it does not answer",
    "question": "A question, then an order",
}


def examples() -> str:
    """Return the examples of every kind in three languages, as Markdown."""
    folder = Path(__file__).parent / "sets"
    sets = [one for name in _SETS for one in read_sets(folder / f"{name}.yaml")]
    first: dict[tuple[str, str], Dialogue] = {}
    for house in sets:
        for dialogue in house.dialogues:
            first.setdefault((dialogue.kind, dialogue.language), dialogue)
    lines = ["| | English | Deutsch | 中文 |", "|---|---|---|---|"]
    for kind, title in _TITLES.items():
        cells = [_said(first[kind, language]) for language in LANGUAGES]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _said(dialogue: Dialogue) -> str:
    """Return what is said in a dialogue."""
    return " → ".join(f"“{turn.say}”" for turn in dialogue.turns)


def page(text: str) -> str:
    """Return the page with its examples made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{examples()}\n{END}{after}"
