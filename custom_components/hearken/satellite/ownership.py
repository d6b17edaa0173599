"""Who a satellite belongs to, if several Home Assistants know its key."""

from hashlib import sha256

from homeassistant.core import HomeAssistant
from homeassistant.helpers import instance_id

from ..client.connection import Address, probe
from ..protocol import Hello, PeerKind


async def async_hello(hass: HomeAssistant, *, takes_over: bool = False) -> Hello:
    """Return how this Home Assistant introduces itself to satellites."""
    uuid = await instance_id.async_get(hass)
    return Hello(
        instance=sha256(f"hearken {uuid}".encode()).hexdigest()[:32],
        takes_over=takes_over,
    )


async def async_take_over(hass: HomeAssistant, address: Address) -> None:
    """Move a satellite here from another Home Assistant; raise HearkenError if not."""
    await probe(address, PeerKind.SATELLITE, await async_hello(hass, takes_over=True))
