"""Test the typed keys and the TLS contexts derived from them."""

from typing import Final

import pytest

from hearken_speech.protocol import pairing

KEY: Final = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YA"


def test_keys_are_random_and_readable() -> None:
    """A key has seven groups of letters and digits, and is always new."""
    keys = {pairing.new_key() for _ in range(50)}
    assert len(keys) == 50
    for key in keys:
        assert [len(group) for group in key.split("-")] == [4] * 6 + [2]
        assert len(pairing.parse_key(key)) == pairing.KEY_BYTES


@pytest.mark.parametrize(
    "typed",
    [
        KEY.lower(),
        KEY.replace("-", ""),
        KEY.replace("-", " "),
        f"  {KEY}\n",
        KEY.replace("O", "0").replace("I", "1").replace("B", "8"),
    ],
)
def test_a_key_may_be_typed_carelessly(typed: str) -> None:
    """Case, spaces, hyphens and similar characters are ignored."""
    assert pairing.parse_key(typed) == pairing.parse_key(KEY)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-",
        KEY[:-1],
        KEY + "A",
        KEY * 2,
        "9" * 26,
        "ä" * 26,
        "=" * 26,
        "!" * 26,
    ],
)
def test_what_is_no_key_is_refused(typed: str) -> None:
    """Keys of the wrong length or with other letters raise ValueError."""
    with pytest.raises(ValueError, match="pairing key"):
        pairing.parse_key(typed)


def test_no_key_makes_no_tls() -> None:
    """Neither side can be set up with an invalid key."""
    for make in (pairing.server_context, pairing.client_context):
        with pytest.raises(ValueError, match="pairing key"):
            make("none")
