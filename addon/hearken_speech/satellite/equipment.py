"""The devices of a satellite, as its options name them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.audio import wav
from hearken_speech.satellite.devices.buttons import Buttons, Wiring
from hearken_speech.satellite.devices.device_microphone import DeviceMicrophone
from hearken_speech.satellite.devices.device_speaker import DeviceSpeaker
from hearken_speech.satellite.devices.ducking import Ducker, NoDucker, PulseDucker
from hearken_speech.satellite.devices.echo import (
    EchoCancelledMicrophone,
    EchoReference,
)
from hearken_speech.satellite.devices.enhancer import (
    AutoGain,
    Enhancer,
    Enhancers,
    NoEnhancer,
)
from hearken_speech.satellite.devices.file_microphone import (
    FileMicrophone,
    FolderMicrophone,
)
from hearken_speech.satellite.devices.file_speaker import FileSpeaker, RealTime
from hearken_speech.satellite.devices.hardware import (
    Hardware,
    NoHardware,
    Part,
    Parts,
)
from hearken_speech.satellite.devices.hooks import HookCommand, HookSocket
from hearken_speech.satellite.devices.lights import (
    MAX_LEDS,
    Apa102,
    GpioLed,
    Led,
    Lights,
)
from hearken_speech.satellite.devices.listing import DEFAULT
from hearken_speech.satellite.devices.microphone import Microphone, MicrophoneError
from hearken_speech.satellite.devices.speaker import NoSpeaker, Speaker, SpeakerError
from hearken_speech.satellite.devices.speex import (
    SpeexError,
    SpeexNoiseReduction,
)
from hearken_speech.satellite.options import OptionsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.satellite.options import SatelliteOptions

_LOGGER = logging.getLogger(__name__)

_SPI: Final = Path("/dev/spidev0.0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Equipment:
    """Microphone, speaker, and what is between them and the satellite."""

    microphone: Microphone
    speaker: Speaker
    enhancer: Enhancer
    ducker: Ducker
    hardware: Hardware


def equip(options: SatelliteOptions) -> Equipment:
    """Return the devices of these options; raise a HearkenError for wrong names.

    A device that is not there now is no error: it is waited for.
    """
    reference = EchoReference()
    microphone = make_microphone(options.microphone, options.channel)
    speaker = make_speaker(options.speaker, reference)
    is_real = isinstance(speaker, DeviceSpeaker)
    if is_real and options.echo_cancelling:
        microphone = EchoCancelledMicrophone(microphone, reference)
    return Equipment(
        microphone=microphone,
        speaker=speaker,
        enhancer=make_enhancer(options),
        ducker=make_ducker(options) if is_real else NoDucker(),
        hardware=make_hardware(options),
    )


def make_ducker(options: SatelliteOptions) -> Ducker:
    """Return what turns other sound on the same speaker down."""
    if not options.ducking:
        return NoDucker()
    return PulseDucker(options.speaker.partition(":")[2])


def make_microphone(text: str, channel: int | None = None) -> Microphone:
    """Return the microphone that the options name."""
    kind, _, rest = text.partition(":")
    if kind == "device":
        return DeviceMicrophone(rest or DEFAULT, channel)
    if kind == "silence":
        return FileMicrophone()
    if kind == "file" and rest:
        return FileMicrophone(wav.read(Path(rest)))
    if kind == "folder" and rest:
        if not Path(rest).is_dir():
            msg = f"there is no folder {rest} for the microphone"
            raise MicrophoneError(msg)
        return FolderMicrophone(Path(rest))
    msg = (
        f"no microphone {text!r}: use device, device:NAME, silence, file:WAV or "
        "folder:FOLDER"
    )
    raise MicrophoneError(msg)


def make_speaker(text: str, reference: EchoReference | None = None) -> Speaker:
    """Return the speaker that the options name."""
    kind, _, rest = text.partition(":")
    if kind == "device":
        return DeviceSpeaker(rest or DEFAULT, reference)
    if kind == "none":
        return NoSpeaker()
    if kind == "file" and rest:
        return FileSpeaker(Path(rest))
    if kind == "realtime" and rest:
        return FileSpeaker(Path(rest), RealTime())
    msg = (
        f"no speaker {text!r}: use device, device:NAME, none, file:WAV or realtime:WAV"
    )
    raise SpeakerError(msg)


def make_enhancer(options: SatelliteOptions) -> Enhancer:
    """Return what improves the voice that is sent."""
    enhancers: list[Enhancer] = []
    if options.noise_reduction_db:
        try:
            enhancers.append(SpeexNoiseReduction(options.noise_reduction_db))
        except SpeexError as err:
            _LOGGER.warning("no noise reduction: %s", err)
    if options.auto_gain_db:
        enhancers.append(AutoGain(options.auto_gain_db))
    return Enhancers(enhancers) if enhancers else NoEnhancer()


def make_hardware(options: SatelliteOptions) -> Hardware:
    """Return lights, buttons and hooks; raise a HearkenError for wrong ones."""
    parts: list[Part] = []
    open_led = _led(options.lights)
    if open_led is not None:
        parts.append(Lights(open_led, options.led_brightness))
    if options.buttons:
        parts.append(Buttons([Wiring.parse(text) for text in options.buttons]))
    if options.hook_command:
        parts.append(HookCommand(options.hook_command))
    if options.hook_socket is not None:
        parts.append(HookSocket(options.hook_socket))
    return Parts(parts) if parts else NoHardware()


def _led(text: str) -> Callable[[], Led] | None:
    """Return what opens the light that the options name."""
    kind, _, rest = text.partition(":")
    numbers = [int(each) for each in rest.split(",") if each.isdecimal()]
    if kind == "gpio" and len(numbers) in {1, 3}:
        return partial(GpioLed, tuple(numbers))
    if kind == "apa102" and len(numbers) == 1 and 0 < numbers[0] <= MAX_LEDS:
        return partial(Apa102, numbers[0], _SPI)
    if text != "none":
        msg = (
            f"no light {text!r}: use none, gpio:PIN, gpio:RED,GREEN,BLUE or "
            "apa102:COUNT"
        )
        raise OptionsError(msg)
    return None
