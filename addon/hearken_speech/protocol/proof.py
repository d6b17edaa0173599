"""Proof that the sender knows the token of a server."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import override

from wyoming.event import Event, Eventable

from .fields import read_text

_PURPOSE = b"hearken-proof\0"
_NONCE_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Proof(Eventable):
    """Prove to a server that the sender knows its token; there is no answer.

    A sender that proves it is served before strangers, and its vocabulary is kept. The
    token itself is not sent. Whoever reads along could send the same proof again, and
    would gain no more than that.
    """

    nonce: str
    code: str
    """Message authentication code of the nonce, with the token as its key."""

    @staticmethod
    def of(token: str) -> Proof:
        """Return a proof for a token."""
        nonce = secrets.token_hex(_NONCE_BYTES)
        return Proof(nonce=nonce, code=_code(token, nonce))

    def proves(self, token: str) -> bool:
        """Return whether the sender knows this token."""
        return bool(token) and hmac.compare_digest(
            self.code.encode(), _code(token, self.nonce).encode()
        )

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a proof."""
        return event_type == "hearken-proof"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-proof", data={"nonce": self.nonce, "code": self.code}
        )

    @staticmethod
    @override
    def from_event(event: Event) -> Proof:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return Proof(
            nonce=read_text(data, "nonce", required=True),
            code=read_text(data, "code", required=True),
        )


def _code(token: str, nonce: str) -> str:
    """Return the message authentication code of a nonce."""
    return hmac.digest(token.encode(), _PURPOSE + nonce.encode(), "sha256").hex()
