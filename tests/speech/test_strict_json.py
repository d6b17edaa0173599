"""Test that JSON from outside is read strictly."""

import pytest

from hearken_speech import strict_json


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        '{"a": Infinity}',
        "[-Infinity]",
        "1e999",
        "-1e999",
        "1" * 20,
        "-" + "9" * 5_000,
        '"\\ud800"',
        '{"\\uDFFF": 1}',
        "[" * 100_000,
        b"\xff",
        "",
        "{'a': 1}",
    ],
    ids=lambda text: repr(text)[:16],
)
def test_what_others_could_not_read_is_refused(text: str | bytes) -> None:
    """Everything invalid raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(text)


def test_everything_else_is_read() -> None:
    """Numbers of 63 bits, pairs of surrogates and all types are valid."""
    text = '{"a": [1, -2.5e3, true, null, 999999999999999999], "\\ud83d\\ude00": "厨"}'
    assert strict_json.loads(text) == {
        "a": [1, -2500.0, True, None, 999_999_999_999_999_999],
        "😀": "厨",
    }
