"""Languages, by the names that those who speak them use."""

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
"""Regions that other speech engines tell apart."""
_SPEECH_LANGUAGES: Final = {"fil": "tl", "iw": "he", "jv": "jw", "nb": "no"}


def name_of(language: str) -> str:
    """Return the name of a language, its tag where that is all there is."""
    return _NAMES.get(language) or _NAMES.get(base_of(language)) or language


def names_of(languages: Iterable[str]) -> str:
    """Return the names of languages, in one line."""
    return ", ".join(name_of(language) for language in languages)


def speech_language(language: str) -> str:
    """Return how speech models call a language."""
    base = base_of(language)
    return _SPEECH_LANGUAGES.get(base, base)


def with_variants(languages: Iterable[str]) -> list[str]:
    """Return languages with all tags that Home Assistant may know them by.

    It compares tags letter by letter: one who asks for "en-GB" is refused by an
    engine that lists only "en".
    """
    languages = list(languages)
    known = {speech_language(language) for language in languages}
    tags = sorted({*LANGUAGES, *get_languages(), *_REGIONAL})
    variants = (tag for tag in tags if speech_language(tag) in known)
    return list(dict.fromkeys((*languages, *variants)))


def base_of(language: str) -> str:
    """Return a language without its region or script."""
    return language.replace("_", "-").partition("-")[0].lower()
