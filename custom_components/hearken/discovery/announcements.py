"""mDNS announcements of servers and satellites. Independent of Home Assistant."""

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
    """Reports each announcement of a peer, even if it is in the cache already.

    A service browser does not: a peer that was killed sent no goodbye, so its previous
    announcement stays in the cache for up to 75 minutes and the next one is no change.
    """

    def __init__(self, zeroconf: Zeroconf, on_announced: Callable[[str], None]) -> None:
        """Call the function with the id of each peer that announces itself."""
        self._zeroconf = zeroconf
        self._on_announced = on_announced
        self._names: set[str] = set()

    @override
    def async_update_records(
        self, zc: Zeroconf, now: float, records: list[RecordUpdate]
    ) -> None:
        """Collect the services that a packet announces."""
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
        """Report the services, now that the whole packet is in the cache."""
        names, self._names = self._names, set()
        for name in names:
            peer_id = self._peer_id(name)
            if peer_id:
                self._on_announced(peer_id)

    def _peer_id(self, name: str) -> str | None:
        """Return the id of the peer, None if its announcement is incomplete."""
        try:
            service = AsyncServiceInfo(SERVICE_TYPE, name)
        except BadTypeInNameException:
            return None
        if not service.load_from_cache(self._zeroconf):
            return None
        return service.decoded_properties.get("id")
