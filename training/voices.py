"""The free voices of Debian, split into training and held-out ones."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from training.texts import Split

if TYPE_CHECKING:
    import random

FESTIVAL_VOICES: Final = Path("/usr/share/festival/voices")


@dataclass(frozen=True, slots=True)
class Voice:
    """One configuration of a voice."""

    engine: str
    """espeak, flite, festival, kokoro or piper."""
    name: str
    speed: float = 1.0
    """The tempo of the speech; 2 is twice as fast."""
    pitch: float = 1.0
    size: float = 1.0
    """The size of the head, by resampling: pitch and formants together."""

    @property
    def label(self) -> str:
        """Return engine and name."""
        return f"{self.engine}:{self.name}"


RECORDED_TRAINING: Final = {
    "flite:slt": 14,
    "flite:awb": 13,
    "flite:kal16": 7,
    "flite:kal": 5,
    "festival:kal_diphone": 5,
    "festival:ked_diphone": 11,
}
"""Voices that were made from a person's recordings, and how often they speak."""

KOKORO: Final = (
    *("af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_nicole"),
    *("af_nova", "af_river", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir"),
    *("am_liam", "am_onyx", "am_puck", "am_santa", "bf_alice", "bf_isabella"),
    *("bf_lily", "bm_daniel", "bm_lewis"),
)
"""Kokoro's English speakers for training; two of them make another one."""
KOKORO_HELD_OUT: Final = (
    *("kokoro:af_sarah", "kokoro:am_michael", "kokoro:bf_emma", "kokoro:bm_george"),
)
"""They are in no training, so that other measurements may use them as well."""
KOKORO_DEVELOPMENT: Final = ("kokoro:af_kore", "kokoro:bm_fable")

HELD_OUT: Final = (
    "flite:rms",
    "festival:cmu_us_slt_arctic_hts",
    "espeak:en-us+f4",
    "espeak:en-gb-scotland+m6",
    "espeak:en+belinda",
    "espeak:en-us+klatt4",
    "espeak:en-gb-x-rp+pablo",
    "espeak:en-029+f4",
)
"""``rms`` is the only person that training never hears."""

NEVER_HEARD: Final = HELD_OUT[:4]
"""Those that were held out of the first model, too, from which the others come."""

DEVELOPMENT: Final = (
    "espeak:en-us+quincy",
    "espeak:en+f1",
    "espeak:en-gb-scotland+linda",
    "espeak:en-gb-x-gbclan+klatt2",
    "flite:awb",
    "festival:ked_diphone",
)
"""Checkpoints are chosen with these; the recorded two are known to the model."""

_ESPEAK_SHARE: Final = 0.45
_PIPER_SHARE: Final = 0.45
_KOKORO_MIXED: Final = 0.5
_PLAIN_SHARE: Final = 0.12
# espeak-ng speaks every variant of "en-gb" like the plain accent; with "en", which is
# the same accent, the variants differ.
_ACCENTS: Final = {
    "en-us": 40,
    "en": 18,
    "en-gb-x-rp": 12,
    "en-gb-scotland": 9,
    "en-gb-x-gbclan": 7,
    "en-gb-x-gbcwmd": 7,
    "en-029": 7,
}
# fmt: off
_VARIANTS: Final = (
    "Alex", "Alicia", "Andrea", "Andy", "Annie", "AnxiousAndy", "Denis", "Diogo",
    "Gene", "Gene2", "Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario",
    "Michael", "Mike", "Nguyen", "RicishayMax", "RicishayMax2", "RicishayMax3",
    "Storm", "Tweaky", "adam", "anika", "announcer", "antonio", "aunty",
    "benjamin", "boris", "caleb", "croak", "david", "ed", "edward", "edward2",
    "f2", "f3", "f5", "fast", "grandma", "grandpa", "gustave", "iven", "iven2",
    "iven3", "iven4", "john", "kaukovalta", "klatt", "klatt3", "klatt5", "klatt6",
    "m1", "m2", "m3", "m4", "m5", "m7", "m8", "marcelo", "max", "michel",
    "miguel", "norbert", "paul", "pedro", "rob", "robert", "sandro", "shelby",
    "steph", "steph2", "steph3", "travis", "victor", "zac",
)
# fmt: on
"""Those of the held-out and development voices are left out, with every accent."""


def parse(label: str) -> Voice:
    """Return the voice of a label at its natural speed."""
    engine, _, name = label.partition(":")
    return Voice(engine, name)


def missing() -> list[str]:
    """Return the required programs and voices that are not installed."""
    programs = [
        name for name in ("espeak-ng", "flite", "festival") if not shutil.which(name)
    ]
    found = {path.name for path in FESTIVAL_VOICES.glob("*/*")}
    labels = (*RECORDED_TRAINING, *HELD_OUT)
    wanted = {parse(x).name for x in labels if x.startswith("festival:")}
    return [*programs, *sorted(wanted - found)]


class VoiceSource:
    """A source of voices for training."""

    def __init__(self, choose: random.Random) -> None:
        """Set the random generator."""
        self._choose = choose

    def draw(self, split: Split = Split.TRAINING) -> Voice:
        """Return a voice of a split; training voices vary in speed, pitch and size."""
        choose = self._choose
        if split is Split.HELD_OUT:
            return parse(choose.choice(HELD_OUT))
        if split is Split.DEVELOPMENT:
            return parse(choose.choice(DEVELOPMENT))
        voice = self._espeak() if choose.random() < _ESPEAK_SHARE else self._recorded()
        if choose.random() < _PLAIN_SHARE:
            return voice
        return replace(
            voice,
            speed=choose.triangular(0.75, 1.35, 1.0),
            pitch=choose.triangular(0.8, 1.25, 1.0),
            size=choose.triangular(0.88, 1.14, 1.0),
        )

    def neural(self) -> Voice:
        """Return one of the neural voices for training."""
        choose = self._choose
        if choose.random() < _PIPER_SHARE:
            pitch = choose.uniform(0.6, 1.3)
            voice = Voice("piper", "joe", choose.triangular(0.75, 1.4, 1.0), pitch)
        else:
            name = choose.choice(KOKORO)
            if choose.random() < _KOKORO_MIXED:
                others = [one for one in KOKORO if one[0] == name[0] and one != name]
                name = f"{name}~{choose.choice(others)}"
            voice = Voice("kokoro", name, choose.triangular(0.8, 1.35, 1.05))
        if choose.random() < _PLAIN_SHARE:
            return voice
        return replace(voice, size=choose.triangular(0.9, 1.12, 1.0))

    def _espeak(self) -> Voice:
        """Return one of espeak-ng's accents with one of its variants."""
        accent = self._choose.choices(list(_ACCENTS), list(_ACCENTS.values()))[0]
        if self._choose.random() < _PLAIN_SHARE:
            return Voice("espeak", accent)
        return Voice("espeak", f"{accent}+{self._choose.choice(_VARIANTS)}")

    def _recorded(self) -> Voice:
        """Return a voice made from recordings."""
        weights = list(RECORDED_TRAINING.values())
        return parse(self._choose.choices(list(RECORDED_TRAINING), weights)[0])
