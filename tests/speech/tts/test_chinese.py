"""Test figures as Chinese words."""

import pytest

from hearken_speech.tts.chinese import chinese_figures


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "零"),
        ("10", "十"),
        ("12", "十二"),
        ("20", "二十"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("1005", "一千零五"),
        ("1050", "一千零五十"),
        ("10000", "一万"),
        ("10002", "一万零二"),
        ("10200", "一万零二百"),
        ("12000", "一万二千"),
        ("100001", "十万零一"),
        ("100010000", "一亿零一万"),
        ("123456789", "一亿二千三百四十五万六千七百八十九"),
        ("007", "零零七"),
        ("13800138000", "一三八零零一三八零零零"),
    ],
)
def test_numbers(digits: str, words: str) -> None:
    """Whole numbers are read by places, codes digit by digit."""
    assert chinese_figures(digits) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("现在是21.5度", "现在是二十一点五度"),
        ("湿度60%。", "湿度百分之六十。"),
        ("-5°C", "负五摄氏度"),
        ("\u22125.05 ℃", "负五点零五摄氏度"),
        ("1,234.5", "一千二百三十四点五"),
        ("现在12:30", "现在十二点三十分"),
        ("2:05和2:00", "两点零五分和两点"),
        ("2026年11月28日", "二零二六年十一月二十八日"),
        ("2个灯和12个灯", "两个灯和十二个灯"),
        ("第2个", "第二个"),
        ("3.5 kWh和20W", "三点五千瓦时和二十瓦"),
        ("20-25度", "二十-二十五度"),
        ("A4和W3C", "A4和W3C"),
        ("192.168.1.1", "192.168.1.1"),
        ("3 min", "三 min"),
    ],
)
def test_figures_in_texts(text: str, words: str) -> None:
    """Signs, units and times are words; letters and addresses stay."""
    assert chinese_figures(text) == words


def test_traditional_characters() -> None:
    """A Cantonese voice gets them in its own script."""
    assert chinese_figures("-10000.5%", is_traditional=True) == "百分之負一萬點五"
