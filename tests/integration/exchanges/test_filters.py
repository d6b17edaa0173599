"""Test the options of triggers that filter exchanges."""

from __future__ import annotations

import unicodedata

import pytest

from custom_components.hearken.exchanges.exchange import Exchange
from custom_components.hearken.exchanges.filters import passes


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("wanted", "said", "is_found"),
    [
        ("Tür", "Mach die Tür zu!", True),
        ("Tür", "die türkise Lampe", False),
        ("öl", "Wie weit ist es nach Köln?", False),
        ("straße", "in der STRASSE", True),
        ("istanbul", "İstanbul saati", True),
        ("свет", "включи свет", True),
        ("свет", "включи светильник", False),
        ("wifi", "打开wifi灯", True),
        ("wi", "打开wifi灯", False),
        ("WiFi", "打开\uff37\uff49\uff26\uff49灯", True),
        ("wifi灯", "打开wifi灯。", True),
        ("卧室", "打开厨房灯。", False),
        ("हिन्दी", "हिन्दी बोलो", True),
        ("की", "का", False),
        ("कमर", "कमरा", False),
        ("ไฟ", "เปิดไฟ", True),
        ("ที", "ที่", False),
        ("ریموت", "ریموت\u200c\u200b کجاست", True),
        ("light", "li\u00adght on", True),
        ("نور", "نُورٌ هنا", True),
        ("شغّل", "شغل الضوء", True),
        ("ضوء", "الضوء", False),
        ("שלום", "שָׁלוֹם", True),
        ("мой", "мо\u0301й дом", True),
        ("мои", "мой дом", False),
        ("5", "٥ دقيقة", True),  # noqa: RUF001
        ("५", "5 मिनट", True),
        ("ガレージ", "ｶﾞﾚｰｼﾞを開けて", True),
        ("거실", "거실등 켜", False),
        ("ภ\u0e32\u0e1e", "ภาพ", True),
        ("3", "auf 3.5 Grad", False),
        ("3.5", "auf 3,5 Grad", True),
        ("10", "um 10:30 Uhr", False),
        ("10:30", "um １０:３０.", True),  # noqa: RUF001
        ("30", "1, 2, 30.", True),
    ],
)
def test_words_in_every_script(
    wanted: str,
    said: str,
    is_found: bool,  # noqa: FBT001 - one of the parameters of the test
    form: str,
) -> None:
    """A text matches whole words only, however its letters are encoded."""
    exchange = Exchange(text=unicodedata.normalize(form, said))  # type: ignore[arg-type]
    assert passes({"text": [wanted]}, exchange) is is_found
    decomposed = unicodedata.normalize("NFD", wanted)
    assert passes({"text": ["never said", decomposed]}, exchange) is is_found
