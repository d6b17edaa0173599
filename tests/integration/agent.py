"""A slow conversation agent that remembers the conversation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, override

from homeassistant.components import conversation
from homeassistant.components.assist_pipeline.pipeline import (
    async_get_pipeline,
    async_update_pipeline,
)
from homeassistant.components.conversation.const import DATA_COMPONENT
from homeassistant.helpers import intent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from homeassistant.core import HomeAssistant


class SlowAgent(conversation.ConversationEntity):
    """Answer like a language model, as soon as the test allows."""

    _attr_unique_id = "slow-agent"
    _attr_name = "Slow agent"

    def __init__(self) -> None:
        """Start without a conversation; answers are allowed at once."""
        self.heard = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.remembered: list[list[str]] = []
        """What people had said before, of the conversation of each command."""
        self.tool: Callable[[], Awaitable[object]] | None = None
        """What is called, as a language model calls a script, before the answer."""

    @property
    @override
    def supported_languages(self) -> Literal["*"]:
        """Support all languages."""
        return "*"

    @override
    async def _async_handle_message(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
    ) -> conversation.ConversationResult:
        """Answer a sentence."""
        said = [entry.content for entry in chat_log.content if entry.role == "user"]
        self.remembered.append([text for text in said[:-1] if text])
        self.heard.set()
        if self.tool is not None:
            await self.tool()
        await self.may_answer.wait()
        chat_log.async_add_assistant_content_without_tools(
            conversation.AssistantContent(agent_id=self.entity_id, content="Done.")
        )
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_speech(f"Answer to {user_input.text}")
        return conversation.ConversationResult(
            response=response, conversation_id=chat_log.conversation_id
        )


async def add_slow_agent(hass: HomeAssistant) -> SlowAgent:
    """Use the agent in the preferred pipeline."""
    agent = SlowAgent()
    await hass.data[DATA_COMPONENT].async_add_entities([agent])
    await async_update_pipeline(
        hass, async_get_pipeline(hass), conversation_engine=agent.entity_id
    )
    return agent
