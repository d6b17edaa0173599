"""The conversation agent: commands that carry on, in front of Home Assistant's own."""

from typing import Final, Literal, override

from homeassistant.components.conversation import (
    HOME_ASSISTANT_AGENT,
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationEntityFeature,
    ConversationInput,
    ConversationResult,
    async_converse,
)
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import CONF_FALLBACK_AGENT
from .data import HearkenConfigEntry, ServerData
from .dialogue.agent import Answer, DialogueAgent
from .dialogue.core import CoreReader, targets_of
from .dialogue.language import read
from .dialogue.orders import DATA_IS_COMPLETE, DATA_READER, Speaker
from .entity import device_info
from .languages import base_of
from .schedule import ScheduleReply, understands
from .schedule import async_answer as async_answer_schedule

PARALLEL_UPDATES = 0
KEY: Final = "conversation"
_UNSURE: Final = frozenset({"not_understood", "nothing_before", "cannot", "not_there"})
"""Refusals after which Home Assistant's agent may know what a whole command means."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HearkenConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the agent of a speech server."""
    if not isinstance(data := entry.runtime_data, ServerData):
        return
    welcome = data.coordinator.data.welcome
    async_add_entities(
        [
            HearkenAgent(
                f"{welcome.id}_{KEY}",
                device_info(welcome),
                entry.options.get(CONF_FALLBACK_AGENT),
            )
        ]
    )


class HearkenAgent(ConversationEntity):
    """Understands follow-ups, and hands on what it does not understand."""

    _attr_has_entity_name = True
    _attr_translation_key = KEY
    _attr_supported_features = ConversationEntityFeature.CONTROL

    def __init__(
        self,
        unique_id: str | None = None,
        info: DeviceInfo | None = None,
        fallback: str | None = None,
    ) -> None:
        """Initialize the agent; the fallback gets what nobody else understands."""
        self._attr_unique_id = unique_id
        self._attr_device_info = info
        self._fallback = fallback

    @override
    async def async_added_to_hass(self) -> None:
        """Watch the house, and offer the agent to the rest of the integration."""
        await super().async_added_to_hass()
        self._agent = DialogueAgent(self.hass)
        self._core = CoreReader(self.hass)
        for unsubscribe in self._agent.house.async_listen():
            self.async_on_remove(unsubscribe)
        self.hass.data[DATA_READER] = self._agent
        self.hass.data[DATA_IS_COMPLETE] = self._async_is_complete

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Withdraw the agent."""
        if self.hass.data.get(DATA_READER) is self._agent:
            del self.hass.data[DATA_READER]
            del self.hass.data[DATA_IS_COMPLETE]

    async def _async_is_complete(
        self, text: str, language: str, speaker: Speaker
    ) -> bool:
        """Return whether a text can be carried out as it is."""
        return understands(text, language) or await self._agent.async_understands(
            text, language, speaker
        )

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Return all languages: Home Assistant's agent gets what is not ours."""
        return MATCH_ALL

    @override
    async def async_prepare(self, language: str | None = None) -> None:
        """Load the words of a language, and the names in the house."""
        await self._agent.house.async_home(
            base_of(language or self.hass.config.language)
        )
        default = get_agent_manager(self.hass).default_agent
        if default is not None:
            await default.async_prepare(language)

    @override
    async def _async_handle_message(
        self, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Answer a sentence."""
        if await self._core.async_is_owners(user_input):
            return await self._async_ask(HOME_ASSISTANT_AGENT, user_input, chat_log)
        speaker = Speaker(
            device_id=user_input.device_id,
            satellite_id=user_input.satellite_id,
            conversation_id=chat_log.conversation_id,
            context=user_input.context,
        )
        has_question = self._agent.has_question(speaker)
        if not has_question:
            reply = await self._async_schedule(user_input, speaker)
            if reply is not None:
                return self._scheduled(reply, user_input, chat_log)
        answer = await self._agent.async_answer(
            user_input.text, user_input.language, speaker
        )
        if answer is not None:
            if (
                not has_question
                and answer.proposal.key in _UNSURE
                and await self._core.async_may_act(user_input)
            ):
                return await self._async_core(user_input, chat_log, speaker)
            return self._result(answer, user_input, chat_log)
        reply = (
            await self._async_schedule(user_input, speaker) if has_question else None
        )
        if reply is not None:
            return self._scheduled(reply, user_input, chat_log)
        return await self._async_others(user_input, chat_log, speaker)

    async def _async_others(
        self, user_input: ConversationInput, chat_log: ChatLog, speaker: Speaker
    ) -> ConversationResult:
        """Let others answer what we do not understand."""
        if await self._core.async_may_act(user_input):
            return await self._async_core(user_input, chat_log, speaker)
        if self._fallback:
            return await self._async_ask(self._fallback, user_input, chat_log)
        return self._not_understood(user_input, chat_log)

    async def _async_schedule(
        self, user_input: ConversationInput, speaker: Speaker
    ) -> ScheduleReply | None:
        """Return the answer to what is said about timers and the like."""
        reply = await async_answer_schedule(
            self.hass,
            user_input.text,
            user_input.language,
            device_id=speaker.device_id,
            satellite_id=speaker.satellite_id,
            conversation_id=speaker.conversation_id,
            context=speaker.context,
            now=dt_util.now(),
        )
        if reply is not None:
            self._agent.note_others(speaker)
        return reply

    def _scheduled(
        self, reply: ScheduleReply, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Return an answer about the schedule."""
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_speech(reply.speech)
        return self._said(reply.speech, response, user_input, chat_log)

    async def _async_core(
        self, user_input: ConversationInput, chat_log: ChatLog, speaker: Speaker
    ) -> ConversationResult:
        """Let Home Assistant's agent act, and remember what it did."""
        before = self._agent.states()
        result = await self._async_ask(HOME_ASSISTANT_AGENT, user_input, chat_log)
        targets = targets_of(result.response)
        if targets.entity_ids:
            self._agent.remember_others(
                speaker, targets.entity_ids, targets.acts, before
            )
        return result

    async def _async_ask(
        self, agent_id: str, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Let another agent answer in the same conversation."""
        return await async_converse(
            self.hass,
            user_input.text,
            chat_log.conversation_id,
            user_input.context,
            language=user_input.language,
            agent_id=agent_id,
            device_id=user_input.device_id,
            satellite_id=user_input.satellite_id,
            extra_system_prompt=user_input.extra_system_prompt,
        )

    def _result(
        self, answer: Answer, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Return an answer of ours as Home Assistant wants it."""
        response = intent.IntentResponse(language=user_input.language)
        if answer.proposal.is_refusal or answer.is_failure:
            response.async_set_error(_error_code(answer), answer.speech)
        else:
            response.async_set_speech(answer.speech)
            if answer.proposal.kind == "question":
                response.response_type = intent.IntentResponseType.QUERY_ANSWER
            response.async_set_results([self._target(one) for one in answer.entity_ids])
        return self._said(answer.speech, response, user_input, chat_log)

    def _target(self, entity_id: str) -> intent.IntentResponseTarget:
        """Return a device that was commanded as a target of the answer."""
        state = self.hass.states.get(entity_id)
        return intent.IntentResponseTarget(
            type=intent.IntentResponseTargetType.ENTITY,
            name=entity_id if state is None else state.name,
            id=entity_id,
        )

    def _not_understood(
        self, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Return that nothing was understood."""
        texts = read(user_input.language, "answers") or read("en", "answers")
        speech = texts["not_understood"]
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_error(intent.IntentResponseErrorCode.NO_INTENT_MATCH, speech)
        return self._said(speech, response, user_input, chat_log)

    def _said(
        self,
        speech: str,
        response: intent.IntentResponse,
        user_input: ConversationInput,
        chat_log: ChatLog,
    ) -> ConversationResult:
        """Return a response after it was noted in the chat log."""
        chat_log.async_add_assistant_content_without_tools(
            AssistantContent(agent_id=user_input.agent_id, content=speech)
        )
        return ConversationResult(
            response=response,
            conversation_id=chat_log.conversation_id,
            continue_conversation=chat_log.continue_conversation,
        )


def _error_code(answer: Answer) -> intent.IntentResponseErrorCode:
    """Return which kind of error a refusal is."""
    if answer.is_failure or answer.proposal.key == "unavailable":
        return intent.IntentResponseErrorCode.FAILED_TO_HANDLE
    if answer.proposal.key in {"cannot", "not_there"}:
        return intent.IntentResponseErrorCode.NO_VALID_TARGETS
    return intent.IntentResponseErrorCode.NO_INTENT_MATCH
