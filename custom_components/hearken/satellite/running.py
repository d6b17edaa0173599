"""A satellite for which Assist pipelines run."""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final, override

from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineStage,
    async_get_pipeline,
)
from homeassistant.components.assist_satellite import SatelliteBusyError
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from wyoming.wake import Detection

from ..client.detect import Listening, WakeWordDetection
from ..const import DOMAIN
from ..data import HearkenConfigEntry, SatelliteData
from ..entity import HearkenSatelliteEntity
from ..exchanges.recorder import RUN_NOTES, RunNotes
from ..protocol import DetectionDetails
from .actions import StartRun, StopRun
from .audio import AudioQueue
from .events import (
    RunCancelled,
    RunFailed,
    RunReturned,
    RunStage,
    SpeechEnded,
    TurnEvent,
    WakeWordFound,
)
from .observed import ObservedSatellite
from .run_context import SPEAKER, Speaker

_LOGGER = logging.getLogger(__name__)

_STAGES: Final = {
    RunStage.WAKE: PipelineStage.WAKE_WORD,
    RunStage.COMMAND: PipelineStage.STT,
}


class RunningSatellite(HearkenSatelliteEntity, ObservedSatellite):
    """Runs the pipelines that its owner chose, one at a time."""

    def __init__(self, entry: HearkenConfigEntry, data: SatelliteData) -> None:
        """Begin with nothing going on."""
        super().__init__(data.link)
        self._entry = entry
        self.satellite_id = data.link.peer.welcome.id
        self.control = data.control
        self.wake_words = data.wake_words
        self._slot = 0
        self._handed_over: WakeWordDetection | None = None
        self._stop_following: CALLBACK_TYPE | None = None
        self._intercepting: asyncio.Future[str | None] | None = None
        self._audio = AudioQueue()
        self._run_task: asyncio.Task[None] | None = None
        self._detection: Detection | None = None

    @abstractmethod
    def _feed(self, event: TurnEvent) -> None:
        """Tell the turn what happened."""

    # What the owner chose.

    @property
    @override
    def pipeline_entity_id(self) -> str | None:
        """Return the entity in which the pipeline is chosen."""
        key = "pipeline" if self._slot == 0 else f"pipeline_{self._slot + 1}"
        return self._select_entity_id(key) or self._select_entity_id("pipeline")

    @property
    @override
    def vad_sensitivity_entity_id(self) -> str | None:
        """Return the entity in which the patience with pauses is chosen."""
        return self._select_entity_id("vad_sensitivity")

    def _select_entity_id(self, key: str) -> str | None:
        """Return the id of one of the satellite's selects, if it is in use."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            Platform.SELECT, DOMAIN, f"{self.satellite_id}-{key}"
        )
        if entity_id is None or self.hass.states.get(entity_id) is None:
            return None
        return entity_id

    # One run.

    def _background(
        self, coroutine: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Start a task that ends with the config entry."""
        return self._entry.async_create_background_task(
            self.hass, coroutine, f"{self.entity_id} {name}", eager_start=False
        )

    @callback
    def _start_run(self, action: StartRun) -> None:
        """Start a pipeline run in place of any other."""
        self._stop_run()
        self._choose_assistant(action)
        self._audio = AudioQueue(can_rewind=action.stage is RunStage.WAKE)
        self._run_task = self._background(self._run(action, self._audio), "run")

    @callback
    def _stop_run(self, _action: StopRun | None = None) -> None:
        """End the pipeline run."""
        if self._run_task is not None:
            self._run_task.cancel()
            self._run_task = None

    async def _run(self, action: StartRun, audio: AudioQueue) -> None:
        """Run a pipeline once."""
        over: TurnEvent = RunReturned()
        SPEAKER.set(self._speaker(audio))
        RUN_NOTES.set(self._notes(action))
        try:
            await self._accept(audio, _STAGES[action.stage], action.wake_word_phrase)
            if (heard := self._handed_over) is not None:
                await self._take_over(audio, heard)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Home Assistant ended the run, not we: it is about to speak.
            over = RunCancelled()
        except HomeAssistantError as err:
            # The pipeline is gone, or its stages do not fit together.
            _LOGGER.warning("%s: no pipeline can run: %s", self.entity_id, err)
            self._feed(RunFailed(getattr(err, "code", "pipeline-error")))
        finally:
            audio.end()
            if self._stop_following is not None and self._audio is audio:
                self._stop_following()
                self._stop_following = None
        self._run_task = None
        self._feed(over)

    async def _accept(
        self, audio: AudioQueue, stage: PipelineStage, phrase: str | None
    ) -> None:
        """Run the chosen pipeline from this stage on."""
        await self.async_accept_pipeline_from_satellite(
            audio.stream(),
            start_stage=stage,
            end_stage=self._end_stage(),
            wake_word_phrase=phrase,
        )

    # Which assistant.

    @callback
    def _choose_assistant(self, action: StartRun) -> None:
        """Let the assistant of the wake word answer, the first if there is none."""
        self._handed_over = None
        if action.wake_word_phrase is not None:
            self._slot = self.wake_words.slot_of(action.wake_word_phrase)
        elif not action.is_continued:
            self._slot = 0

    @override
    async def async_intercept_wake_word(self) -> str | None:
        """Return the next wake word, which nobody answers to, as the wizard wants it.

        Home Assistant itself can do so only where the satellite hears its words.
        """
        if self.wake_words.is_on_device:
            return await super().async_intercept_wake_word()
        if self._intercepting is not None:
            raise SatelliteBusyError
        self._intercepting = self.hass.loop.create_future()
        try:
            return await self._intercepting
        finally:
            self._intercepting = None

    @callback
    def _on_wake_word(self, running: str, heard: WakeWordDetection) -> bool:
        """Take a wake word; return whether this run has to end because of it."""
        if self._intercepting is not None and not self._intercepting.done():
            self._intercepting.set_result(self._phrase(heard.id))
            return True
        slot, before = self.wake_words.slot_of(heard.id), self._slot
        self._slot = slot
        if self._assistant().id == running:
            return False
        self._slot = before
        self._handed_over = heard
        return True

    def _assistant(self) -> Pipeline:
        """Return the pipeline that is chosen for the word of now."""
        return async_get_pipeline(self.hass, self._resolve_pipeline())

    async def _take_over(self, audio: AudioQueue, heard: WakeWordDetection) -> None:
        """Let another assistant go on where the wake word ended."""
        self._slot = self.wake_words.slot_of(heard.id)
        phrase = self._phrase(heard.id)
        if heard.timestamp_ms is not None:
            audio.rewind(heard.timestamp_ms)
        RUN_NOTES.set(
            RunNotes(
                wake_word=phrase,
                wake_word_id=heard.id,
                score=heard.details.score if heard.details else None,
            )
        )
        self._feed(WakeWordFound(heard.id, heard.timestamp_ms))
        await self._accept(audio, PipelineStage.STT, phrase)

    def _phrase(self, wake_word_id: str) -> str:
        """Return a wake word as it is spoken."""
        words = self.wake_words.available()
        return next((w.phrase for w in words if w.id == wake_word_id), wake_word_id)

    def _listening(self, wake_word_id: str | None) -> Listening:
        """Return what to listen for, as it is chosen at any time of the run."""
        listening = Listening(self.wake_words.wishes(wake_word_id))
        if self._stop_following is not None:
            self._stop_following()
        self._stop_following = self.wake_words.async_follow(
            wake_word_id, listening.change
        )
        return listening

    # What the stages of a run want to know.

    def _speaker(self, audio: AudioQueue) -> Speaker:
        """Return what the recogniser cannot learn from Home Assistant."""

        @callback
        def speech_ended() -> None:
            if self._audio is audio:
                self._feed(SpeechEnded())

        select = self.vad_sensitivity_entity_id
        sensitivity = self.hass.states.get(select) if select else None
        return Speaker(
            device_id=self.device_entry.id if self.device_entry else None,
            satellite_id=self.entity_id,
            sensitivity=sensitivity.state if sensitivity else None,
            on_speech_ended=speech_ended,
            listen=self._listening,
            on_wake_word=partial(self._on_wake_word, self._assistant().id),
        )

    def _notes(self, action: StartRun) -> RunNotes:
        """Return what the satellite told about the wake word before the run."""
        detection, self._detection = self._detection, None
        if action.wake_word_phrase is None:
            return RunNotes()
        details = DetectionDetails.from_context(
            detection.context if detection else None
        )
        return RunNotes(
            wake_word=action.wake_word_phrase,
            wake_word_id=detection.name if detection else None,
            score=details.score if details else None,
        )

    def _end_stage(self) -> PipelineStage:
        """Return the last stage that the chosen pipeline has."""
        has_voice = self._assistant().tts_engine
        return PipelineStage.TTS if has_voice else PipelineStage.INTENT
