"""Devices that speak miIO, the protocol of Xiaomi's Wi-Fi devices."""

from tests.simulators.device import Command
from tests.simulators.miio.device import MiioDevice, Refusal
from tests.simulators.miio.endpoint import PORT, serve
from tests.simulators.miio.models import MODELS, build

__all__ = ["MODELS", "PORT", "Command", "MiioDevice", "Refusal", "build", "serve"]
