"""The conversation agent: commands that carry on, in front of Home Assistant's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, override

from homeassistant.components.conversation import (
    HOME_ASSISTANT_AGENT,
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationEntityFeature,
    ConversationInput,
    ConversationResult,
    UserContent,
    async_converse,
)
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ASK_FIRST_LABELS,
    CONF_FALLBACK_AGENT,
    CONF_NEVER_KINDS,
    CONF_NEVER_LABELS,
    CONF_PIN,
    CONF_SHORT_ANSWERS,
)
from .data import HearkenConfigEntry, ServerData
from .dialogue.agent import Answer, DialogueAgent
from .dialogue.answers import after_cancelling
from .dialogue.core import CoreReader, CoreReading, targets_of
from .dialogue.orders import DATA_IS_COMPLETE, DATA_READER, Speaker
from .dialogue.replies import cancelled_first, error_code, target_of, texts_of
from .dialogue.risk import Risk, RiskPolicy
from .entity import device_info
from .exchanges.exchange import HIDDEN_TEXT, TurnKind, TurnRecord
from .languages import base_of
from .satellite.open_questions import DATA_TAKE_BACK
from .satellite.run_context import current_run
from .schedule import (
    ScheduleReply,
    async_drop_question,
    async_expects_answer,
    understands,
)
from .schedule import async_answer as async_answer_schedule
from .server.mistakes import Mistakes

PARALLEL_UPDATES = 0
KEY: Final = "conversation"
NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})
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
                entry.options,
                data.mistakes,
            )
        ]
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """What was said, where, and what Home Assistant's agent would do with it."""

    user_input: ConversationInput
    chat_log: ChatLog
    speaker: Speaker
    read: CoreReading


class HearkenAgent(ConversationEntity):
    """Understands follow-ups, and hands on what it does not understand."""

    _attr_has_entity_name = True
    _attr_translation_key = KEY
    _attr_supported_features = ConversationEntityFeature.CONTROL

    def __init__(
        self,
        unique_id: str | None = None,
        info: DeviceInfo | None = None,
        options: Mapping[str, Any] = NO_OPTIONS,
        mistakes: Mistakes | None = None,
    ) -> None:
        """Initialize the agent of a speech server with these options."""
        self._attr_unique_id = unique_id
        self._attr_device_info = info
        self._options = options
        self._fallback: str | None = options.get(CONF_FALLBACK_AGENT)
        self._mistakes = mistakes or Mistakes()

    @override
    async def async_added_to_hass(self) -> None:
        """Watch the house, and offer the agent to the rest of the integration."""
        await super().async_added_to_hass()
        options, is_brief = self._options, self._options.get(CONF_SHORT_ANSWERS) is True
        self._agent = DialogueAgent(
            self.hass, _policy_of(options), options.get(CONF_PIN, ""), is_brief=is_brief
        )
        self._core = CoreReader(self.hass, self._agent.house.risk_of)
        for unsubscribe in self._agent.house.async_listen():
            self.async_on_remove(unsubscribe)
        self.hass.data[DATA_READER] = self._agent
        self.hass.data[DATA_IS_COMPLETE] = self._async_is_complete
        open_questions = self.hass.data.setdefault(DATA_TAKE_BACK, [])
        open_questions.append(self._take_back)
        self.async_on_remove(lambda: open_questions.remove(self._take_back))

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

    @callback
    def _take_back(self, satellite_id: str, language: str) -> str | None:
        """Take back what was asked at a satellite; return what to say about it."""
        return self._drop_question(language, Speaker(satellite_id=satellite_id))

    @callback
    def _drop_question(self, language: str, speaker: Speaker) -> str | None:
        """Take back what a speaker was asked; return what to say about it."""
        is_ours = self._agent.drop_question(speaker)
        if async_drop_question(self.hass, speaker) or is_ours:
            return str(texts_of(language)["cancelled"])
        return None

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
        speaker = Speaker(
            device_id=user_input.device_id,
            satellite_id=user_input.satellite_id,
            conversation_id=chat_log.conversation_id,
            context=user_input.context,
            heard=current_run().notes.heard,
        )
        read = await self._core.async_read(user_input)
        if read.is_owners:
            _note(TurnRecord(kind=TurnKind.ORDER))
            is_open = self._drop_question(user_input.language, speaker) is not None
            result = await self._async_ask(HOME_ASSISTANT_AGENT, user_input, chat_log)
            return cancelled_first(result) if is_open else result
        if self._agent.awaits_pin(speaker):
            # Other agents get the exchange so far: it may be the PIN.
            chat_log.content[-1] = UserContent(content=HIDDEN_TEXT)
        return await self._async_answer(_Turn(user_input, chat_log, speaker, read))

    async def _async_answer(self, turn: _Turn) -> ConversationResult:
        """Answer a sentence that the owner did not write."""
        user_input, speaker = turn.user_input, turn.speaker
        is_ours = self._agent.has_question(speaker)
        is_open = is_ours or async_expects_answer(self.hass, speaker)
        if not is_open:
            question = await self._async_doubt(turn, current_run().notes.doubted)
            if question is not None:
                return self._result(question, turn)
        if not is_ours and (reply := await self._async_schedule(user_input, speaker)):
            return self._scheduled(reply, turn)
        answer = await self._agent.async_answer(
            user_input.text, user_input.language, speaker
        )
        if answer is not None and answer.said is not None:
            turn = replace(turn, user_input=replace(user_input, text=answer.said))
            return await self._async_core(turn)
        texts = texts_of(user_input.language)
        if answer is not None and (
            is_ours or not await self._async_may_know(turn, answer)
        ):
            if is_open and not is_ours:
                answer = replace(answer, speech=after_cancelling(texts, answer.speech))
            self._note_turn(answer, speaker)
            return self._result(answer, turn)
        reply = await self._async_schedule(user_input, speaker) if is_ours else None
        if reply is not None:
            reply = replace(reply, speech=after_cancelling(texts, reply.speech))
            return self._scheduled(reply, turn)
        return await self._async_hand_on(turn, answer, is_open=is_open)

    async def _async_may_know(self, turn: _Turn, answer: Answer) -> bool:
        """Return whether another agent may know what ours is not sure about."""
        if answer.proposal.key not in _UNSURE:
            return False
        return turn.read.risk is Risk.NONE or await self._async_may_fall_back(turn)

    async def _async_may_fall_back(self, turn: _Turn) -> bool:
        """Return whether the owner's own agent gets what nobody else understands.

        Nobody else may do unasked what we do not understand well enough to ask.
        """
        if not self._fallback or turn.read.risk is not None:
            return False
        text, language = turn.user_input.text, turn.user_input.language
        return not await self._agent.async_may_be_risky(text, language)

    @callback
    def _note_turn(self, answer: Answer, speaker: Speaker) -> None:
        """Record how a sentence relates to the conversation, and count mistakes."""
        if answer.proposal.is_refusal or answer.is_failure:
            return
        _note(answer.turn)
        if answer.turn.is_mistake and speaker.satellite_id is not None:
            self._mistakes.add()

    async def _async_hand_on(
        self, turn: _Turn, answer: Answer | None, *, is_open: bool
    ) -> ConversationResult:
        """Let others answer; say that nobody understood it if nobody did."""
        others = await self._async_others(turn)
        if others is not None:
            return cancelled_first(others) if is_open else others
        if answer is not None:
            return self._result(answer, turn)
        return await self._async_unknown(turn, is_open=is_open)

    async def _async_others(self, turn: _Turn) -> ConversationResult | None:
        """Let others answer what we do not understand; None if nobody does."""
        if turn.read.risk is Risk.NONE:
            # Words that may be anything.
            unsure = current_run().notes.unsure if turn.read.has_free_words else ""
            question = await self._async_doubt(turn, unsure)
            if question is not None:
                return self._result(question, turn)
            return await self._async_core(turn)
        if self._fallback and await self._async_may_fall_back(turn):
            return await self._async_ask(self._fallback, turn.user_input, turn.chat_log)
        return None

    async def _async_doubt(self, turn: _Turn, in_doubt: str) -> Answer | None:
        """Ask whether a text in doubt was said; what is risky is asked about anyway."""
        text = turn.user_input.text
        if in_doubt != text or turn.read.risk is not Risk.NONE:
            return None
        return await self._agent.async_ask_whether_said(
            text, turn.user_input.language, turn.speaker
        )

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
            _note(TurnRecord(kind=TurnKind.ORDER))
        return reply

    def _scheduled(self, reply: ScheduleReply, turn: _Turn) -> ConversationResult:
        """Return an answer about the schedule."""
        response = intent.IntentResponse(language=turn.user_input.language)
        response.async_set_speech(reply.speech)
        return _said(reply.speech, response, turn)

    async def _async_core(self, turn: _Turn) -> ConversationResult:
        """Let Home Assistant's agent act, and remember what it did."""
        user_input, chat_log, speaker = turn.user_input, turn.chat_log, turn.speaker
        before = self._agent.states()
        result = await self._async_ask(HOME_ASSISTANT_AGENT, user_input, chat_log)
        targets = targets_of(result.response)
        is_done = targets.acts and not result.response.failed_results
        if is_done and self._agent.is_enough(targets.entity_ids, speaker):
            result.response.async_set_speech(texts_of(user_input.language)["okay"])
        if targets.entity_ids:
            self._agent.remember_others(
                speaker, targets.entity_ids, targets.acts, before, user_input.text
            )
        if targets.acts:
            _note(TurnRecord(kind=TurnKind.ORDER))
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

    def _result(self, answer: Answer, turn: _Turn) -> ConversationResult:
        """Return an answer of ours as Home Assistant wants it."""
        response = intent.IntentResponse(language=turn.user_input.language)
        if answer.proposal.is_refusal or answer.is_failure:
            response.async_set_error(error_code(answer), answer.speech)
        else:
            response.async_set_speech(answer.speech)
            if answer.proposal.kind == "question":
                response.response_type = intent.IntentResponseType.QUERY_ANSWER
            response.async_set_results(
                [target_of(self.hass, one) for one in answer.entity_ids]
            )
        return _said(answer.speech, response, turn)

    async def _async_unknown(self, turn: _Turn, *, is_open: bool) -> ConversationResult:
        """Return what was not understood, be it an answer to a question."""
        text, language = turn.user_input.text, turn.user_input.language
        if not is_open:
            answer = await self._agent.async_suggest(text, language, turn.speaker)
            if answer is not None:
                return self._result(answer, turn)
        speech = texts_of(language)["cancelled" if is_open else "not_understood"]
        response = intent.IntentResponse(language=language)
        response.async_set_error(intent.IntentResponseErrorCode.NO_INTENT_MATCH, speech)
        return _said(speech, response, turn)


def _said(
    speech: str, response: intent.IntentResponse, turn: _Turn
) -> ConversationResult:
    """Return a response after it was noted in the chat log."""
    chat_log = turn.chat_log
    chat_log.async_add_assistant_content_without_tools(
        AssistantContent(agent_id=turn.user_input.agent_id, content=speech)
    )
    return ConversationResult(
        response=response,
        conversation_id=chat_log.conversation_id,
        continue_conversation=chat_log.continue_conversation,
    )


def _policy_of(options: Mapping[str, Any]) -> RiskPolicy:
    """Return what the owner wants to be asked about."""
    return RiskPolicy(
        ask_labels=frozenset(options.get(CONF_ASK_FIRST_LABELS, ())),
        never_labels=frozenset(options.get(CONF_NEVER_LABELS, ())),
        never_kinds=frozenset(options.get(CONF_NEVER_KINDS, ())),
    )


@callback
def _note(turn: TurnRecord) -> None:
    """Note what kind of turn it was for the events of the satellite."""
    current_run().notes.turn = turn
