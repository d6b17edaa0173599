"""Actions that listen without a wake word, and ask questions."""

import asyncio
from typing import Any, Final

import voluptuous as vol
from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import async_get_pipeline
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv

from ..assist_satellite import HearkenSatellite
from ..const import (
    HEAR_TIMEOUT_SECONDS,
    MAX_CHOICES,
    MAX_MESSAGE_CHARACTERS,
    MAX_SENTENCES,
)
from ..dialogue.choices import Choice, check_sentence, choose
from ..exchanges.exchange import Exchange, Kind
from ..satellite.prompt import Prompt
from .finding import async_one_satellite

_TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS))
_SECONDS: Final = vol.All(vol.Coerce(float), vol.Range(min=1, max=300))
_SENTENCE: Final = vol.All(_TEXT, check_sentence)
_CHOICE: Final = vol.Schema(
    {
        vol.Required("id"): _TEXT,
        vol.Required("sentences"): vol.All(
            cv.ensure_list, [_SENTENCE], vol.Length(min=1, max=MAX_SENTENCES)
        ),
    }
)
_COMMON: Final = {
    vol.Required(ATTR_ENTITY_ID): cv.entity_id,
    vol.Optional("chime", default=True): cv.boolean,
    vol.Optional("timeout", default=HEAR_TIMEOUT_SECONDS): _SECONDS,
}
LISTEN_SCHEMA: Final = vol.Schema(
    {
        **_COMMON,
        vol.Optional("message"): _TEXT,
        vol.Optional("carry_out", default=False): cv.boolean,
    }
)
ASK_SCHEMA: Final = vol.Schema(
    {
        **_COMMON,
        vol.Required("question"): _TEXT,
        vol.Optional("choices", default=list): vol.All(
            cv.ensure_list, [_CHOICE], vol.Length(max=MAX_CHOICES)
        ),
        vol.Optional("repeat", default=True): cv.boolean,
    }
)


async def async_listen(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Open the microphone and return the text and, if carried out, its result."""
    satellite = await async_one_satellite(hass, call)
    prompt = Prompt(message=call.data.get("message"), chime=call.data["chime"])
    text: str | None = None
    is_late = False
    try:
        async with (
            satellite.speech.turn(call.context),
            asyncio.timeout(call.data["timeout"]),
        ):
            text = await satellite.speech.async_hear(prompt)
    except TimeoutError:
        is_late = True
    response: dict[str, Any] = {"text": text, "timed_out": is_late}
    if text is None:
        return response
    satellite.publish(Kind.COMMAND_HEARD, Exchange(text=text))
    if call.data["carry_out"]:
        response |= await _carry_out(hass, call, satellite, text)
    return response


async def _carry_out(
    hass: HomeAssistant, call: ServiceCall, satellite: HearkenSatellite, text: str
) -> dict[str, Any]:
    """Have the built-in agent carry out a command."""
    entry = satellite.registry_entry
    result = await conversation.async_converse(
        hass,
        text,
        None,
        call.context,
        language=_language(hass, satellite),
        agent_id=conversation.HOME_ASSISTANT_AGENT,
        device_id=entry.device_id if entry else None,
        satellite_id=satellite.entity_id,
    )
    response = result.response.as_dict()
    answer = response.get("speech", {}).get("plain", {}).get("speech")
    return {
        "understood": response["response_type"] != "error",
        "response_type": response["response_type"],
        "answer": answer,
        "targets": response.get("data", {}).get("success", []),
    }


async def async_ask(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Ask a question and return the choice."""
    satellite = await async_one_satellite(hass, call)
    question = _Question(hass, satellite, call)
    try:
        async with (
            satellite.speech.turn(call.context),
            asyncio.timeout(call.data["timeout"]),
        ):
            await question.ask()
    except TimeoutError:
        question.outcome = "timed_out"
    if question.outcome == "answered":
        satellite.publish(
            Kind.QUESTION_ANSWERED,
            Exchange(
                text=question.sentence,
                choice=question.choice,
                slots=question.slots or None,
            ),
        )
    return {
        "choice": question.choice,
        "slots": question.slots,
        "sentence": question.sentence,
        "outcome": question.outcome,
    }


class _Question:
    """A question that is repeated if the answer is none of the choices."""

    def __init__(
        self, hass: HomeAssistant, satellite: HearkenSatellite, call: ServiceCall
    ) -> None:
        """Prepare the question."""
        self._hass = hass
        self._satellite = satellite
        self._message: str = call.data["question"]
        self._chime: bool = call.data["chime"]
        self._attempts = 2 if call.data["repeat"] else 1
        self._language = _language(hass, satellite)
        self._choices = [
            Choice(choice["id"], tuple(choice["sentences"]))
            for choice in call.data["choices"]
        ]
        self.choice: str | None = None
        self.slots: dict[str, Any] = {}
        self.sentence: str | None = None
        self.outcome = "nothing_heard"

    async def ask(self) -> None:
        """Ask until there is a usable answer, at most twice."""
        for attempt in range(self._attempts):
            prompt = Prompt(message=self._message, chime=self._chime and not attempt)
            self.sentence = await self._satellite.speech.async_hear(prompt)
            if await self._is_answer():
                return

    async def _is_answer(self) -> bool:
        """Match the answer to the choices; without choices, any answer counts."""
        if self.sentence is None:
            self.outcome = "nothing_heard"
            return False
        if self._choices:
            # Matching a sentence with many alternatives takes long.
            chosen = await self._hass.async_add_executor_job(
                choose, self.sentence, self._choices, self._language
            )
            if chosen is None:
                self.outcome = "not_understood"
                return False
            self.choice, self.slots = chosen.id, chosen.slots
        self.outcome = "answered"
        return True


def _language(hass: HomeAssistant, satellite: HearkenSatellite) -> str:
    """Return the language of the satellite's assistant."""
    pipeline = async_get_pipeline(hass, satellite.pipeline_id())
    return pipeline.stt_language or pipeline.language or hass.config.language
