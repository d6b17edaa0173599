"""Media that play on a satellite, beneath what is said."""

import asyncio
import logging

from homeassistant.core import HomeAssistant, callback
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event

from ..client.listeners import Observable
from ..client.pcm import speaker_format
from ..client.wire import parse
from ..const import PLAYBACK_LEAD_SECONDS
from ..errors import HearkenError
from ..protocol import Media, MediaChanged, MediaCommand, MediaState, media_event
from .connection import SatelliteLink
from .playback import even_pieces, samples_of_url
from .tasks import Tasks
from .transmission import Pace

_LOGGER = logging.getLogger(__name__)


class MediaSender(Observable):
    """Streams media to a satellite, and follows what it does with them.

    The satellite pauses them by itself while something is said.
    """

    def __init__(self, hass: HomeAssistant, tasks: Tasks, link: SatelliteLink) -> None:
        """Start without media."""
        super().__init__()
        self._hass = hass
        self._tasks = tasks
        self._link = link
        self._task: asyncio.Task[None] | None = None
        self._may_send = asyncio.Event()
        self.state = MediaState.IDLE

    @callback
    def async_play(self, url: str) -> None:
        """Play the media at a URL instead of any other."""
        self._cancel()
        self._may_send.set()
        self._task = self._tasks.start(self._send(url), "media")

    @callback
    def async_command(self, command: MediaCommand) -> None:
        """Pause, go on or stop."""
        if command is MediaCommand.STOP:
            self._cancel()
        elif command is MediaCommand.PAUSE:
            self._may_send.clear()
        self._link.post(Media(command=command))

    @callback
    def async_leave(self) -> None:
        """End the media."""
        self.async_command(MediaCommand.STOP)

    def _cancel(self) -> None:
        """Send no more of the media."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _send(self, url: str) -> None:
        """Send media, a few seconds ahead of what is heard."""
        layout = speaker_format(self._link.peer.info)
        fields = layout.wyoming_fields
        pace = Pace(self._hass.loop.time)
        is_begun = False
        try:
            sound = even_pieces(samples_of_url(self._hass, url, layout), layout)
            async for samples in sound:
                await self._may_send.wait()
                if not is_begun:
                    await self._link.send(media_event(AudioStart(**fields).event()))
                    is_begun = True
                chunk = AudioChunk(**fields, audio=samples)
                await self._link.send(media_event(chunk.event()))
                pace.add(len(samples) / layout.bytes_per_second)
                await asyncio.sleep(pace.ahead_seconds - PLAYBACK_LEAD_SECONDS)
        except HearkenError as err:
            _LOGGER.warning("%s cannot play media: %s", self._link.name, err)
        finally:
            if is_begun:
                self._link.post(media_event(AudioStop().event()))

    # What the connection reports.

    @callback
    def on_connected(self) -> None:
        """Start without media."""
        self.state = MediaState.IDLE
        self.async_notify()

    @callback
    def on_disconnected(self) -> None:
        """End the media."""
        self._cancel()
        self.state = MediaState.IDLE
        self.async_notify()

    @callback
    def on_event(self, event: Event) -> None:
        """Follow what the satellite does."""
        if not MediaChanged.is_type(event.type):
            return
        self.state = parse(MediaChanged.from_event, event).state
        if self.state is MediaState.PAUSED:
            self._may_send.clear()
        else:
            self._may_send.set()
        self.async_notify()
