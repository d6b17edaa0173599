"""A simulated satellite, controlled by the test."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, override

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, async_write_event
from wyoming.info import Attribution, Info, Satellite, WakeModel, WakeProgram
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played

from hearken_speech.protocol import (
    Ability,
    PeerKind,
    SatelliteSettings,
    Turn,
    TurnPhase,
    Welcome,
)
from hearken_speech.protocol.pairing import new_key, server_context
from tests.simulators.peer import Peer

if TYPE_CHECKING:
    from wyoming.event import Eventable

NOBODY = Attribution("", "")
CHUNK_MS = 80
CHUNK = bytes(CHUNK_MS * 32)


class SatelliteSimulator(Peer):
    """Answer like a satellite."""

    def __init__(self, key: str | None = None) -> None:
        """Start as a satellite without faults."""
        self.key = key or new_key()
        super().__init__(server_context(self.key))
        self.welcome = Welcome(
            kind=PeerKind.SATELLITE, id="satellite-1", name="Kitchen", version="1.0"
        )
        self.area: str | None = None
        self.knows_wake_words = False
        self.takes_settings = True
        """Whether changes are carried out; refused ones are answered all the same."""
        self.answers_settings = True
        self.says_played = True
        self.answers_pings = True
        self.heard = b""
        """The sound of the last answer or announcement."""
        self._microphone: asyncio.Task[None] | None = None

    def info(self) -> Info:
        """Return the satellite's info."""
        settings = self.welcome.settings
        is_modern = settings is not None and settings.wake_words is not None
        active = list(settings.wake_words or ()) if settings else []
        models = [
            WakeModel(
                name=name,
                attribution=NOBODY,
                installed=True,
                description=None,
                version=None,
                languages=["en"],
                phrase=name.replace("_", " "),
            )
            for name in ("hey_mycroft", *(("okay_nabu",) if is_modern else ()))
        ]
        return Info(
            satellite=Satellite(
                name=self.welcome.name,
                area=self.area,
                attribution=NOBODY,
                installed=True,
                description=None,
                version=None,
                active_wake_words=(active or ["hey_mycroft"])
                if self.knows_wake_words
                else [],
                max_active_wake_words=(2 if is_modern else 1)
                if self.knows_wake_words
                else 0,
            ),
            wake=[
                WakeProgram(
                    name="own",
                    attribution=NOBODY,
                    installed=True,
                    description=None,
                    version=None,
                    models=models if self.knows_wake_words else [],
                )
            ],
        )

    def become(self, satellite_id: str, name: str | None = None) -> None:
        """Change the identity."""
        name = name or self.welcome.name
        self.welcome = replace(self.welcome, id=satellite_id, name=name)

    def learn(self, *, words: bool = False) -> None:
        """Support settings, with or without on-device wake words."""
        abilities = {Ability.MUTE, Ability.VOLUME, Ability.GAIN, Ability.STOP}
        settings = SatelliteSettings(muted=False, volume=0.8, gain_db=0.0)
        if words:
            self.knows_wake_words = True
            abilities.add(Ability.WAKE_WORDS)
            settings = replace(
                settings,
                wake_words=("hey_mycroft",),
                thresholds={"hey_mycroft": 0.5},
            )
        self.welcome = replace(
            self.welcome, abilities=frozenset(abilities), settings=settings
        )

    @property
    def settings(self) -> SatelliteSettings:
        """Return the current settings."""
        assert self.welcome.settings is not None
        return self.welcome.settings

    async def change(self, changes: SatelliteSettings) -> None:
        """Change settings on the satellite itself, and report them."""
        settings = self.settings.changed_by(changes)
        self.welcome = replace(self.welcome, settings=settings)
        await self.send(settings)

    def change_key(self) -> None:
        """Create a new key, used from the next start on."""
        self.key = new_key()
        self._tls = server_context(self.key)

    @override
    async def stop(self) -> None:
        """Close the microphone and stop listening."""
        await self.mute()
        await super().stop()

    async def ask_for_run(self, stage: PipelineStage, **fields: str) -> None:
        """Request a pipeline run."""
        await self.send(
            RunPipeline(
                start_stage=stage,
                end_stage=PipelineStage.TTS,
                wake_word_name=fields.get("wake_word_name"),
            )
        )

    @property
    def is_microphone_open(self) -> bool:
        """Return whether audio is being sent."""
        return self._microphone is not None

    async def open_microphone(self) -> None:
        """Send silence with accurate timestamps, but faster than real time."""
        await self.send(AudioStart(rate=16000, width=2, channels=1, timestamp=0))
        self._microphone = asyncio.create_task(self._stream())

    async def mute(self) -> None:
        """Close the microphone."""
        if self._microphone is not None:
            self._microphone.cancel()
            await asyncio.gather(self._microphone, return_exceptions=True)
            self._microphone = None
            await self.send(AudioStop())

    async def _stream(self) -> None:
        """Send silence until cancelled."""
        while True:
            await self.send(AudioChunk(rate=16000, width=2, channels=1, audio=CHUNK))
            await asyncio.sleep(0.01)

    async def wait_turn(self, phase: TurnPhase) -> Turn:
        """Return the next turn event with this phase."""
        event = await self.wait_for(
            "hearken-turn", lambda event: event.data["phase"] == phase
        )
        return Turn.from_event(event)

    @override
    async def answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """Answer one event."""
        match event.type:
            case "hearken-hello":
                await _send(writer, self.welcome)
            case "describe":
                await _send(writer, self.info())
            case "ping" if self.answers_pings:
                await _send(writer, Pong(text=Ping.from_event(event).text))
            case "hearken-settings" if self.answers_settings:
                if self.takes_settings:
                    changes = SatelliteSettings.from_event(event)
                    settings = self.settings.changed_by(changes)
                    self.welcome = replace(self.welcome, settings=settings)
                await _send(writer, self.settings)
            case "audio-start":
                self.heard = b""
            case "audio-chunk":
                self.heard += event.payload or b""
            case "audio-stop" if self.says_played:
                await _send(writer, Played())


async def _send(writer: asyncio.StreamWriter, event: Eventable) -> None:
    """Send one event."""
    await async_write_event(event.event(), writer)
