"""A light that speaks Yeelight's protocol: JSON in lines over TCP, found by SSDP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, override

from tests.simulators.device import Command, SimulatedDevice
from tests.simulators.loopback import addresses

PORT: Final = 55443
SEARCH_PORT: Final = 1982
_LONGEST_LINE: Final = 4096
_NEEDS_POWER: Final = {"set_bright", "set_ct_abx", "set_rgb", "set_hsv", "start_cf"}
type _Range = tuple[str, int, int]
_SETTINGS: Final[Mapping[str, tuple[tuple[_Range, ...], Mapping[str, str]]]] = {
    "set_bright": ((("bright", 1, 100),), {}),
    "set_rgb": ((("rgb", 0, 0xFFFFFF),), {"color_mode": "1"}),
    "set_ct_abx": ((("ct", 1_700, 6_500),), {"color_mode": "2"}),
    "set_hsv": ((("hue", 0, 359), ("sat", 0, 100)), {"color_mode": "3"}),
}
"""Methods, with the property and range of each parameter, and the mode they lead to."""

_ALWAYS: Final = (
    "get_prop set_default set_power toggle set_bright start_cf stop_cf set_scene "
    "cron_add cron_get cron_del set_ct_abx set_name set_adjust"
)
_WHITE: Final = {"power": "off", "bright": "100", "ct": "4000", "color_mode": "2"}
_COLOR: Final = {"rgb": "16711680", "hue": "359", "sat": "100"}
MODELS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "color4": (f"{_ALWAYS} set_rgb set_hsv", _WHITE | _COLOR),
    "stripe": (f"{_ALWAYS} set_rgb set_hsv", _WHITE | _COLOR),
    "ceiling1": (_ALWAYS, _WHITE | {"active_mode": "0", "nl_br": "0"}),
    "lamp1": (_ALWAYS, _WHITE),
}
"""The methods and properties of each model."""


class Yeelight(SimulatedDevice):
    """One light; knows no socket."""

    def __init__(self, model: str, device_id: int = 1) -> None:
        """Set the model, and switch the light off."""
        super().__init__(model, device_id)
        self.support, state = MODELS[model]
        self.state = dict(state)
        self.state["name"] = ""
        self.hang_up: Callable[[], None] = lambda: None
        """Closes all connections; set when it is served."""
        self.announce: Callable[[dict[str, str]], None] = lambda _: None
        """Tells all connections what has changed; set when it is served."""

    @override
    def unplug(self) -> None:
        super().unplug()
        self.hang_up()

    @property
    @override
    def on(self) -> bool:
        return self.state["power"] == "on"

    @override
    def press(self, *, on: bool) -> None:
        self._change({"power": "on" if on else "off"})

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        """Carry out a request and return the answer, without its ID."""
        if method not in self.support.split():
            return _refusal("method not supported")
        if method == "get_prop":
            return {"result": [self.state.get(str(name), "") for name in params]}
        if method in _NEEDS_POWER and not self.on:
            return _refusal("general error")
        try:
            self._change(self._changes(method, params))
        except (IndexError, TypeError, ValueError):
            return _refusal("invalid params")
        self.record(Command(method, params))
        return {"result": ["ok"]}

    def _change(self, new: dict[str, str]) -> None:
        """Set properties, and announce those that are different."""
        different = {
            name: value for name, value in new.items() if value != self.state[name]
        }
        self.state |= different
        if different:
            self.announce(different)

    def _changes(self, method: str, params: list[Any]) -> dict[str, str]:
        """Return the new values of the properties that a request changes."""
        if method == "toggle":
            return {"power": "off" if self.on else "on"}
        if method == "set_power":
            if params[0] not in {"on", "off"}:
                raise ValueError(params[0])
            return {"power": params[0]}
        ranges, mode = _SETTINGS.get(method, ((), {}))
        values = [
            _within(params[place], least, most)
            for place, (_, least, most) in enumerate(ranges)
        ]
        names = [name for name, _, _ in ranges]
        return {**dict(zip(names, values, strict=True)), **mode}

    def described(self) -> bytes:
        """Return the answer to a search for lights."""
        lines = {
            "Cache-Control": "max-age=3600",
            "Date": "",
            "Ext": "",
            "Location": f"yeelight://{self.address}:{PORT}",
            "Server": "POSIX UPnP/1.0 YGLC/1",
            "id": f"{self.device_id:#018x}",
            "model": self.model,
            "fw_ver": "76",
            "support": self.support,
            **self.state,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode()


def _within(value: Any, least: int, most: int) -> str:
    """Return a number as the light tells it; clients may send 20.0."""
    number = int(value)
    if not least <= number <= most:
        raise ValueError(value)
    return str(number)


def _refusal(message: str) -> dict[str, Any]:
    return {"error": {"code": -1, "message": message}}


class _Control:
    """The connections to one light; all of them are told what changes."""

    def __init__(self, light: Yeelight) -> None:
        """Control this light."""
        self._light = light
        light.hang_up = self.close
        light.announce = self._announce
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection until it ends."""
        self._writers.add(writer)
        try:
            while not self._light.silent and (line := await reader.readline()):
                self._take(line, writer)
        except (ConnectionError, ValueError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _take(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        request = json.loads(line)
        answer = self._light.answer(request["method"], request.get("params", []))
        _send(writer, {"id": request["id"], **answer})

    def _announce(self, changed: dict[str, str]) -> None:
        """Tell all connections what has changed."""
        for writer in self._writers:
            _send(writer, {"method": "props", "params": changed})

    def close(self) -> None:
        """Close all connections."""
        for writer in tuple(self._writers):
            writer.close()


def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(json.dumps(message).encode() + b"\r\n")


class _Search(asyncio.DatagramProtocol):
    """Answers those who look for lights."""

    def __init__(self, light: Yeelight) -> None:
        """Announce this light."""
        self._light = light
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if (
            self._transport is not None
            and not self._light.silent
            and data.startswith(b"M-SEARCH")
            and b"wifi_bulb" in data
        ):
            self._transport.sendto(self._light.described(), addr)


@contextlib.asynccontextmanager
async def serve(lights: Iterable[Yeelight]) -> AsyncIterator[None]:
    """Serve lights until the context ends; their addresses are set."""
    free = addresses()
    endings: list[Callable[[], None]] = []
    try:
        for light in lights:
            endings += await _bind(light, free)
        yield
    finally:
        for end in endings:
            end()


async def _bind(light: Yeelight, free: Iterable[str]) -> list[Callable[[], None]]:
    """Take the first address that nobody has; return what frees it."""
    loop = asyncio.get_running_loop()
    control = _Control(light)
    for light.address in free:
        with contextlib.suppress(OSError):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Search(light), (light.address, SEARCH_PORT)
            )
            try:
                server = await asyncio.start_server(
                    control.serve, light.address, PORT, limit=_LONGEST_LINE
                )
            except OSError:
                transport.close()
                raise
            return [server.close, control.close, transport.close]
    msg = "no address is free"
    raise OSError(msg)
