"""The turns that are measured, one of each kind."""

from __future__ import annotations

from typing import Final

LIT: Final = frozenset({"all of them", "undo all of them"})
"""Kinds before which all lights are on."""
FOLLOW_UPS: Final = frozenset(
    {"one more target", "relative", "undo", "undo all of them"}
)
"""Kinds that the built-in agent alone does not know."""
TURNS: Final = {
    "en": {
        "whole order": ("turn on the {0}",),
        "one more target": ("turn on the {0}", "and the {1} too"),
        "relative": ("set the {0} to 30 percent", "brighter"),
        "all of them": ("turn off all the lights",),
        "undo": ("turn on the {0}", "undo that"),
        "undo all of them": ("turn off all the lights", "undo that"),
        "question": ("is the {0} on",),
        "ambiguous": ("turn on the floor lamp",),
        "timer": ("set a timer for {2} minutes",),
        "chatter": ("the {0} was a present from my aunt",),
    },
    "de": {
        "whole order": ("mach die {0} an",),
        "one more target": ("mach die {0} an", "und die {1} auch"),
        "relative": ("stell die {0} auf 30 Prozent", "heller"),
        "all of them": ("mach alle Lichter aus",),
        "undo": ("mach die {0} an", "mach das rückgängig"),
        "undo all of them": ("mach alle Lichter aus", "mach das rückgängig"),
        "question": ("ist die {0} an",),
        "ambiguous": ("mach die Stehlampe an",),
        "timer": ("stell einen Timer auf {2} Minuten",),
        "chatter": ("die {0} war ein Geschenk von meiner Tante",),
    },
    "zh": {
        "whole order": ("打开{0}",),
        "one more target": ("打开{0}", "{1}也打开"),
        "relative": ("把{0}调到百分之三十", "亮一点"),
        "all of them": ("关掉所有的灯",),
        "undo": ("打开{0}", "撤销"),
        "undo all of them": ("关掉所有的灯", "撤销"),
        "question": ("{0}开着吗",),
        "ambiguous": ("打开落地灯",),
        "timer": ("设置一个{2}分钟的计时器",),
        "chatter": ("{0}是我阿姨送的礼物",),
    },
}
"""What is said; the last of each is measured. {0} and {1} are lights, {2} a number."""
FIRST: Final = "whole order"
