"""A connection that is made again whenever it is lost."""

import asyncio
import logging
import random
from typing import Final, Protocol

from ..const import (
    RECONNECT_MAX_SECONDS,
    RECONNECT_MIN_SECONDS,
    RECONNECT_REFUSED_MAX_SECONDS,
    RECONNECT_STALE_SECONDS,
    RECONNECT_STEADY_SECONDS,
    RETRY_MIN_SECONDS,
)
from ..errors import (
    HearkenError,
    InvalidKeyError,
    InvalidTokenError,
    NotHearkenError,
    ProtocolVersionError,
    SatelliteTakenError,
    WrongDeviceError,
    WrongKindError,
)

_LOGGER = logging.getLogger(__name__)

_REFUSALS: Final = (
    InvalidKeyError,
    InvalidTokenError,
    NotHearkenError,
    ProtocolVersionError,
    SatelliteTakenError,
    WrongDeviceError,
    WrongKindError,
)
"""Errors that last until someone puts them right; all others may be over soon."""


class Connector(Protocol):
    """Makes one connection at a time, uses it, and handles its loss."""

    @property
    def name(self) -> str:
        """Return what the log calls the peer."""

    async def serve(self) -> None:
        """Connect and use the connection; raise HearkenError when it ends.

        Call ``LastingConnection.hold`` as soon as the connection is made.
        """

    def on_failure(self, err: HearkenError) -> None:
        """Handle a failed attempt or a lost connection."""


class LastingConnection:
    """Keeps a connection, and tries again with a growing delay while there is none.

    While the peer is away, the delay stays at a few seconds, however long that takes:
    see docs/decisions/0015-back-within-seconds.md. For one that answers but refuses us,
    it grows further, because its owner has to put that right first.
    """

    def __init__(
        self, connector: Connector, *, is_first_failure_logged: bool = True
    ) -> None:
        """Prepare to connect; nothing happens before ``run``."""
        self._connector = connector
        self._is_first_failure_logged = is_first_failure_logged
        self._is_attempt_over = asyncio.Event()
        self._is_wanted = asyncio.Event()
        self._attempt: asyncio.Timeout | None = None
        self._attempt_at = 0.0
        self._held_at: float | None = None
        self._logged = set[type[Exception]]()
        self._is_loss_logged = False
        self.first_error: HearkenError | None = None
        """Why the first attempt failed; None after a connection."""
        self.connection_count = 0
        """Number of connections made so far."""

    async def first_attempt(self) -> None:
        """Wait until the first attempt has succeeded or failed."""
        await self._is_attempt_over.wait()

    def hold(self) -> None:
        """Note that the connection is made."""
        if self._is_loss_logged:
            _LOGGER.info("%s is connected again", self._connector.name)
        self._is_loss_logged = False
        self._held_at = _now()
        self.first_error = None
        self.connection_count += 1
        self._is_attempt_over.set()

    def retry_now(self) -> None:
        """Connect at once instead of after the delay, because the peer is back.

        Safe to call at any rate: attempts are at least RETRY_MIN_SECONDS apart. An
        attempt that has been under way for long is replaced by a new one, as it may be
        waiting for the answer to a packet that was sent before the peer was there.
        """
        self._is_wanted.set()
        if (
            self._attempt is not None
            and self._held_at is None
            and _now() - self._attempt_at >= RECONNECT_STALE_SECONDS
        ):
            self._attempt.reschedule(_now())

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        delay_seconds = float(RECONNECT_MIN_SECONDS)
        while True:
            err = await self._serve()
            if self._was_steady():
                delay_seconds = RECONNECT_MIN_SECONDS
                self._logged.clear()
            if err is not None:
                self._note_failure(err)
            is_refused = isinstance(err, _REFUSALS)
            limit = (
                RECONNECT_REFUSED_MAX_SECONDS if is_refused else RECONNECT_MAX_SECONDS
            )
            delay_seconds = min(delay_seconds, limit)
            await self._wait(delay_seconds)
            # The first refusal of a peer that was away may be part of its start.
            delay_seconds = min(delay_seconds * 2, limit)

    async def _serve(self) -> HearkenError | None:
        """Connect once; return why there is no connection any more.

        Return None for an attempt that ``retry_now`` replaces.
        """
        self._is_wanted.clear()
        self._held_at, self._attempt_at = None, _now()
        attempt = asyncio.timeout(None)
        try:
            async with attempt:
                self._attempt = attempt
                await self._connector.serve()
        except HearkenError as err:
            return err
        except Exception as err:  # noqa: BLE001 - whatever it is, others go on
            if not attempt.expired():
                return self._unexpected(err)
            self._is_wanted.set()
        finally:
            self._attempt = None
        return None

    def _was_steady(self) -> bool:
        """Return whether the last connection held; forget it."""
        held_at, self._held_at = self._held_at, None
        return held_at is not None and _now() - held_at >= RECONNECT_STEADY_SECONDS

    async def _wait(self, delay_seconds: float) -> None:
        """Wait for the next attempt, or until ``retry_now``."""
        # Many peers that lost one access point come back one by one.
        delay_seconds *= random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        try:
            async with asyncio.timeout(delay_seconds):
                await self._is_wanted.wait()
        except TimeoutError:
            return
        least_seconds = min(RETRY_MIN_SECONDS, delay_seconds)
        await asyncio.sleep(self._attempt_at + least_seconds - _now())

    def _unexpected(self, err: Exception) -> HearkenError:
        """Return the failure that an unexpected error amounts to; log each once."""
        if type(err) not in self._logged:
            self._logged.add(type(err))
            _LOGGER.error(
                "Unexpected error in the connection to %s",
                self._connector.name,
                exc_info=err,
            )
        failure = HearkenError(f"{type(err).__name__}: {err}")
        failure.__cause__ = err
        return failure

    def _note_failure(self, err: HearkenError) -> None:
        """Report why there is no connection; log each reason once."""
        is_first = not self._is_attempt_over.is_set()
        if is_first:
            self.first_error = err
        if type(err) not in self._logged and (
            self._is_first_failure_logged or not is_first
        ):
            _LOGGER.warning("%s is not connected: %s", self._connector.name, err)
            self._logged.add(type(err))
            self._is_loss_logged = True
        self._connector.on_failure(err)
        self._is_attempt_over.set()


def _now() -> float:
    """Return the time of the event loop."""
    return asyncio.get_running_loop().time()
