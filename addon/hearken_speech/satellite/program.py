"""Run the satellite from its start to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wyoming.audio import AudioFormat as WireFormat
from wyoming.info import Attribution, Info, MicProgram, Satellite, SndProgram

from hearken_speech import announce, json_file, memory
from hearken_speech.acceptor import listen_on
from hearken_speech.protocol import (
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
    Ability,
    Hello,
    PeerKind,
    Welcome,
    pairing,
)
from hearken_speech.satellite import identity
from hearken_speech.satellite.away import AwayWatch
from hearken_speech.satellite.buttons import Buttons
from hearken_speech.satellite.code_pairing import CodePairing
from hearken_speech.satellite.codes import CodeStore
from hearken_speech.satellite.detector import WakeDetector
from hearken_speech.satellite.device import Device
from hearken_speech.satellite.equipment import equip
from hearken_speech.satellite.identity import Identity, load_identity
from hearken_speech.satellite.link import Link, LinkRefusedError
from hearken_speech.satellite.owner import Owner
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.satellite.port import SatellitePort
from hearken_speech.satellite.settings import DEFAULTS, SettingsKeeper
from hearken_speech.satellite.tones import Trouble
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import AudioFormat
    from hearken_speech.satellite.options import SatelliteOptions

_LOGGER = logging.getLogger(__name__)

_ATTRIBUTION: Final = Attribution("Hearken", "https://github.com/hearken-voice/hearken")
# Home Assistant pings every 2 s.
_ALIVE_SECONDS: Final = 8.0
_ACTIVE_WORDS: Final = 2
"""How many words Home Assistant may choose: it has two assistants to go with them."""


async def show_key(data_dir: Path) -> None:
    """Print the pairing key for Home Assistant; create it if there is none."""
    print(load_identity(data_dir).key)  # noqa: T201 - what was asked for


async def show_code(data_dir: Path) -> None:
    """Print a new pairing code for Home Assistant."""
    load_identity(data_dir)
    shown = CodeStore(data_dir).issue()
    print(f"{shown[:3]} {shown[3:]}")  # noqa: T201 - what was asked for


async def renew_key(data_dir: Path) -> None:
    """Replace the pairing key and print it; it is used from the next start on."""
    print(identity.renew_key(data_dir))  # noqa: T201 - what was asked for


async def serve(options: SatelliteOptions) -> None:
    """Run the satellite until SIGTERM or SIGINT; SIGUSR1 toggles mute.

    Prints one line on standard output when Home Assistant can connect::

        ready tls://HOST:PORT
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    json_file.remove_leftovers(options.data_dir)
    own = load_identity(options.data_dir)
    device = await asyncio.to_thread(make_device, options, own)
    owner = Owner(options.data_dir / "owner.json")
    codes = CodePairing(CodeStore(options.data_dir), own.key)
    satellite = SatelliteServer(device, owner, codes)
    listening = await asyncio.to_thread(listen_on, options.host, options.port)
    context = pairing.server_context(own.key)
    codes.offer_in(context)
    door = SatellitePort(context, satellite.connected)
    memory.settle()
    port = listening.getsockname()[1]
    _LOGGER.info("pair with the code that `hearken-satellite --show-code` prints")
    print(f"ready tls://{options.host}:{port}", flush=True)  # noqa: T201 - the promised line
    where = announce.addresses(options.host) if options.announce else []
    pressed = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, pressed.set)
    async with (
        announce.announced(device.welcome, where, port),
        asyncio.TaskGroup() as tasks,
    ):
        helpers = [
            tasks.create_task(door.run(listening)),
            tasks.create_task(_mute_button(pressed, device.settings)),
            tasks.create_task(device.run()),
            tasks.create_task(satellite.away.run()),
            tasks.create_task(Buttons(device, satellite.press).run()),
        ]
        await stop.wait()
        for helper in helpers:
            helper.cancel()
    _LOGGER.info("stopping")
    await satellite.close()
    if device.detector is not None:
        device.detector.engine.close()


async def _mute_button(pressed: asyncio.Event, settings: SettingsKeeper) -> None:
    """Toggle mute whenever the button is pressed."""
    while True:
        await pressed.wait()
        pressed.clear()
        await settings.toggle_mute()


@dataclass(slots=True, eq=False)
class Listening:
    """A connection that has the microphone, or wants it."""

    task: asyncio.Task[None]
    link: Link
    host: str
    instance: str = ""
    """Id of the Home Assistant, empty if it is an older one."""


class SatelliteServer:
    """Serves every client that has the key; one of them has the microphone.

    The newest connection of a host wins: an older one may be broken without anybody
    having noticed. Another host has to wait until the first one leaves or is silent,
    and another Home Assistant until its user moves the satellite there.
    """

    def __init__(self, device: Device, owner: Owner, codes: CodePairing) -> None:
        """Serve this device, which belongs to this owner."""
        self._device = device
        self._owner = owner
        self._codes = codes
        self._is_paired = owner.instance != ""
        self.away = AwayWatch(device, self._trouble)
        self._connections: set[asyncio.Task[None]] = set()
        self._listening: Listening | None = None
        self._refused_host: str | None = None

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._connections.add(task)
        peer = writer.get_extra_info("peername")
        host = str(peer[0]) if peer else ""
        link = Link(
            reader,
            writer,
            self._device,
            lambda: self._claim(claimant),
            lambda hello: self._meet(claimant, hello),
        )
        claimant = Listening(task, link, host)
        try:
            if self._codes.is_wanted_by(writer):
                await self._codes.serve(reader, writer)
            else:
                await link.run()
        finally:
            self._connections.discard(task)
            if self._listening is not None and self._listening.task is task:
                self._listening = None
                self._device.indicator.set_away(is_away=True)
                self.away.resume()
            writer.close()

    async def close(self) -> None:
        """End all connections."""
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=5)

    async def _meet(self, claimant: Listening, hello: Hello) -> str | None:
        """Return the address of the owner if it is another Home Assistant."""
        claimant.instance = hello.instance
        if hello.takes_over:
            earlier = self._listening
            await self._owner.change(hello.instance, claimant.host)
            if earlier is not None and self._owner.refuses(earlier.instance):
                _LOGGER.info("moved to the Home Assistant at %s", claimant.host)
                earlier.task.cancel()
        if not self._owner.refuses(hello.instance):
            return None
        self._owner.note_refusal(claimant.host)
        return self._owner.host or "?"

    async def _claim(self, claimant: Listening) -> None:
        """Give the microphone to a connection; raise LinkRefusedError if it is taken.

        Two Home Assistants would otherwise take it from each other for ever, as each
        connects again when it loses it.
        """
        if self._owner.refuses(claimant.instance):
            raise LinkRefusedError
        earlier = self._listening
        if (
            earlier is not None
            and earlier.host != claimant.host
            and time.monotonic() - earlier.link.heard_seconds < _ALIVE_SECONDS
        ):
            if self._refused_host != claimant.host:
                self._refused_host = claimant.host
                _LOGGER.warning(
                    "Home Assistant at %s listens; the one at %s has to wait",
                    earlier.host,
                    claimant.host,
                )
            raise LinkRefusedError
        self._listening = claimant
        await self._owner.change(claimant.instance, claimant.host)
        if earlier is not None and earlier.task is not claimant.task:
            _LOGGER.info("Home Assistant connected anew")
            earlier.task.cancel()
            await asyncio.wait([earlier.task], timeout=5)
        await self.away.yield_microphone()
        self._is_paired = True
        self._device.indicator.set_away(is_away=False)

    async def press(self) -> None:
        """Handle the button: stop what sounds, or else listen, or say why not."""
        if self._listening is not None:
            await self._listening.link.driver.press()
        elif not self._device.timers.stop_ringing():
            self.away.press()

    def _trouble(self) -> Trouble:
        """Return why nobody answers."""
        return Trouble.AWAY if self._is_paired else Trouble.UNPAIRED


def make_device(options: SatelliteOptions, own: Identity) -> Device:
    """Create the devices that the options name; raise HearkenError if unusable."""
    detector = make_detector(options)
    equipment = equip(options)
    abilities = {Ability.MUTE, Ability.VOLUME, Ability.GAIN, Ability.STOP}
    abilities |= {Ability.TIMERS, Ability.MEDIA, Ability.WAKE_SOUND}
    if detector is not None:
        abilities.add(Ability.WAKE_WORDS)
    welcome = Welcome(
        kind=PeerKind.SATELLITE,
        id=own.id,
        name=options.name,
        version=VERSION,
        run=uuid.uuid4().hex,
        abilities=frozenset(abilities),
    )
    return Device.make(
        welcome=welcome,
        info=make_info(options, detector, equipment.speaker.format),
        microphone=equipment.microphone,
        speaker=SharedSpeaker(equipment.speaker),
        enhancer=equipment.enhancer,
        ducker=equipment.ducker,
        hardware=equipment.hardware,
        settings=make_settings(options.data_dir, detector),
        detector=detector,
        timers_path=options.data_dir / "timers.json",
    )


def make_info(
    options: SatelliteOptions,
    detector: WakeDetector | None,
    played: AudioFormat,
) -> Info:
    """Describe the satellite, its microphone, speaker and wake words."""
    layout = WireFormat(SAMPLE_RATE_HZ, SAMPLE_WIDTH_BYTES, SAMPLE_CHANNELS)
    words = list(detector.words) if detector else []
    return Info(
        satellite=Satellite(
            name=options.name,
            area=options.area,
            description="Hearken satellite",
            attribution=_ATTRIBUTION,
            installed=True,
            version=VERSION,
            has_vad=False,
            active_wake_words=words,
            max_active_wake_words=max(_ACTIVE_WORDS, len(words)) if detector else 0,
            supports_trigger=True,
        ),
        mic=[
            MicProgram(
                name="microphone",
                description=options.microphone.partition(":")[0],
                attribution=_ATTRIBUTION,
                installed=True,
                version=VERSION,
                mic_format=layout,
            )
        ],
        snd=[
            SndProgram(
                name="speaker",
                description=options.speaker.partition(":")[0],
                attribution=_ATTRIBUTION,
                installed=True,
                version=VERSION,
                snd_format=WireFormat(
                    played.rate_hz, played.width_bytes, played.channels
                ),
            )
        ],
        wake=[] if detector is None else [detector.program()],
    )


def make_settings(data_dir: Path, detector: WakeDetector | None) -> SettingsKeeper:
    """Return the settings stored in the folder."""
    path = data_dir / "settings.json"
    if detector is None:
        return SettingsKeeper(path)
    start = replace(DEFAULTS, wake_words=detector.words, thresholds={})
    return SettingsKeeper(path, start, detector.listening)


def make_detector(options: SatelliteOptions) -> WakeDetector | None:
    """Return the wake word detector of the device, if it has one."""
    if not options.wake_on_device:
        return None
    folder = options.wake_dir or options.data_dir / "wake_words"
    return WakeDetector.make(
        folder, options.wake_words, options.sensitivity, options.stop_words
    )
