"""The key that a satellite and Home Assistant share, and TLS based on it.

This module exists twice, byte for byte: in the integration and in the app. A
test compares them.

The satellite creates the key and shows it to its user, who enters it in Home
Assistant once. Both ends prove to each other that they know it (TLS with a
pre-shared key and an ephemeral exchange, RFC 4279 and RFC 5489), so nobody else
on the network can listen to the microphone or speak through the speaker.
"""

from __future__ import annotations

import base64
import secrets
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES: Final = 16
_IDENTITY: Final = "hearken"
# TLS 1.3 has pre-shared keys too, but Python's callbacks support only TLS 1.2.
_CIPHERS: Final = "ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384"
_GROUP_LENGTH: Final = 4


def new_key() -> str:
    """Return a new random key of 128 bits in the form that users type."""
    text = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    groups = range(0, len(text), _GROUP_LENGTH)
    return "-".join(text[start : start + _GROUP_LENGTH] for start in groups)


def parse_key(text: str) -> bytes:
    """Return the bytes of a key; raise ValueError if it is invalid.

    Case, spaces and hyphens do not matter, and 0, 1 and 8 are read as the letters
    that they resemble, because the alphabet contains none of them.
    """
    plain = "".join(text.split()).replace("-", "").upper()
    plain = plain.translate(str.maketrans("018", "OIB"))
    try:
        key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError as err:
        msg = "not a pairing key"
        raise ValueError(msg) from err
    if len(key) != KEY_BYTES:
        msg = "a pairing key has 26 letters and digits"
        raise ValueError(msg)
    return key


def server_context(key: str) -> ssl.SSLContext:
    """Return the TLS context of the listening end (the satellite)."""
    context, secret = psk_context(ssl.PROTOCOL_TLS_SERVER), parse_key(key)

    def secret_of(identity: str | None) -> bytes:
        return secret if identity == _IDENTITY else b""

    context.set_psk_server_callback(secret_of, _IDENTITY)
    return context


def client_context(
    key: str, on_asked: Callable[[], None] = lambda: None
) -> ssl.SSLContext:
    """Return the TLS context of the connecting end (Home Assistant).

    ``on_asked`` is called when the other end has answered and asks for the key.
    """
    context, secret = psk_context(ssl.PROTOCOL_TLS_CLIENT), parse_key(key)

    def secret_for(_hint: str | None) -> tuple[str, bytes]:
        on_asked()
        return _IDENTITY, secret

    context.set_psk_client_callback(secret_for)
    return context


def psk_context(protocol: int) -> ssl.SSLContext:
    """Return a context that authenticates only by the shared key."""
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    return context
