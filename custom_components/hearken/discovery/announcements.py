"""Announcements of servers and satellites, by mDNS. Knows no Home Assistant."""

from collections.abc import Callable
from typing import Final, override

from zeroconf import (  # type: ignore[attr-defined]
    BadTypeInNameException,
    DNSPointer,
    RecordUpdate,
    RecordUpdateListener,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceInfo

SERVICE_TYPE: Final = "_hearken._tcp.local."


class AnnouncementListener(RecordUpdateListener):
    """Reports each announcement of a peer, even of one that is known already.

    A browser does not: a peer that was killed said no goodbye, so its next announcement
    changes nothing while the one before is in the cache, which is up to 75 minutes.
    """

    def __init__(self, zeroconf: Zeroconf, on_announced: Callable[[str], None]) -> None:
        """Report the id of each peer that announces itself to this function."""
        self._zeroconf = zeroconf
        self._on_announced = on_announced
        self._names: set[str] = set()

    @override
    def async_update_records(
        self, zc: Zeroconf, now: float, records: list[RecordUpdate]
    ) -> None:
        """Remember the services that a packet announces."""
        for update in records:
            record = update.new
            if (
                isinstance(record, DNSPointer)
                and record.key == SERVICE_TYPE
                and not record.is_expired(now)
            ):
                self._names.add(record.alias)

    @override
    def async_update_records_complete(self) -> None:
        """Report the services, now that the cache has the rest of the packet."""
        names, self._names = self._names, set()
        for name in names:
            peer_id = self._peer_id(name)
            if peer_id:
                self._on_announced(peer_id)

    def _peer_id(self, name: str) -> str | None:
        """Return the id that a service tells, if it is complete."""
        try:
            service = AsyncServiceInfo(SERVICE_TYPE, name)
        except BadTypeInNameException:
            return None
        if not service.load_from_cache(self._zeroconf):
            return None
        return service.decoded_properties.get("id")
