"""Pairing with a short code in place of the key.

This module exists twice, byte for byte: in the integration and in the app. A
test compares them.

Six digits could be guessed from a recording of any exchange that depends on them, so
both ends use a password-authenticated key exchange (SPAKE2, RFC 9382, in the library
of the same name): a listener learns nothing, and whoever does not know the code has
one guess for each exchange, which the satellite counts. Only then is the pairing key
sent, encrypted with what the exchange resulted in::

    Home Assistant                          satellite
    hearken-pair (message)             ->
                                       <-   hearken-pair (message)
    hearken-pair (confirmation)        ->
                                       <-   hearken-pair (encrypted key)

The connection is TLS with a key that is no secret, as the port speaks nothing else. It
protects nothing by itself; its name tells the satellite what the client wants.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import ssl
from dataclasses import dataclass
from typing import Any, Final, Protocol, override

from wyoming.event import Event, Eventable

from .fields import read_text
from .pairing import psk_context

SERVER_NAME: Final = "pairing.hearken.invalid"
"""Name by which a client asks for pairing with a code."""
DIGITS: Final = 6

_IDENTITY: Final = "hearken-code"
_NO_SECRET: Final = b"hearken pairing"
_HOME_ASSISTANT: Final = b"home assistant"
_SATELLITE: Final = b"satellite"


class WrongCodeError(Exception):
    """The other end does not know the same code."""


@dataclass(frozen=True, kw_only=True)
class Pair(Eventable):
    """One step of pairing with a code."""

    data: bytes

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a step of pairing."""
        return event_type == "hearken-pair"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-pair", data={"data": self.data.hex()})

    @staticmethod
    @override
    def from_event(event: Event) -> Pair:
        """Read the event; raise ValueError if its fields are invalid."""
        return Pair(data=bytes.fromhex(read_text(event.data or {}, "data")))


class _Exchange(Protocol):
    """What the library offers for both sides."""

    def start(self) -> bytes:
        """Return the message for the other end."""

    def finish(self, message: bytes) -> bytes:
        """Return the shared key, given the message of the other end."""


class _Side:
    """What both ends do in the same way."""

    def __init__(self, exchange: _Exchange) -> None:
        """Start one exchange, which allows the other end one guess."""
        self._exchange = exchange
        self._shared = b""
        self.message = exchange.start()
        """Message for the other end."""

    def _finish(self, message: bytes) -> None:
        """Take the message of the other end; raise WrongCodeError if it is none."""
        try:
            self._shared = self._exchange.finish(message)
        except Exception as err:
            # The library raises whatever its arithmetic does with nonsense.
            msg = "not a message of this exchange"
            raise WrongCodeError(msg) from err

    def _derived(self, purpose: bytes) -> bytes:
        """Return a key for one purpose."""
        return hmac.new(self._shared, purpose, hashlib.sha256).digest()


class CodeClient(_Side):
    """Home Assistant's side: it proves the code first."""

    def __init__(self, code: str) -> None:
        """Start with the code that the owner typed."""
        # Arithmetic on large integers; only pairing needs it.
        from spake2 import SPAKE2_A  # noqa: PLC0415

        super().__init__(SPAKE2_A(code.encode(), _HOME_ASSISTANT, _SATELLITE))

    def confirm(self, message: bytes) -> bytes:
        """Return the confirmation for the satellite, given its message."""
        self._finish(message)
        return self._derived(b"confirmation")

    def open(self, sealed: bytes) -> str:
        """Return the pairing key; raise WrongCodeError if it cannot be decrypted."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above

        try:
            opened = _cipher(self._derived(b"key")).decrypt(_NONCE, sealed, None)
            return str(opened, "utf-8")
        except (InvalidTag, ValueError) as err:
            msg = "the satellite does not know the code"
            raise WrongCodeError(msg) from err


class CodeServer(_Side):
    """The satellite's side."""

    def __init__(self, code: str) -> None:
        """Start with the code that the satellite shows."""
        from spake2 import SPAKE2_B  # noqa: PLC0415 - see above

        super().__init__(SPAKE2_B(code.encode(), _HOME_ASSISTANT, _SATELLITE))

    def answer(self, message: bytes) -> None:
        """Take the message of Home Assistant."""
        self._finish(message)

    def seal(self, confirmation: bytes, key: str) -> bytes:
        """Return the encrypted key; raise WrongCodeError for a wrong confirmation."""
        if not hmac.compare_digest(confirmation, self._derived(b"confirmation")):
            msg = "wrong code"
            raise WrongCodeError(msg)
        sealed = _cipher(self._derived(b"key")).encrypt(_NONCE, key.encode(), None)
        return bytes(sealed)


# Each key encrypts one message.
_NONCE: Final = bytes(12)


def _cipher(key: bytes) -> Any:
    """Return the cipher for a key that is used once."""
    from cryptography.hazmat.primitives.ciphers import aead  # noqa: PLC0415 - see above

    return aead.ChaCha20Poly1305(key)


def new_code() -> str:
    """Return a random code."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def read_code(text: str) -> str | None:
    """Return the code that a person typed, None if it is none, perhaps a key."""
    plain = "".join(text.split()).replace("-", "")
    return plain if len(plain) == DIGITS and plain.isdecimal() else None


def server_context() -> ssl.SSLContext:
    """Return the TLS context of the satellite for pairing with a code."""
    context = psk_context(ssl.PROTOCOL_TLS_SERVER)
    context.set_psk_server_callback(lambda _identity: _NO_SECRET, _IDENTITY)
    return context


def client_context() -> ssl.SSLContext:
    """Return the TLS context of Home Assistant for pairing with a code."""
    context = psk_context(ssl.PROTOCOL_TLS_CLIENT)
    context.set_psk_client_callback(lambda _hint: (_IDENTITY, _NO_SECRET))
    return context
