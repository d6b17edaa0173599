"""Test the script and spelling of texts by the client's language."""

import pytest

from hearken_speech.stt.script import script_of

TRADITIONAL = "打開廚房的燈 把陽台的溫度調到 22 度"
SIMPLIFIED = "打开厨房的灯 把阳台的温度调到 22 度"


def written(text: str, tag: str, *names: str) -> str:
    """Return a text in the script of a language."""
    script = script_of(tag, names)
    return text if script is None else script.write(text)


@pytest.mark.parametrize(
    "tag", ["zh", "zh-CN", "zh_CN", "zh-SG", "zh-Hans", "zh-Hans-HK", "cmn", "yue-CN"]
)
@pytest.mark.parametrize("text", [TRADITIONAL, SIMPLIFIED])
def test_simplified(text: str, tag: str) -> None:
    """Both scripts become simplified."""
    assert written(text, tag) == SIMPLIFIED


@pytest.mark.parametrize(
    "tag", ["zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-hant-tw", "zh_TW.UTF-8", "yue"]
)
@pytest.mark.parametrize("text", [TRADITIONAL, SIMPLIFIED])
def test_traditional(text: str, tag: str) -> None:
    """Both scripts become traditional, as people write it."""
    assert written(text, tag) == TRADITIONAL


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("头发烘干了", "頭髮烘乾了"),
        ("干活", "幹活"),
        ("皇后在后面", "皇后在後面"),
        ("五公里里面只有一只猫", "五公里裡面只有一隻貓"),
        ("台湾的台灯", "台灣的檯燈"),
        ("十分钟的闹钟", "十分鐘的鬧鐘"),
        ("播放周杰伦的歌", "播放周杰倫的歌"),
    ],
)
def test_characters_with_several_meanings(simplified: str, traditional: str) -> None:
    """What a character means is taken from the words around it."""
    assert written(simplified, "zh-TW") == traditional
    assert written(traditional, "zh-CN") == simplified


def test_words_stay_those_that_were_said() -> None:
    """Words of another region are not put in the place of what was said."""
    assert written("打开打印机和鼠标", "zh-TW") == "打開打印機和鼠標"
    assert written("打開印表機和滑鼠", "zh-CN") == "打开印表机和滑鼠"


@pytest.mark.parametrize("tag", ["en", "de", "de-DE", "ja", "ko", "auto", "sr", ""])
def test_other_languages_are_left_alone(tag: str) -> None:
    """Japanese and all others stay as the model writes them."""
    assert script_of(tag) is None


def test_names_are_written_as_the_house_writes_them() -> None:
    """A name in the other script, or in an unusual spelling, still matches."""
    names = ("臺灣燈", "厨房灯", "檯燈")
    assert written("打开台湾灯", "zh-TW", *names) == "打開臺灣燈"
    assert written("打开厨房灯", "zh-TW", *names) == "打開厨房灯"
    assert written("打開檯燈和廚房燈", "zh-CN", *names) == "打开檯燈和厨房灯"


def test_longer_name_comes_first() -> None:
    """A name that contains another one is kept as a whole."""
    names = ("檯燈", "書房檯燈")
    assert written("打开书房台灯", "zh-CN", *names) == "打开書房檯燈"


def test_name_of_one_character_is_not_kept() -> None:
    """It may be part of any word."""
    assert written("打扫干净", "zh-CN", "乾") == "打扫干净"


def test_swiss_german_has_no_eszett() -> None:
    """Home Assistant's sentences for Switzerland are written that way."""
    assert written("Schließe die Tür zur Straße", "de-CH") == (
        "Schliesse die Tür zur Strasse"
    )
    assert written("Große Straße", "de-LI", "Straße") == "Grosse Straße"


def test_serbian_in_latin_letters() -> None:
    """Only the tag with this script asks for it."""
    assert written("Упали светло, Љубице! Џем", "sr-Latn-RS") == (
        "Upali svetlo, Ljubice! Džem"
    )
    assert written("Upali TV", "sr-Latn") == "Upali TV"
