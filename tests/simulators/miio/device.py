"""What all simulated miIO devices have in common."""

from abc import ABC, abstractmethod
from typing import Any, Final

from tests.simulators.device import Command, SimulatedDevice
from tests.simulators.miio.packet import TOKEN_BYTES

UNKNOWN_METHOD: Final = -32601
INVALID: Final = -5001


class Refusal(Exception):  # noqa: N818 - an answer, not an error of this program
    """Raised by a device that answers a request with an error."""

    def __init__(self, code: int, message: str) -> None:
        """Set what the answer says."""
        super().__init__(message)
        self.code = code
        self.message = message


class MiioDevice(SimulatedDevice, ABC):
    """A device with a state, behind requests and answers; knows no socket."""

    firmware = "2.1.6"

    def __init__(self, model: str, token: bytes, device_id: int = 1) -> None:
        """Give the device its model, the token of its owner, and an ID."""
        super().__init__(model, device_id)
        assert len(token) == TOKEN_BYTES
        self.token = token

    @property
    def mac(self) -> str:
        """Return the address of its network card."""
        number = self.device_id.to_bytes(4)
        return "54:48:" + ":".join(f"{byte:02X}" for byte in number)

    def answer(self, method: str, params: Any) -> Any:
        """Return the result of a request, or raise Refusal."""
        if method == "miIO.info":
            return self._info()
        result = self.carry_out(method, params)
        if self.changes(method):
            self.record(Command(method, params))
        return result

    def _info(self) -> dict[str, Any]:
        return {
            "life": 86_400,
            "model": self.model,
            "fw_ver": self.firmware,
            "hw_ver": "ESP8266",
            "mac": self.mac,
            "token": self.token.hex(),
            "ap": {"ssid": "home", "bssid": "02:00:00:00:00:01", "rssi": -48},
            "netif": {
                "localIp": self.address,
                "mask": "255.0.0.0",
                "gw": "127.0.0.1",
            },
        }

    def changes(self, method: str) -> bool:
        """Return whether the request that was just carried out changed something."""
        return not method.startswith("get_")

    @abstractmethod
    def carry_out(self, method: str, params: Any) -> Any:
        """Carry out a request and return its result, or raise Refusal."""
