"""Which sentences speak of something risky, understood or not.

Independent of Home Assistant.
"""

from typing import Final

from .home import Home
from .lexicon import Lexicon
from .nouns import KINDS
from .risk import Risk
from .text import Tokens

_LOCKED: Final = frozenset({"lock", "alarm_control_panel"})
"""Domains of which everything is risky."""
_ORDERING: Final = frozenset({"act", "change", "level"})
_HARMLESS: Final = frozenset({"stop", "pause", "play", "next", "previous"})


def speaks_of_risk(tokens: Tokens, lexicon: Lexicon, home: Home) -> bool:
    """Return whether something risky is named, by its name or a noun, and an act."""
    risky = {
        one.entity_id
        for one in home.devices.values()
        if home.risk(one, "") is not Risk.NONE
    }
    domains = {one.partition(".")[0] for one in risky}
    is_named = is_ordered = False
    for start in range(len(tokens)):
        for _, named in home.at(tokens, start):
            is_named |= bool(risky & (named.devices | named.partly))
        for _, tags in lexicon.at(tokens, start):
            for tag in tags:
                is_ordered |= tag.kind in _ORDERING and tag.value not in _HARMLESS
                kinds = KINDS.get(tag.value, ()) if tag.kind == "kind" else ()
                is_named |= bool(domains & {*kinds} & _LOCKED)
    return is_named and is_ordered
