# ruff: noqa: RUF001 - phonemes are no letters
"""The phrase of a wake word, and whether it can be one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import HearkenError, SynthesisError
from hearken_speech.protocol import ErrorCode
from hearken_speech.wake.naming import word_id

from .programs import ESPEAK, output_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CHARACTERS: Final = 40
MAX_WORDS: Final = 5
FEWEST_SYLLABLES: Final = 2
FEWEST_PHONEMES: Final = 4
GOOD_SYLLABLES: Final = 3

_VOWELS: Final = re.compile("[aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɨɪɯɵɶʉʊʌʏɤᵻɿʅ]+[̃ːˑ^]*")
_MARKS: Final = re.compile(r"[\sˈˌːˑ.'_|^̩̃0-9˥˦˧˨˩-]")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_LETTER: Final = re.compile(r"[^\W\d_]")
# What people say all day; a phrase of nothing else would wake the house all day.
_ENGLISH: Final = """
a about again all am an and any are at back be been but by bye can come could day did
do does done down each every fine for from get give go going good got great had has
have he hello her here hey hi him his how i if in is it just know let like little look
made make maybe me mine more morning my never new next nice night no not nothing now
of off oh ok okay on one open or other our out over please put really right say see
she show sir so some sorry start stop sure take tell thank thanks that the their them
then there they thing think this time to today tonight too turn two up us use very
wait want was water way we well were what when where which who why will with work
would yeah yes yesterday you your
"""
_GERMAN: Final = """
aber alle alles also am an auch auf aus bei bin bis bitte da danke dann das dass dein
dem den der die dir doch du ein eine einen er es für gut guten habe haben hallo hat
heute hier ich ihr im in ist ja jetzt kann kein komm kommt mach machen man mein mich
mir mit morgen nach nein nicht noch nun nur oder ok okay schon sehr sein sie sind so
tag tschüss und uns von vor war warum was weil wenn wer wie wieder will wir wo zu zum
zur
"""
_CHINESE: Final = """
你好 谢谢 再见 好的 什么 我们 今天 明天 可以 不是 没有 这个 那个
"""
COMMON_WORDS: Final = {
    "en": tuple(_ENGLISH.split()),
    "de": tuple(_GERMAN.split()),
    "zh": tuple(_CHINESE.split()),
}
_COMMON: Final = frozenset(word for words in COMMON_WORDS.values() for word in words)


class Reason(StrEnum):
    """Why a phrase is no good wake word."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    TOO_COMMON = "too_common"
    UNKNOWN_LANGUAGE = "unknown_language"
    SHORT = "short"
    """It can be one, but longer ones work better."""


_TEXTS: Final = {
    Reason.EMPTY: "there are no letters in it",
    Reason.TOO_LONG: f"it is longer than {MAX_WORDS} words or {MAX_CHARACTERS} "
    "characters; two or three words are best",
    Reason.TOO_SHORT: "it is too short: many other words contain these sounds; say at "
    f"least {FEWEST_SYLLABLES} syllables, better {GOOD_SYLLABLES}",
    Reason.TOO_COMMON: "people say this all day; add a name or an unusual word",
    Reason.UNKNOWN_LANGUAGE: "no voice speaks this language",
    Reason.SHORT: "it is short: a phrase of three or more syllables would be missed "
    "less and wake less by mistake",
}


class PhraseError(HearkenError):
    """A phrase cannot be a wake word; the message says why."""

    code = ErrorCode.BAD_REQUEST

    def __init__(self, reason: Reason) -> None:
        """Set the reason."""
        super().__init__(_TEXTS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that can be a wake word."""

    text: str
    language: str
    """Two or three letters."""
    advice: Reason | None = None

    @property
    def id(self) -> str:
        """Return the ID of the wake word."""
        return word_id(self.text)

    @property
    def advice_text(self) -> str | None:
        """Return what could be better, None if nothing."""
        return _TEXTS[self.advice] if self.advice else None


def check_phrase(text: str, language: str, *, force: bool = False) -> Phrase:
    """Return the phrase; raise PhraseError if it can be no wake word.

    The sounds are counted in espeak-ng's phonemes. With ``force``, a common or short
    phrase is accepted.
    """
    text = " ".join(text.split())
    language = language.lower().replace("_", "-").split("-")[0]
    words = [word for word in re.split(r"[\W_]+", text.casefold()) if word]
    if not _LETTER.search(text):
        raise PhraseError(Reason.EMPTY)
    if len(text) > MAX_CHARACTERS or len(words) > MAX_WORDS:
        raise PhraseError(Reason.TOO_LONG)
    if not _LANGUAGE.fullmatch(language):
        raise PhraseError(Reason.UNKNOWN_LANGUAGE)
    if not force and _COMMON.issuperset(words):
        raise PhraseError(Reason.TOO_COMMON)
    phonemes = _phonemes(text, language)
    syllables = len(_VOWELS.findall(phonemes))
    sounds = len(_MARKS.sub("", phonemes))
    if not force and (syllables < FEWEST_SYLLABLES or sounds < FEWEST_PHONEMES):
        raise PhraseError(Reason.TOO_SHORT)
    advice = Reason.SHORT if syllables < GOOD_SYLLABLES else None
    return Phrase(text, language, advice)


def says(heard: Sequence[str] | str, phrase: Phrase) -> bool:
    """Return whether a text contains the words of a phrase."""
    spoken = heard if isinstance(heard, str) else " ".join(heard)
    return f"_{phrase.id}_" in f"_{word_id(spoken)}_"


def _phonemes(text: str, language: str) -> str:
    """Return the phonemes; raise PhraseError if the language is not spoken."""
    voice = "cmn" if language == "zh" else language
    try:
        return output_of(ESPEAK, "-q", "--ipa", "-v", voice, "--", text)
    except SynthesisError as err:
        raise PhraseError(Reason.UNKNOWN_LANGUAGE) from err
