"""Run the satellite from its start to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from wyoming.audio import AudioFormat as WireFormat
from wyoming.info import Attribution, Info, MicProgram, Satellite, SndProgram

from hearken_speech import announce, wire
from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import (
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
    Ability,
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
from hearken_speech.satellite.devices.file_microphone import (
    FileMicrophone,
    FolderMicrophone,
)
from hearken_speech.satellite.devices.file_speaker import FileSpeaker, RealTime
from hearken_speech.satellite.devices.microphone import Microphone, MicrophoneError
from hearken_speech.satellite.devices.speaker import NoSpeaker, Speaker, SpeakerError
from hearken_speech.satellite.identity import (
    Identity,
    load_identity,
    note_paired,
)
from hearken_speech.satellite.link import Link, LinkRefusedError
from hearken_speech.satellite.playback import SharedSpeaker
from hearken_speech.satellite.settings import DEFAULTS, SettingsKeeper
from hearken_speech.satellite.tones import Trouble
from hearken_speech.version import VERSION
from hearken_speech.wake.settings import WordSettings

_LOGGER = logging.getLogger(__name__)

_ATTRIBUTION: Final = Attribution("Hearken", "https://github.com/hearken-voice/hearken")
_HANDSHAKE_LIMIT_SECONDS: Final = 10.0
# Home Assistant pings every 2 s.
_ALIVE_SECONDS: Final = 8.0
_ACTIVE_WORDS: Final = 2
"""How many words Home Assistant may choose: it has two assistants to go with them."""


@dataclass(frozen=True, kw_only=True)
class SatelliteOptions:
    """Command line options of the satellite."""

    host: str
    port: int
    data_dir: Path
    name: str
    area: str | None
    microphone: str
    speaker: str
    wake_on_device: bool = False
    wake_words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    wake_dir: Path | None = None
    sensitivity: WordSettings = field(default_factory=WordSettings)
    announce: bool = True
    """Announce the satellite in the network."""


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
    own = load_identity(options.data_dir)
    device = await asyncio.to_thread(make_device, options, own)
    codes = CodePairing(CodeStore(options.data_dir), own.key)
    satellite = SatelliteServer(device, options.data_dir, own, codes)
    context = pairing.server_context(own.key)
    codes.offer_in(context)
    try:
        server = await asyncio.start_server(
            satellite.connected,
            options.host,
            options.port,
            ssl=context,
            ssl_handshake_timeout=_HANDSHAKE_LIMIT_SECONDS,
            limit=wire.MAX_LINE_BYTES,
        )
    except OSError as err:
        msg = f"cannot listen on {options.host} port {options.port}: {err.strerror}"
        raise HearkenError(msg) from err
    port = server.sockets[0].getsockname()[1]
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
            tasks.create_task(_mute_button(pressed, device.settings)),
            tasks.create_task(device.run()),
            tasks.create_task(satellite.away.run()),
            tasks.create_task(Buttons(device, satellite.press).run()),
        ]
        await stop.wait()
        for helper in helpers:
            helper.cancel()
    _LOGGER.info("stopping")
    server.close()
    await satellite.close()
    if device.detector is not None:
        device.detector.engine.close()


async def _mute_button(pressed: asyncio.Event, settings: SettingsKeeper) -> None:
    """Toggle mute whenever the button is pressed."""
    while True:
        await pressed.wait()
        pressed.clear()
        await settings.toggle_mute()


@dataclass(frozen=True, slots=True)
class Listening:
    """The connection that has the microphone."""

    task: asyncio.Task[None]
    link: Link
    host: str


class SatelliteServer:
    """Serves every client that has the key; one of them has the microphone.

    The newest connection of a host wins: an older one may be broken without anybody
    having noticed. Another host has to wait until the first one leaves or is silent.
    """

    def __init__(
        self, device: Device, data_dir: Path, own: Identity, codes: CodePairing
    ) -> None:
        """Serve this device, with its identity in this folder."""
        self._device = device
        self._data_dir = data_dir
        self._codes = codes
        self._is_paired = own.is_paired
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
            lambda: self._claim(Listening(task, link, host)),
        )
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

    async def _claim(self, claimant: Listening) -> None:
        """Give the microphone to a connection; raise LinkRefusedError if it is taken.

        Two Home Assistants would otherwise take it from each other for ever, as each
        connects again when it loses it.
        """
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
        if earlier is not None and earlier.task is not claimant.task:
            _LOGGER.info("Home Assistant connected anew")
            earlier.task.cancel()
            await asyncio.wait([earlier.task], timeout=5)
        await self.away.yield_microphone()
        if not self._is_paired:
            self._is_paired = True
            await asyncio.to_thread(note_paired, self._data_dir)
        self._device.indicator.set_away(is_away=False)

    async def press(self) -> None:
        """Handle the button: stop what sounds, or else listen."""
        if self._listening is not None:
            await self._listening.link.driver.press()
        else:
            self._device.timers.stop_ringing()

    def _trouble(self) -> Trouble:
        """Return why nobody answers."""
        return Trouble.AWAY if self._is_paired else Trouble.UNPAIRED


def make_device(options: SatelliteOptions, own: Identity) -> Device:
    """Create the devices that the options name; raise HearkenError if unusable."""
    detector = make_detector(options)
    abilities = {Ability.MUTE, Ability.VOLUME, Ability.GAIN, Ability.STOP}
    abilities |= {Ability.TIMERS, Ability.MEDIA, Ability.WAKE_SOUND}
    if detector is not None:
        abilities.add(Ability.WAKE_WORDS)
    welcome = Welcome(
        kind=PeerKind.SATELLITE,
        id=own.id,
        name=options.name,
        version=VERSION,
        abilities=frozenset(abilities),
    )
    return Device.make(
        welcome=welcome,
        info=make_info(options, detector),
        microphone=make_microphone(options.microphone),
        speaker=SharedSpeaker(make_speaker(options.speaker)),
        settings=make_settings(options.data_dir, detector),
        detector=detector,
        timers_path=options.data_dir / "timers.json",
    )


def make_info(options: SatelliteOptions, detector: WakeDetector | None) -> Info:
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
                snd_format=layout,
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


def make_microphone(text: str) -> Microphone:
    """Return the microphone that the command line names."""
    kind, _, rest = text.partition(":")
    if kind == "silence":
        return FileMicrophone()
    if kind == "file" and rest:
        return FileMicrophone(wav.read(Path(rest)))
    if kind == "folder" and rest:
        return FolderMicrophone(Path(rest))
    msg = f"no microphone {text!r}: use silence, file:WAV or folder:FOLDER"
    raise MicrophoneError(msg)


def make_speaker(text: str) -> Speaker:
    """Return the speaker that the command line names."""
    kind, _, rest = text.partition(":")
    if kind == "none":
        return NoSpeaker()
    if kind == "file" and rest:
        return FileSpeaker(Path(rest))
    if kind == "realtime" and rest:
        return FileSpeaker(Path(rest), RealTime())
    msg = f"no speaker {text!r}: use none, file:WAV or realtime:WAV"
    raise SpeakerError(msg)
