"""Words that change nothing in what is said about the schedule."""

import re
from collections.abc import Mapping
from typing import Final

from .templates import Compiler

_MAX_FILLERS: Final = 4


class Fillers:
    """Words that change nothing."""

    def __init__(self, compiler: Compiler, data: Mapping[str, str]) -> None:
        """Compile them."""
        self._before = re.compile(
            rf"(?:{compiler.words(data.get('before', ''))})(?!\w)\s*"
            if compiler.has_spaces
            else compiler.words(data.get("before", "")),
            re.IGNORECASE,
        )
        self._after = re.compile(
            rf"{r'\s+' if compiler.has_spaces else ''}"
            rf"(?:{compiler.words(data.get('after', ''))})$",
            re.IGNORECASE,
        )
        anywhere = data.get("anywhere")
        self._anywhere = compiler.within(anywhere) if anywhere else None

    def strip(self, text: str) -> str:
        """Return a text without them."""
        if self._anywhere is not None:
            text = " ".join(self._anywhere.sub("", text).split()) or text
        for _ in range(_MAX_FILLERS):
            before = text
            if found := self._before.match(text):
                text = text[found.end() :]
            text = self._after.sub("", text)
            if not text:
                return before
            if text == before:
                break
        return text.strip()
