"""Test the voices of espeak-ng and the choice among them."""

from typing import Final

import pytest

from hearken_speech.errors import LanguageError
from hearken_speech.tts.voices import choose_voice, parse_voices

# As printed by espeak-ng 1.51.
LISTING: Final = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  af              --/M      Afrikaans          gmw/af
 5  chr-US-Qaaa-x-west --/M      Cherokee_          iro/chr
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn  (zh 5)
 5  cmn-latn-pinyin --/M      Chinese_(Mandarin,_latin_as_Pinyin) sit/cmn-Latn
 5  de              --/M      German             gmw/de
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  en-gb-x-rp      --/M      English_(Received_Pronunciation) gmw/en-GB-x-rp
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  hak             --/M      Hakka_Chinese      sit/hak
 5  nb              --/M      Norwegian_Bokmål   gmq/nb               (no 5)
 5  ja              --/M      Japanese           jpx/ja
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR           (pt 6)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)
 5  yue             --/M      Cantonese_Jyutping sit/yue-Latn
"""
CHINESE: Final = ("zh", "zh-CN", "zh-TW", "zh-Hans", "zh-Hant", "zh-SG")


def test_the_table_of_voices_is_read() -> None:
    """espeak-ng's codes are mapped to standard language tags."""
    assert [(voice.name, voice.languages) for voice in parse_voices(LISTING)] == [
        ("af", ("af",)),
        ("cmn-latn-pinyin", CHINESE),
        ("de", ("de",)),
        ("en-gb", ("en-GB",)),
        ("en-us", ("en", "en-US")),
        ("fr-fr", ("fr", "fr-FR")),
        ("nb", ("nb", "no")),
        ("pt-br", ("pt-BR",)),
        ("yue", ("zh-HK", "yue")),
    ]


def test_voices_have_readable_names() -> None:
    """Underscores in names are replaced."""
    voices = {voice.name: voice.description for voice in parse_voices(LISTING)}
    assert voices["en-us"] == "English (America)"
    assert voices["nb"] == "Norwegian Bokmål"


@pytest.mark.parametrize("listing", ["", "\n\n", "Pty Language\n", "error: no data\n"])
def test_another_output_has_no_voices(listing: str) -> None:
    """Unexpected output gives no voices and no error."""
    assert parse_voices(listing) == []


@pytest.mark.parametrize(
    ("language", "name"),
    [
        (None, "en-us"),
        ("", "en-us"),
        ("en", "en-us"),
        ("en-US", "en-us"),
        ("en_GB", "en-gb"),
        ("EN-gb", "en-gb"),
        ("en-AU", "en-us"),
        ("de", "de"),
        ("de-CH", "de"),
        ("zh-CN", "cmn-latn-pinyin"),
        ("zh", "cmn-latn-pinyin"),
        ("zh-TW", "cmn-latn-pinyin"),
        ("zh-Hant-TW", "cmn-latn-pinyin"),
        ("zh-HK", "yue"),
        ("yue", "yue"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("gsw", "de"),
    ],
)
def test_a_language_finds_its_voice(language: str | None, name: str) -> None:
    """The region is matched first, then the language; English is the default."""
    assert choose_voice(parse_voices(LISTING), None, language).name == name


@pytest.mark.parametrize("language", ["xx", "tlh-KX", "-", "english", "e" * 1_000])
def test_an_unknown_language_is_an_error(language: str) -> None:
    """The error names the language, shortened."""
    with pytest.raises(LanguageError, match="no voice speaks the language") as error:
        choose_voice(parse_voices(LISTING), None, language)
    assert len(str(error.value)) < 200


def test_a_name_is_taken_as_it_is() -> None:
    """A voice name takes precedence over the language; an unknown one is an error."""
    voices = parse_voices(LISTING)
    assert choose_voice(voices, "de", "en").name == "de"
    with pytest.raises(LanguageError, match="no voice called"):
        choose_voice(voices, "de; rm -r", "en")


def test_voice_that_was_renamed_is_found() -> None:
    """A pipeline may name the voice that this one took the place of."""
    assert choose_voice(parse_voices(LISTING), "cmn", "zh").name == "cmn-latn-pinyin"
