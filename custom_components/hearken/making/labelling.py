"""Steps in which the owner says what woke the house, or nearly did."""

import asyncio
import logging
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import probatio
from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..assist_satellite import HearkenSatellite, async_get_satellites
from ..client.words import MadeWord
from ..const import DOMAIN
from ..errors import HearkenError
from ..server.link import ServerLink
from ..texts.reasons import async_reason_text
from .links import link_of

_LOGGER = logging.getLogger(__name__)

SATELLITE: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(
            integration=DOMAIN, domain="assist_satellite"
        )
    )
)
LABELS: Final = ("word", "other", "again", "skip")
_CLIP: Final = "clip"
_MOST_CLIPS: Final = 10
_LABEL: Final = SelectSelector(
    SelectSelectorConfig(
        options=list(LABELS),
        mode=SelectSelectorMode.LIST,
        translation_key=_CLIP,
    )
)


class LabelsClips(ConfigSubentryFlow):
    """Plays the newest clips of a word, and asks whether it is said in them."""

    _word: MadeWord | None = None
    _satellite: HearkenSatellite | None = None
    _clips: tuple[str, ...] = ()
    _labelled = 0
    _playing: asyncio.Task[None] | None = None

    async def async_step_listen(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask on which satellite to listen to what the server kept."""
        errors = {}
        if user_input is not None:
            self._satellite = self.find_satellite(user_input["satellite"])
            if self._satellite is not None:
                return await self.async_step_label()
            errors["satellite"] = "satellite_away"
        link, word = self.link(), self._word
        if link is None or word is None:
            return self.async_abort(reason="no_control")
        try:
            names = await link.client().clips()
        except HearkenError as err:
            return self.failed(err)
        self._clips = _clips_of(word, names)
        if not self._clips:
            return self.async_abort(reason="no_clips")
        return self.async_show_form(
            step_id="listen",
            data_schema=probatio.Schema({probatio.Required("satellite"): SATELLITE}),
            errors=errors,
            description_placeholders=self.placeholders(),
        )

    async def async_step_label(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Play a clip and ask what it is."""
        label = user_input["label"] if user_input else None
        errors = {}
        if label in ("word", "other") and not await self._send(label):
            errors["label"] = "clip_refused"
        if label not in (None, "again"):
            self._clips = self._clips[1:]
        if not self._clips:
            if not self._labelled:
                return self.async_abort(reason="nothing_labelled")
            return await self.async_step_improve()
        if self._playing is not None:
            self._playing.cancel()
        self._playing = self.hass.async_create_task(
            self._play(self._clips[0]), "play clip", eager_start=False
        )
        return self.async_show_form(
            step_id="label",
            data_schema=probatio.Schema(
                {probatio.Required("label", default="skip"): _LABEL}
            ),
            errors=errors,
            description_placeholders={
                **self.placeholders(),
                "clip": self._clips[0],
                "left": str(len(self._clips)),
            },
        )

    async def async_step_improve(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Learn from what the owner said."""
        raise NotImplementedError

    async def _send(self, label: str) -> bool:
        """Tell the server what a clip is; return whether it can be used."""
        link, word = self.link(), self._word
        if link is None or word is None:
            return False
        try:
            await link.client().label_clip(
                word.id, self._clips[0], is_word=label == "word"
            )
        except HearkenError:
            return False
        self._labelled += 1
        return True

    async def _play(self, clip: str) -> None:
        """Play a clip on the satellite that the owner has named."""
        link, satellite = self.link(), self._satellite
        if link is None or satellite is None:
            return
        try:
            sound = await link.client().clip(clip)
            path = await asyncio.to_thread(_save, sound)
            try:
                await satellite.speech.async_announce(None, f"file:{path}", None)
            finally:
                await asyncio.to_thread(path.unlink, missing_ok=True)
        except (HearkenError, HomeAssistantError, OSError):
            _LOGGER.debug("%s was not played", clip, exc_info=True)

    def failed(self, err: HearkenError) -> SubentryFlowResult:
        """End because the server did not do it."""
        return self.async_abort(
            reason="not_changed",
            description_placeholders={"reason": async_reason_text(self.hass, err)},
        )

    def find_satellite(self, entity_id: str) -> HearkenSatellite | None:
        """Return a satellite that is connected."""
        satellites = async_get_satellites(self.hass).values()
        return next(
            (s for s in satellites if s.entity_id == entity_id and s.available), None
        )

    def link(self) -> ServerLink | None:
        """Return the live connection of the server, None without one."""
        return link_of(self._get_entry())

    def placeholders(self) -> dict[str, str]:
        """Return what the texts mention."""
        return {"text": self._word.phrase if self._word else ""}


def _clips_of(word: MadeWord, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the newest clips of a word.

    Their names are made of time, number, kind, word and satellite. Whatever the name of
    a file should not contain is replaced.
    """
    word_id = re.sub("[^A-Za-z0-9_-]", "_", word.id)
    kinds = re.compile(f"-(?:heard|near)-{word_id}-")
    return tuple(name for name in names if kinds.search(name))[:_MOST_CLIPS]


def _save(sound: bytes) -> Path:
    """Write a sound to a file of its own."""
    with tempfile.NamedTemporaryFile(suffix=".wav", delete=False) as file:
        file.write(sound)
    return Path(file.name)
