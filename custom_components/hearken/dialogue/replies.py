"""What is said about answers as Home Assistant wants them."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.conversation import ConversationResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .agent import Answer
from .answers import after_cancelling
from .language import read

_UNDERSTOOD: Final = frozenset({"unavailable", "never", "pin_wrong", "pin_locked"})
"""Refusals of what was understood."""


def error_code(answer: Answer) -> intent.IntentResponseErrorCode:
    """Return which kind of error a refusal is."""
    if answer.is_failure or answer.proposal.key in _UNDERSTOOD:
        return intent.IntentResponseErrorCode.FAILED_TO_HANDLE
    if answer.proposal.key in {"cannot", "not_there"}:
        return intent.IntentResponseErrorCode.NO_VALID_TARGETS
    return intent.IntentResponseErrorCode.NO_INTENT_MATCH


def texts_of(language: str) -> Mapping[str, Any]:
    """Return what is said in a language, or in English if it is not ours."""
    return read(language, "answers") or read("en", "answers")


def cancelled_first(result: ConversationResult) -> ConversationResult:
    """Return what another agent answered, after a question of ours was taken back."""
    response = result.response
    speech = response.speech.get("plain", {}).get("speech", "")
    texts = texts_of(response.language)
    response.async_set_speech(after_cancelling(texts, speech))
    return result


def target_of(hass: HomeAssistant, entity_id: str) -> intent.IntentResponseTarget:
    """Return a device that was commanded as a target of the answer."""
    state = hass.states.get(entity_id)
    return intent.IntentResponseTarget(
        type=intent.IntentResponseTargetType.ENTITY,
        name=entity_id if state is None else state.name,
        id=entity_id,
    )
