"""Test the typed keys and the TLS contexts derived from them."""

import ssl
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


def shake_hands(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> tuple[str, str, int] | None:
    """Return the cipher that both agree on, or None if they do not."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(up, down, server_side=True),
        client.wrap_bio(down, up),
    ]
    done: set[int] = set()
    for _ in range(10):
        for number, end in enumerate(ends):
            try:
                end.do_handshake()
                done.add(number)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return None
    assert done == {0, 1}
    return ends[0].cipher()


def peer(protocol: int, ciphers: str) -> ssl.SSLContext:
    """Return a context of a peer that knows the key and proposes other ciphers."""
    secret = pairing.parse_key(KEY)
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        context.set_psk_server_callback(lambda _: secret)
    else:
        context.set_psk_client_callback(lambda _: ("hearken", secret))
    return context


def test_both_ends_agree() -> None:
    """The same key and a key exchange of this connection alone are used."""
    cipher = shake_hands(pairing.server_context(KEY), pairing.client_context(KEY))

    assert cipher is not None
    name, version, bits = cipher
    assert (name, version, bits) == ("ECDHE-PSK-CHACHA20-POLY1305", "TLSv1.2", 256)


def test_keys_are_not_exchanged_again() -> None:
    """A peer cannot make the other end compute new keys all the time."""
    for make in (pairing.server_context, pairing.client_context):
        context = make(KEY)
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert context.minimum_version is context.maximum_version


def test_another_key_is_refused() -> None:
    """Nobody gets in with the key of another satellite."""
    other = pairing.new_key()

    assert (
        shake_hands(pairing.server_context(KEY), pairing.client_context(other)) is None
    )


PLAIN: Final = "PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:PSK-AES128-CBC-SHA256"
FORWARD: Final = "ECDHE-PSK-CHACHA20-POLY1305"


@pytest.mark.parametrize(("ciphers", "agree"), [(PLAIN, False), (FORWARD, True)])
def test_recorded_sound_stays_secret(ciphers: str, *, agree: bool) -> None:
    """A key that leaks later opens no recording: plain PSK is refused by both ends."""
    client = peer(ssl.PROTOCOL_TLS_CLIENT, ciphers)
    server = peer(ssl.PROTOCOL_TLS_SERVER, ciphers)

    assert bool(shake_hands(pairing.server_context(KEY), client)) is agree
    assert bool(shake_hands(server, pairing.client_context(KEY))) is agree


def test_owner_is_told_when_the_key_is_asked() -> None:
    """A client learns that the other end speaks TLS, before the key is judged."""
    asked: list[bool] = []
    client = pairing.client_context(KEY, lambda: asked.append(True))

    assert shake_hands(pairing.server_context(pairing.new_key()), client) is None
    assert asked == [True]
