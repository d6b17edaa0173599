"""What all simulated devices have in common: they remember what they were told."""

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

if TYPE_CHECKING:
    from collections.abc import Callable

_RECORDED: Final = 1000


@dataclass(frozen=True)
class Command:
    """A request that changes a device."""

    method: str
    params: Any

    @override
    def __str__(self) -> str:
        """Return it as it is on the wire, without its ID."""
        return f"{self.method} {json.dumps(self.params, ensure_ascii=False)}"


class SimulatedDevice:
    """A device at an address of its own."""

    def __init__(self, model: str, device_id: int) -> None:
        """Set the model, and the ID that its maker gave it."""
        self.model = model
        self.device_id = device_id
        self.address = ""
        """Where it is reachable; set when it is served."""
        self.silent = False
        """Whether it was unplugged."""
        self.commands: deque[Command] = deque(maxlen=_RECORDED)
        """What changed it, the oldest first."""
        self.listener: Callable[[Command], None] = lambda _: None
        """Called with each command."""

    def record(self, command: Command) -> None:
        """Remember a command and tell the listener."""
        self.commands.append(command)
        self.listener(command)

    def unplug(self) -> None:
        """Answer nothing from now on."""
        self.silent = True

    @property
    def on(self) -> bool:
        """Return whether the device is on."""
        raise NotImplementedError

    def press(self, *, on: bool) -> None:
        """Switch it as the button on the device does: no command of anybody."""
        raise NotImplementedError
