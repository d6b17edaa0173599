"""Languages: their own names, their tags, and the words of a text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from home_assistant_intents import get_languages
from homeassistant.generated.languages import LANGUAGES

_NAMES: Final[Mapping[str, str]] = {
    "af": "Afrikaans",
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "cy": "Cymraeg",
    "da": "Dansk",
    "de": "Deutsch",
    "de-CH": "Deutsch (Schweiz)",
    "el": "Ελληνικά",
    "en": "English",
    "en-GB": "English (GB)",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "gl": "Galego",
    "gu": "ગુજરાતી",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "hy": "Հայերեն",
    "id": "Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "ka": "ქართული",
    "kn": "ಕನ್ನಡ",
    "ko": "한국어",
    "kw": "Kernewek",
    "lb": "Lëtzebuergesch",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "ml": "മലയാളം",
    "mn": "Монгол",
    "ms": "Bahasa Melayu",
    "nb": "Norsk bokmål",
    "ne": "नेपाली",
    "nl": "Nederlands",
    "no": "Norsk",
    "pa": "ਪੰਜਾਬੀ",
    "pl": "Polski",
    "pt": "Português",
    "pt-BR": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sr-Latn": "Srpski",
    "sv": "Svenska",
    "sw": "Kiswahili",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
    "zh-CN": "中文 (简体)",
    "zh-HK": "中文 (香港)",
    "zh-Hans": "中文 (简体)",
    "zh-Hant": "中文 (繁體)",
    "zh-TW": "中文 (繁體)",
}

_REGIONAL: Final = (
    *("de-AT", "de-DE", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-US", "en-ZA"),
    *("es-ES", "es-MX", "fr-BE", "fr-CA", "fr-CH", "fr-FR", "it-CH", "it-IT"),
    *("nl-BE", "nl-NL", "pl-PL", "pt-PT", "ru-RU", "sv-SE", "uk-UA"),
)
"""Regions that other speech engines distinguish."""
_SPEECH_LANGUAGES: Final = {
    "cmn": "zh",
    "fil": "tl",
    "gsw": "de",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "jv": "jw",
    "nb": "no",
}
_NEAREST: Final = {"nn": "no", "yue": "zh"}
"""Languages that few models know, and what the server listens for instead."""

SPACELESS: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff"  # Tibetan
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d"  # Chinese, Japanese
    "\U00020000-\U0003ffff"  # rare Chinese characters
)
"""Characters of scripts that put no spaces between words, for a regular expression.

The speech server knows the languages that are written in them by their codes.
"""
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")
_WORD_CATEGORIES: Final = "LMN"
"""Letters, marks and numbers; without its marks, an Indic word loses its vowels."""
_JOINERS: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Characters without a width, which only say how others are drawn."""
_OPTIONAL_MARKS: Final = re.compile(
    "[\u064b-\u0652\u0656-\u065f\u0670\u0640"  # Arabic vowels, stretched lines
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\ufe0e\ufe0f]"  # how a symbol is drawn
    "|(?<=[\u0400-\u04ff])[\u0300\u0301]"  # Cyrillic stress
)
"""Marks that some write, and others leave out."""
_LONG_NUMBER: Final = re.compile(r"(\d+(?:[.,:]\d+)+)")


def name_of(language: str) -> str:
    """Return the name of a language in that language, or its tag if it has none."""
    return _NAMES.get(language) or _NAMES.get(base_of(language)) or language


def names_of(languages: Iterable[str]) -> str:
    """Return the names of languages on one line."""
    return ", ".join(name_of(language) for language in languages)


def speech_language(language: str) -> str:
    """Return the code that speech models use for a language."""
    base = base_of(language)
    return _SPEECH_LANGUAGES.get(base, base)


def with_variants(languages: Iterable[str]) -> list[str]:
    """Return languages with all tags that Home Assistant may use for them.

    It compares tags literally: a request for "en-GB" is refused by an engine that
    lists only "en".
    """
    languages = list(languages)
    known = {speech_language(language) for language in languages}
    tags = sorted({*LANGUAGES, *get_languages(), *_REGIONAL})
    variants = (
        tag
        for tag in tags
        if not known.isdisjoint({code := speech_language(tag), _NEAREST.get(code)})
    )
    return list(dict.fromkeys((*languages, *variants)))


def base_of(language: str) -> str:
    """Return a language without its region or script."""
    return language.replace("_", "-").partition("-")[0].lower()


def plain_form(text: str) -> str:
    """Return a text in one of the ways in which it can be encoded and written.

    Letters keep their case, numbers get digits from 0 to 9, and optional marks go.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_JOINERS)
    # Nobody types the two parts of this vowel in Thai and Lao.
    plain = plain.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    plain = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), plain)
    return _OPTIONAL_MARKS.sub("", plain)


def bare_words(text: str | None) -> str:
    """Return the words of a text in lower case, without punctuation.

    Texts that look the same yield the same words, however they are encoded.
    """
    # Turkish has a dotted capital I, whose dot would stay as a mark of its own.
    plain = plain_form(text or "").casefold().replace("i\u0307", "i")
    return " ".join(
        "".join(
            letter if unicodedata.category(letter)[0] in _WORD_CATEGORIES else " "
            for letter in unicodedata.normalize("NFKC", plain)
        ).split()
    )


def units_of(text: str | None) -> tuple[str, ...]:
    """Return the words of a text, and single characters where there are no spaces.

    A word of another script is one unit even inside such a text, and so is a number
    such as 3.5 or 10:30.
    """
    units: list[str] = []
    for number, part in enumerate(_LONG_NUMBER.split(plain_form(text or ""))):
        if number % 2:
            units.append(part.replace(",", "."))
        else:
            units += _units_between_numbers(part)
    return tuple(units)


def _units_between_numbers(text: str) -> list[str]:
    """Return the units of a text without long numbers."""
    units: list[str] = []
    is_open = False
    for letter in bare_words(text):
        if letter == " ":
            is_open = False
        elif unicodedata.category(letter)[0] == "M" and units:
            units[-1] += letter
        elif is_spaceless(letter):
            units.append(letter)
            is_open = False
        elif is_open:
            units[-1] += letter
        else:
            units.append(letter)
            is_open = True
    return units


def is_spaceless(text: str) -> bool:
    """Return whether a text is in a script without spaces between words."""
    return _SPACELESS.search(text) is not None
