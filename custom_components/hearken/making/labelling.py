"""Steps in which the owner says what woke the house, or nearly did."""

import asyncio
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
from .links import link_of

SATELLITE: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(
            integration=DOMAIN, domain="assist_satellite"
        )
    )
)
LABELS: Final = ("word", "other", "again", "skip")
_MOST_CLIPS: Final = 10
_CLIP: Final = "clip"
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
        except HearkenError:
            names = ()
        # Their names are made of time, number, kind, word and satellite.
        self._clips = tuple(n for n in names if f"-{word.id}-" in n)[:_MOST_CLIPS]
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
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "clip.wav")
                await self.hass.async_add_executor_job(path.write_bytes, sound)
                await satellite.speech.async_announce(None, f"file:{path}", None)
        except (HearkenError, HomeAssistantError, OSError):
            # It can be played again.
            return

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
