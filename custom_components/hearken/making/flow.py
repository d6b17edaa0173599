"""The steps on a speech server's device that make a wake word."""

import asyncio
from typing import Any, override

import probatio
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    LanguageSelector,
    LanguageSelectorConfig,
    TextSelector,
)

from ..client.words import MadeWord, MakingJob
from ..const import CONF_TOKEN
from ..data import kind_of
from ..protocol import PeerKind
from ..server.link import ServerLink
from .improving import ImproveWordFlow
from .job import WordNotMadeError, async_make_word
from .links import link_of

_LANGUAGES = ["en", "de", "zh", "fr", "es", "it", "nl", "pl", "pt", "sv"]


class WakeWordFlow(ConfigSubentryFlow):
    """Asks for a text, shows the progress, and says what to expect."""

    def __init__(self) -> None:
        """Start without a text."""
        self._wanted: dict[str, Any] = {}
        self._task: asyncio.Task[MadeWord] | None = None
        self._stage = "speaking"

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the text."""
        if self._link() is None:
            return self.async_abort(reason="no_control")
        if user_input is not None:
            self._wanted = user_input
            return await self.async_step_make()
        return self._show_form({})

    async def async_step_make(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Make the wake word, and show how far it is."""
        if self._task is None:
            link = self._link()
            if link is None:
                return self.async_abort(reason="no_control")
            self._task = self.hass.async_create_task(
                async_make_word(
                    link,
                    self._wanted["text"],
                    self._wanted["language"],
                    force=self._wanted["force"],
                    on_progress=self._show_progress,
                ),
                "make wake word",
                eager_start=False,
            )
        if not self._task.done():
            return self.async_show_progress(
                step_id="make",
                progress_action=self._stage,
                description_placeholders={"text": self._wanted["text"]},
                progress_task=self._task,
            )
        return self.async_show_progress_done(next_step_id="finish")

    async def async_step_finish(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say what to expect, or ask again after a failure."""
        assert self._task is not None  # noqa: S101 - the step before started it
        task, self._task = self._task, None
        try:
            word = task.result()
        except WordNotMadeError as err:
            return self._show_form({"text": err.key}, err.placeholders)
        return self.async_abort(
            reason="wake_word_made",
            description_placeholders={
                "phrase": word.phrase,
                **{key: f"{value:g}" for key, value in word.expected.items()},
            },
        )

    @callback
    @override
    def async_remove(self) -> None:
        """Stop when the dialog is closed."""
        if self._task is not None:
            self._task.cancel()

    @callback
    def _show_progress(self, job: MakingJob) -> None:
        """Show the progress bar of the dialog."""
        self._stage = job.stage or self._stage
        self.async_update_progress(min(1.0, job.percent / 100))

    def _show_form(
        self, errors: dict[str, str], placeholders: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        """Show the form, with what was typed before."""
        language = self.hass.config.language.split("-")[0]
        schema = probatio.Schema(
            {
                probatio.Required("text"): TextSelector(),
                probatio.Required("language", default=language): LanguageSelector(
                    LanguageSelectorConfig(
                        languages=list(dict.fromkeys((language, *_LANGUAGES)))
                    )
                ),
                probatio.Required("force", default=False): BooleanSelector(),
            }
        )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, self._wanted),
            errors=errors,
            description_placeholders={"text": "", "reason": "", **(placeholders or {})},
        )

    def _link(self) -> ServerLink | None:
        """Return the live connection of the server, None without one."""
        return link_of(self._get_entry())


class MakesWakeWords(ConfigFlow):
    """Offers the dialog on the speech servers whose token is known."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows that make and improve wake words."""
        if kind_of(config_entry) is PeerKind.SERVER and CONF_TOKEN in config_entry.data:
            return {"wake_word": WakeWordFlow, "own_voice": ImproveWordFlow}
        return {}
