"""The steps on a speech server's device that improve a wake word with the owner."""

import asyncio
from collections.abc import Coroutine
from typing import Any, override

import probatio
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)

from ..client.words import MadeWord, MakingJob
from ..errors import HearkenError
from .job import WordNotMadeError, async_improve_word
from .labelling import SATELLITE, LabelsClips
from .recording import (
    FEWEST_RECORDINGS,
    MAX_FAILURES,
    MOST_RECORDINGS,
    USUAL_RECORDINGS,
    Ask,
    async_record_word,
)

_COUNT = probatio.All(
    NumberSelector(
        NumberSelectorConfig(
            min=FEWEST_RECORDINGS,
            max=MOST_RECORDINGS,
            step=1,
            mode=NumberSelectorMode.SLIDER,
        )
    ),
    probatio.Coerce(int),
)


class ImproveWordFlow(LabelsClips):
    """Records the owner, shows the gain, and asks whether to use it."""

    def __init__(self) -> None:
        """Start without a word."""
        self._words: tuple[MadeWord, ...] = ()
        self._wanted = USUAL_RECORDINGS
        self._recorded = self._failures = 0
        self._ask = Ask.FIRST
        self._problem: dict[str, str] = {}
        self._recording: asyncio.Task[Ask] | None = None
        self._improving: asyncio.Task[MadeWord] | None = None
        self._stage = "speaking"

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which word to improve."""
        if (link := self.link()) is None:
            return self.async_abort(reason="no_control")
        try:
            self._words = await link.client().made_words()
        except HearkenError as err:
            return self.failed(err)
        if not self._words:
            return self.async_abort(reason="no_word_made")
        if user_input is not None:
            wanted = user_input["wake_word"]
            self._word = next((w for w in self._words if w.id == wanted), None)
            return await self.async_step_start()
        options = [SelectOptionDict(value=w.id, label=w.phrase) for w in self._words]
        schema = probatio.Schema(
            {
                probatio.Required(
                    "wake_word", default=self._words[0].id
                ): SelectSelector(SelectSelectorConfig(options=options))
            }
        )
        return self.async_show_form(step_id="user", data_schema=schema)

    async def async_step_start(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what can be done with the word."""
        if (word := self._word) is None:
            return self.async_abort(reason="no_word_made")
        if word.gain is not None:
            return await self.async_step_gain()
        options = ["record", "listen"]
        if word.sounds:
            options += ["improve", "forget"]
        if word.can_undo:
            options.append("undo")
        return self.async_show_menu(
            step_id="start",
            menu_options=options,
            description_placeholders=self.placeholders(),
        )

    # Recording.

    async def async_step_record(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the satellite, and how often the word is to be said."""
        errors = {}
        if user_input is not None:
            self._satellite = self.find_satellite(user_input["satellite"])
            self._wanted = user_input["recordings"]
            if self._satellite is not None:
                return await self.async_step_say()
            errors["satellite"] = "satellite_away"
        schema = probatio.Schema(
            {
                probatio.Required("satellite"): SATELLITE,
                probatio.Required("recordings", default=USUAL_RECORDINGS): _COUNT,
            }
        )
        return self.async_show_form(
            step_id="record",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {}),
            errors=errors,
            description_placeholders=self.placeholders(),
        )

    async def async_step_say(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Record until there are enough, and show what to do."""
        link, word, satellite = self.link(), self._word, self._satellite
        if self._recording is not None and self._recording.done():
            task, self._recording = self._recording, None
            try:
                self._ask = task.result()
            except WordNotMadeError as err:
                self._problem = err.placeholders
                return self.async_show_progress_done(next_step_id="lost")
            is_kept = self._ask is Ask.AGAIN
            self._recorded += is_kept
            self._failures = 0 if is_kept else self._failures + 1
        if self._failures >= MAX_FAILURES or None in (link, word, satellite):
            return self.async_show_progress_done(next_step_id="lost")
        if self._recorded >= self._wanted:
            return self.async_show_progress_done(next_step_id="improve")
        if self._recording is None:
            assert link is not None  # noqa: S101 - was just checked
            assert word is not None  # noqa: S101 - was just checked
            assert satellite is not None  # noqa: S101 - was just checked
            self._recording = self._start(
                async_record_word(self.hass, satellite, link, word, self._ask)
            )
        return self.async_show_progress(
            step_id="say",
            progress_action=f"say_{self._ask}",
            description_placeholders=self.placeholders(),
            progress_task=self._recording,
        )

    async def async_step_lost(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that there are too few recordings; those that are good are kept."""
        return self.async_abort(
            reason="not_recorded" if self._problem else "recording_failed",
            description_placeholders={**self.placeholders(), **self._problem},
        )

    # Learning.

    @override
    async def async_step_improve(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Learn from everything that is kept, and show how far it is."""
        if self._improving is None:
            link, word = self.link(), self._word
            if link is None or word is None:
                return self.async_abort(reason="no_control")
            self._improving = self._start(
                async_improve_word(link, word, self._show_progress)
            )
        if not self._improving.done():
            return self.async_show_progress(
                step_id="improve",
                progress_action=self._stage,
                description_placeholders=self.placeholders(),
                progress_task=self._improving,
            )
        return self.async_show_progress_done(next_step_id="learned")

    async def async_step_learned(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the gain, or why there is none."""
        assert self._improving is not None  # noqa: S101 - the step before started it
        task, self._improving = self._improving, None
        try:
            self._word = task.result()
        except WordNotMadeError as err:
            return self.async_abort(
                reason="not_improved",
                description_placeholders={**self.placeholders(), **err.placeholders},
            )
        return await self.async_step_gain()

    async def async_step_gain(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what would change, and ask whether to use it."""
        gain = self._word.gain if self._word else None
        figures = {key: f"{value:g}" for key, value in (gain or {}).items()}
        return self.async_show_menu(
            step_id="gain",
            menu_options=["accept", "discard"],
            description_placeholders={**self.placeholders(), **figures},
        )

    # Decisions.

    async def async_step_accept(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Use what was learned."""
        return await self._change("accept_word", "wake_word_improved")

    async def async_step_discard(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Leave the word as it is."""
        return await self._change("discard_word", "wake_word_unchanged")

    async def async_step_undo(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go back to the word before the last improvement."""
        return await self._change("undo_word", "wake_word_undone")

    async def async_step_forget(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Delete the sounds of the owner."""
        return await self._change("delete_recordings", "recordings_deleted")

    async def _change(self, request: str, done: str) -> SubentryFlowResult:
        """Send a request about the word, and say that it is done."""
        link, word = self.link(), self._word
        if link is None or word is None:
            return self.async_abort(reason="no_control")
        try:
            await getattr(link.client(), request)(word.id)
        except HearkenError as err:
            return self.failed(err)
        await link.coordinator.async_refresh()
        return self.async_abort(
            reason=done, description_placeholders=self.placeholders()
        )

    @callback
    @override
    def async_remove(self) -> None:
        """Stop when the dialog is closed."""
        for task in (self._recording, self._improving, self._playing):
            if task is not None:
                task.cancel()

    def _start[ResultT](
        self, coroutine: Coroutine[Any, Any, ResultT]
    ) -> asyncio.Task[ResultT]:
        """Start a task of the dialog."""
        return self.hass.async_create_task(
            coroutine, "improve wake word", eager_start=False
        )

    @callback
    def _show_progress(self, job: MakingJob) -> None:
        """Show the progress bar of the dialog."""
        self._stage = job.stage or self._stage
        self.async_update_progress(min(1.0, job.percent / 100))

    @override
    def placeholders(self) -> dict[str, str]:
        """Return what the texts mention."""
        word = self._word
        return {
            "text": word.phrase if word else "",
            "kept": str(word.sounds if word else 0),
            "number": str(min(self._recorded + 1, self._wanted)),
            "count": str(self._wanted),
        }
