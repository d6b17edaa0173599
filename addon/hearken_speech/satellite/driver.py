"""Carries out the actions of a satellite's turn."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from wyoming.ping import Ping
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played

from hearken_speech.protocol import Stop, TurnPhase
from hearken_speech.satellite.capture import Capture
from hearken_speech.satellite.playback import Player
from hearken_speech.satellite.sound import Sound, SoundReceiver
from hearken_speech.satellite.tones import Trouble, error_tone, trouble_tone, wake_sound
from hearken_speech.satellite.turn import (
    Action,
    Await,
    Hold,
    Mute,
    Play,
    PlayError,
    PlayWakeSound,
    RequestStop,
    SatelliteTurn,
    Silence,
    Stream,
)
from hearken_speech.wake import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from wyoming.event import Eventable

    from hearken_speech.audio.format import Samples
    from hearken_speech.protocol import Turn
    from hearken_speech.satellite.device import Device
    from hearken_speech.wake.events import Detected

_LOGGER = logging.getLogger(__name__)

_FENCE: Final = "interrupted"
_FENCE_SECONDS: Final = 2.0
"""Longest wait for Home Assistant to learn that it was interrupted."""
_WAKE_SOUND_SECONDS: Final = 0.35
"""Time after a wake word in which whoever goes on speaking needs no sound."""
_ALREADY_OVER_SECONDS: Final = 0.2
"""How long a wake word has been over when Home Assistant reports it."""
_NO_SERVER: Final = frozenset(
    {"stt-provider-missing", "stt-stream-failed", "wake-stream-failed"}
    | {"wake-engine-missing", "wake-provider-missing"}
)
"""Errors of Home Assistant's pipeline that mean that the speech server is away."""


class Sender(Protocol):
    """The way to Home Assistant."""

    async def send(self, event: Eventable) -> None:
        """Send one event."""

    async def send_all(self, events: Callable[[], list[Eventable]]) -> None:
        """Send the events that a function returns, without others in between."""


class TurnDriver:
    """Feeds a turn with what happens, and carries out what it decides."""

    def __init__(self, device: Device, sender: Sender) -> None:
        """Start idle."""
        self._device = device
        self._sender = sender
        self._turn = SatelliteTurn(
            hears_wake_words=device.detector is not None,
            is_muted=device.settings.current.muted is True,
        )
        self.player = Player(device.speaker, device.settings, self._played)
        self.receiver = SoundReceiver()
        """Receives what is to be played."""
        self._capture = Capture(
            device, sender.send_all, self._heard_word, self._forgotten
        )
        self._detected: Detected | None = None
        self._answer = ""
        self._fence: asyncio.TimerHandle | None = None
        self._tasks: asyncio.TaskGroup | None = None

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Run in these tasks."""
        self._tasks = tasks

    def close(self) -> None:
        """Close the microphone, and end the turn."""
        self._capture.close()
        self._lift_fence()
        self._show(TurnPhase.IDLE)

    @property
    def is_fenced(self) -> bool:
        """Return whether what arrives was sent before Home Assistant was interrupted.

        It answers a ping before the interruption; everything before that is ignored.
        """
        return self._fence is not None

    def pong(self, text: str | None) -> None:
        """Handle an answer to a ping."""
        if text == _FENCE:
            self._lift_fence()

    # What Home Assistant wants

    async def run(self) -> None:
        """Open the microphone."""
        await self._act(self._turn.run())

    async def pause(self) -> None:
        """Close the microphone."""
        await self._act(self._turn.pause())

    async def turned(self, turn: Turn) -> None:
        """Handle a change of the turn's phase."""
        self._show(turn.phase)
        await self._act(self._turn.turned(turn))

    async def noticed(self) -> None:
        """Handle a wake word that Home Assistant detected."""
        await self._act(self._turn.noticed())

    def speaks(self, text: str) -> None:
        """Note what the answer says: a wake word in it is not a person's."""
        self._answer = text.lower()

    async def answer(self, sound: Sound) -> None:
        """Play a sound that has begun to arrive."""
        await self._act(self._turn.answer(sound))

    async def silence(self) -> None:
        """Stop what is playing, because Home Assistant says so."""
        self._device.timers.stop_ringing()
        self._stop_playing()
        await self._act(self._turn.silenced())

    async def follow_settings(self) -> None:
        """Apply the settings."""
        settings = self._device.settings.current
        await self._act(self._turn.mute() if settings.muted else self._turn.unmute())
        self._capture.follow_settings()

    # What a person does

    async def _heard_word(self, detected: Detected) -> None:
        """Handle a wake word or a stop word."""
        if self._device.timers.stop_ringing():
            _LOGGER.info("%s: the timer no longer rings", detected.word)
            return
        detector = self._device.detector
        if detector is not None and detected.word in detector.stop_words:
            await self._act(self._turn.stopped())
            return
        is_own = detected.word.replace("_", " ") in self._answer
        if is_own and self._turn.phase is TurnPhase.RESPONDING:
            _LOGGER.info("%s is part of the answer", detected.word)
            return
        if actions := self._turn.heard():
            _LOGGER.info("heard %s (%.2f)", detected.word, detected.score)
            details = {"name": detected.word, "score": round(detected.score, 2)}
            self._device.hardware.tell("wake_word", details)
            self._detected = detected
            await self._act(actions)

    async def press(self) -> None:
        """Handle the button: stop what sounds, or else listen, or say why not."""
        if self._device.timers.stop_ringing():
            return
        if actions := self._turn.stopped():
            await self._act(actions)
        elif self._turn.streaming and self._device.microphone.trouble is not None:
            await self._play(trouble_tone(Trouble.NO_MICROPHONE))
        else:
            await self._act(self._turn.heard())

    async def _forgotten(self) -> None:
        """Go on after a command that nobody answered."""
        await self._act(self._turn.forgotten())

    async def _played(self) -> None:
        """Tell Home Assistant that a sound has been heard, and go on."""
        await self._sender.send(Played())
        await self._act(self._turn.played())

    # Actions

    async def _act(self, actions: list[Action]) -> None:
        """Carry out the actions of the turn."""
        for action in actions:
            match action:
                case Stream(start):
                    await self._stream(start)
                case Await() | Hold():
                    await self._capture.hold()
                    if isinstance(action, Await):
                        self._open_microphone()
                case Mute():
                    await self._capture.hold()
                    self._capture.close()
                case _:
                    await self._act_aloud(action)

    async def _act_aloud(self, action: Action) -> None:
        """Carry out an action that concerns the speaker."""
        match action:
            case Play(sound):
                await self.player.put(sound, is_answer=True)
            case PlayError(code):
                await self._play(_error_sound(code))
            case PlayWakeSound():
                self._play_wake_sound()
            case Silence():
                self._stop_playing()
            case RequestStop():
                await self._sender.send(Stop())

    async def _stream(self, start: PipelineStage) -> None:
        """Request a pipeline run, and stream the microphone from a wake word on."""
        detected, self._detected = self._detected, None
        if detected is not None:
            await self._report(detected)
        await self._sender.send_all(lambda: self._request(start))
        self._open_microphone()
        if self._device.detector is not None:
            await self._capture.stream(detected)

    def _request(self, start: PipelineStage) -> list[Eventable]:
        """Return the request for a pipeline run.

        Where it may interrupt Home Assistant, a ping comes first: what is sent behind
        its answer belongs to the run, even if that fails or is refused at once.
        """
        run = RunPipeline(
            start_stage=start,
            end_stage=PipelineStage.TTS,
            restart_on_end=start is PipelineStage.WAKE,
        )
        if start is PipelineStage.WAKE or self._device.detector is None:
            return [run]
        self._raise_fence()
        return [Ping(text=_FENCE), run]

    async def _report(self, detected: Detected) -> None:
        """Tell Home Assistant about a wake word, and how it sounded here."""
        envelope = self._capture.envelope
        await self._sender.send(
            messages.detection(
                detected,
                envelope=envelope.levels(),
                age_seconds=round(envelope.age_seconds, 4),
            )
        )

    def _open_microphone(self) -> None:
        """Open the microphone if it is closed."""
        if self._tasks is not None:
            self._capture.open(self._tasks)

    def _raise_fence(self) -> None:
        """Ignore what Home Assistant sends before it knows of the wake word."""
        self._lift_fence()
        loop = asyncio.get_running_loop()
        self._fence = loop.call_later(_FENCE_SECONDS, self._lift_fence)

    def _lift_fence(self) -> None:
        """Heed what Home Assistant sends."""
        if self._fence is not None:
            self._fence.cancel()
            self._fence = None

    def _stop_playing(self) -> None:
        """Drop what plays, and what still arrives of it."""
        self.receiver.forget()
        self.player.stop()

    async def _play(self, samples: Samples) -> None:
        """Play a sound of the satellite's own."""
        await self.player.put(Sound.of(samples), is_answer=False)

    def _play_wake_sound(self) -> None:
        """Say that the satellite listens, unless the person speaks on."""
        if self._tasks is not None and self._device.settings.current.wake_sound:
            self._tasks.create_task(self._wake_sound())

    async def _wake_sound(self) -> None:
        """Play the wake sound once it is clear that nobody speaks on."""
        await asyncio.sleep(_WAKE_SOUND_SECONDS - _ALREADY_OVER_SECONDS)
        is_listening = self._turn.phase is TurnPhase.LISTENING
        if not is_listening or self._capture.envelope.is_loud:
            return
        samples = wake_sound()
        self._capture.expect_wake_sound(samples)
        await self._play(samples)

    def _show(self, phase: TurnPhase) -> None:
        """Show the phase of the turn."""
        self._device.indicator.set_phase(phase)
        self._device.media.is_ducked = phase is not TurnPhase.IDLE


def _error_sound(code: str) -> Samples:
    """Return the sound for an error of Home Assistant's pipeline."""
    if code in _NO_SERVER:
        return trouble_tone(Trouble.NO_SERVER)
    return error_tone()
