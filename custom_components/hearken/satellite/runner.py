"""Runs the Assist pipelines of a satellite, one at a time."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.assist_pipeline.pipeline import (
    Pipeline,
    PipelineStage,
    async_get_pipeline,
)
from homeassistant.components.assist_satellite import SatelliteBusyError
from homeassistant.const import MATCH_ALL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..client.detect import Listening, WakeWordDetection
from ..const import DETACHED_QUIET_SECONDS
from ..exchanges.recorder import RunNotes, RunObserver
from .actions import StartRun
from .after_word import AfterWord
from .audio import AudioQueue
from .envelope import ENVELOPE_BYTES, envelope_of
from .events import (
    RunFailed,
    RunReturned,
    RunStage,
    SpeechEnded,
    TurnEvent,
    VoiceStarted,
    WakeWordFound,
    WakeWordHeard,
)
from .inbox import AudioReceived
from .pipeline_host import PipelineHost
from .run_context import RunContext, enter_run
from .tasks import Tasks
from .wake_words import SatelliteWakeWords

_LOGGER = logging.getLogger(__name__)

_STAGES: Final = {
    RunStage.WAKE: PipelineStage.WAKE_WORD,
    RunStage.COMMAND: PipelineStage.STT,
}
_MAX_CONVERSATIONS: Final = 16


@dataclass(slots=True)
class DetachedRun:
    """A run that continues while something else uses the satellite."""

    slot: int
    task: asyncio.Task[None]
    is_answered: bool = False
    listen_again: bool = False
    quiet_timer: asyncio.TimerHandle | None = None
    """Set when the run last spoke; sets ``is_quiet``."""
    is_quiet: bool = False
    """Whether others no longer wait for the run."""


class PipelineRunner:
    """Starts and stops runs, and selects the assistant that answers."""

    def __init__(
        self,
        hass: HomeAssistant,
        tasks: Tasks,
        wake_words: SatelliteWakeWords,
        host: PipelineHost,
    ) -> None:
        """Start without a run."""
        self._hass = hass
        self._tasks = tasks
        self._wake_words = wake_words
        self._host = host
        self._feed: Callable[[TurnEvent], None] = lambda _: None
        self._contest: Callable[[WakeWordHeard], None] = lambda _: None
        self.slot = 0
        """Slot of the assistant in charge, and of its wake word."""
        self._conversations: dict[str, str] = {}
        self._run: RunContext | None = None
        self._running_id = ""
        self._task: asyncio.Task[None] | None = None
        self._detached: dict[RunContext, DetachedRun] = {}
        self._audio = AudioQueue()
        self._after_word = AfterWord()
        self._heard: WakeWordHeard | None = None
        self._handed_over: WakeWordDetection | None = None
        self._stop_following: CALLBACK_TYPE | None = None
        self._intercepting: asyncio.Future[str | None] | None = None

    def report_to(
        self,
        feed: Callable[[TurnEvent], None],
        contest: Callable[[WakeWordHeard], None],
    ) -> None:
        """Pass events of runs, and wake words of the server, to these functions."""
        self._feed = feed
        self._contest = contest

    # Audio.

    def put(self, audio: AudioReceived) -> None:
        """Pass audio to the run."""
        word, samples = self._after_word.split(audio.samples, audio.begin_ms)
        if word and self._run is not None:
            self._run.lead_audio += word
        if samples:
            self._audio.put(samples)

    def end_audio(self) -> None:
        """End the audio of the run."""
        self._audio.end()

    def set_wake_word(self, heard: WakeWordHeard) -> None:
        """Store the wake word that the satellite detected before its request."""
        self._heard = heard
        self._after_word.set_end(heard.end_ms)

    # One run.

    @callback
    def start(self, action: StartRun) -> None:
        """Start a run, ending any other."""
        self.stop()
        self._choose_assistant(action)
        self._audio = audio = AudioQueue(can_rewind=action.stage is RunStage.WAKE)
        self._run = run = self._context(action, audio)
        self._task = self._tasks.start(self._run_once(action, audio, run), "run")

    @callback
    def stop(self) -> None:
        """End the run."""
        if self._task is not None:
            self._task.cancel()
        self._run = self._task = None

    @property
    def task(self) -> asyncio.Task[None] | None:
        """Return the task of the run, None without one."""
        return self._task

    def is_current(self, run: RunContext) -> bool:
        """Return whether this is the current run."""
        return run is self._run

    @callback
    def detach(self) -> DetachedRun | None:
        """Detach the run: it continues, but only its answer is used."""
        run, task, self._run, self._task = self._run, self._task, None, None
        if run is None or task is None:
            return None
        self._detached[run] = detached = DetachedRun(self.slot, task)
        return detached

    @callback
    def stop_detached(self) -> list[asyncio.Task[None]]:
        """Cancel all detached runs; return their tasks."""
        tasks = [detached.task for detached in self._detached.values()]
        for task in tasks:
            task.cancel()
        return tasks

    @callback
    def spoke(self, run: DetachedRun) -> None:
        """Make others wait a little longer for a detached run that has just spoken."""

        @callback
        def is_quiet() -> None:
            run.is_quiet = True
            self._host.on_turn_changed()

        run.is_quiet = False
        if run.quiet_timer is not None:
            run.quiet_timer.cancel()
        run.quiet_timer = self._hass.loop.call_later(DETACHED_QUIET_SECONDS, is_quiet)

    @property
    def has_detached(self) -> bool:
        """Return whether there is a detached run that may still say something."""
        return any(not run.is_quiet for run in self._detached.values())

    def detached(self, run: RunContext) -> DetachedRun | None:
        """Return the state of a detached run, None for any other."""
        return self._detached.get(run)

    async def _run_once(
        self, action: StartRun, audio: AudioQueue, run: RunContext
    ) -> None:
        """Run a pipeline once."""
        enter_run(run)
        try:
            # Home Assistant would take the word of a rival for a duplicate.
            phrase = None if action.is_rival else action.wake_word_phrase
            await self._accept(audio, _STAGES[action.stage], phrase)
            if (heard := self._handed_over) is not None:
                await self._take_over(run.notes, audio, heard)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            _LOGGER.debug("%s: the run was cancelled", self._host.entity_id)
        except HomeAssistantError as err:
            # The pipeline was deleted, or its stages are incompatible.
            _LOGGER.warning("%s cannot run its pipeline: %s", self._host.entity_id, err)
            self._returned(run, getattr(err, "code", "pipeline-error"))
        except Exception:
            _LOGGER.exception("%s failed to run its pipeline", self._host.entity_id)
            self._returned(run, "pipeline-error")
        finally:
            run.is_over = True
            audio.end()
            if (detached := self._detached.pop(run, None)) is not None:
                if detached.quiet_timer is not None:
                    detached.quiet_timer.cancel()
                self._host.on_turn_changed()
            if self._stop_following is not None and self._audio is audio:
                self._stop_following()
                self._stop_following = None
        self._returned(run)

    @callback
    def _returned(self, run: RunContext, error: str | None = None) -> None:
        """Report that the run has ended, unless something took its place."""
        if self._run is run:
            if error is not None:
                self._feed(RunFailed(error))
            self._run = self._task = None
            self._feed(RunReturned())

    async def _accept(
        self, audio: AudioQueue, stage: PipelineStage, phrase: str | None
    ) -> None:
        """Run the pipeline of the assistant in charge from this stage on."""
        assistant = self._assistant()
        self._running_id = assistant.id
        await self._host.async_accept_pipeline_from_satellite(
            audio.stream(),
            start_stage=stage,
            end_stage=(
                PipelineStage.TTS if assistant.tts_engine else PipelineStage.INTENT
            ),
            wake_word_phrase=phrase,
        )

    # Which assistant.

    @property
    def pipeline_key(self) -> str:
        """Return the key of the select for the assistant in charge."""
        return "pipeline" if self.slot == 0 else f"pipeline_{self.slot + 1}"

    @property
    def has_voice(self) -> bool:
        """Return whether the assistant in charge can speak."""
        return self._assistant().tts_engine is not None

    @property
    def language(self) -> str:
        """Return the language in which the assistant in charge converses."""
        assistant = self._assistant()
        spoken = assistant.conversation_language
        return assistant.language if spoken == MATCH_ALL else spoken

    @property
    def conversation_id(self) -> str | None:
        """Return the conversation with the assistant in charge, None for a new one."""
        return self._conversations.get(self._assistant().id)

    @conversation_id.setter
    def conversation_id(self, conversation_id: str | None) -> None:
        """Continue another conversation with the assistant in charge."""
        key = self._assistant().id
        self._conversations.pop(key, None)
        if conversation_id is not None:
            self._conversations[key] = conversation_id
        while len(self._conversations) > _MAX_CONVERSATIONS:
            del self._conversations[next(iter(self._conversations))]

    @callback
    def _choose_assistant(self, action: StartRun) -> None:
        """Select the assistant of the wake word, or the first one without a word."""
        self._handed_over = None
        if action.wake_word_phrase is not None:
            self.slot = self._wake_words.slot_of(action.wake_word_phrase)
        elif not action.is_continued:
            self.slot = 0

    def _assistant(self) -> Pipeline:
        """Return the pipeline of the assistant in charge."""
        return async_get_pipeline(self._hass, self._host.pipeline_id())

    async def async_intercept_wake_word(self) -> str | None:
        """Return the next wake word that the server detects, without answering it."""
        if self._intercepting is not None:
            raise SatelliteBusyError
        self._intercepting = self._hass.loop.create_future()
        try:
            return await self._intercepting
        finally:
            self._intercepting = None

    @callback
    def _on_wake_word(self, detection: WakeWordDetection) -> bool:
        """Handle a wake word; return whether this run has to end because of it."""
        if self._intercepting is not None and not self._intercepting.done():
            self._intercepting.set_result(self._wake_words.phrase(detection.id))
            return True
        heard = self._as_heard(detection)
        if self._run is not None:
            self._run.wake_phrase, self._run.has_wake_word = heard.phrase, True
        self._contest(heard)
        before, self.slot = self.slot, self._wake_words.slot_of(detection.id)
        if self._assistant().id == self._running_id:
            return False
        self.slot = before
        self._handed_over = detection
        return True

    def _as_heard(self, detection: WakeWordDetection) -> WakeWordHeard:
        """Return a detection of the server as one that satellites compare."""
        details = detection.details
        return WakeWordHeard(
            self._wake_words.phrase(detection.id),
            detection.id,
            score=details.score if details else None,
            level_dbfs=details.level_dbfs if details else None,
            envelope=envelope_of(self._audio.recent(ENVELOPE_BYTES)),
        )

    async def _take_over(
        self, notes: RunNotes, audio: AudioQueue, detection: WakeWordDetection
    ) -> None:
        """Let another assistant continue where the wake word ended."""
        self.slot = self._wake_words.slot_of(detection.id)
        phrase = self._wake_words.phrase(detection.id)
        if detection.timestamp_ms is not None:
            audio.rewind(detection.timestamp_ms)
        notes.wake_word, notes.wake_word_id = phrase, detection.id
        notes.score = detection.details.score if detection.details else None
        self._feed(WakeWordFound(detection.id, detection.timestamp_ms))
        await self._accept(audio, PipelineStage.STT, phrase)

    # What the stages of a run need.

    def _context(self, action: StartRun, audio: AudioQueue) -> RunContext:
        """Return the context of a new run."""

        @callback
        def speech_ended() -> None:
            if self._audio is audio:
                self._feed(SpeechEnded())

        @callback
        def voice_started() -> None:
            if self._audio is audio:
                self._feed(VoiceStarted())

        usual_phrase = self._wake_words.phrase_of_slot(self.slot)
        return RunContext(
            device_id=self._host.device_id,
            satellite_id=self._host.entity_id,
            sensitivity=self._host.sensitivity,
            on_speech_ended=speech_ended,
            on_voice_started=voice_started,
            follow_up=action.follow_up,
            wake_phrase=action.wake_word_phrase or usual_phrase,
            has_wake_word=action.wake_word_phrase is not None,
            listen=self._listening,
            on_wake_word=self._on_wake_word,
            observer=RunObserver(self._notes(action)),
        )

    def _notes(self, action: StartRun) -> RunNotes:
        """Return what the satellite reported about the wake word before the run."""
        heard, self._heard = self._heard, None
        if action.wake_word_phrase is None:
            return RunNotes()
        return RunNotes(
            wake_word=action.wake_word_phrase,
            wake_word_id=heard.wake_word_id if heard else None,
            score=heard.score if heard else None,
        )

    def _listening(self, wake_word_id: str | None) -> Listening:
        """Return the wake word request, which follows changes during the run."""
        listening = Listening(self._wake_words.request(wake_word_id))
        if self._stop_following is not None:
            self._stop_following()
        self._stop_following = self._wake_words.async_follow(
            wake_word_id, listening.change
        )
        return listening
