"""Answers what is said about timers, alarms, reminders and delayed orders."""

from datetime import datetime

from homeassistant.components.assist_satellite import DOMAIN as SATELLITE_DOMAIN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..dialogue.orders import Speaker
from .languages import sentences_of
from .manager import async_get_schedule
from .ordering import async_order
from .performing import async_perform
from .phrases import Phrases
from .questions import async_answer_question
from .sessions import Session, Sessions
from .stopping import async_answer_ringing
from .times import When
from .turn import ScheduleReply, Turn

_SESSIONS: HassKey[Sessions] = HassKey(f"{DOMAIN}_schedule_sessions")


async def async_answer(  # noqa: PLR0913 - who speaks, where and when
    hass: HomeAssistant,
    text: str,
    language: str,
    *,
    device_id: str | None = None,
    satellite_id: str | None = None,
    conversation_id: str | None = None,
    context: Context | None = None,
    now: datetime | None = None,
) -> ScheduleReply | None:
    """Do what is said about the schedule; None if it is about something else."""
    if (sentences := sentences_of(language)) is None:
        return None
    device_id, satellite_id = _place(hass, device_id, satellite_id)
    speaker = Speaker(
        device_id=device_id,
        satellite_id=satellite_id,
        conversation_id=conversation_id,
        context=context,
    )
    now = dt_util.as_local(now or dt_util.utcnow())
    sessions = hass.data.setdefault(_SESSIONS, Sessions())
    session = sessions.get(speaker.key, now)
    turn = Turn(
        hass=hass,
        schedule=async_get_schedule(hass),
        sentences=sentences,
        phrases=Phrases(sentences.replies, now),
        session=session,
        speaker=speaker,
        language=language,
        now=now,
    )
    reply = await _async_answer(turn, text)
    if reply is None:
        sessions.forget(speaker.key)
    else:
        sessions.put(speaker.key, session, now)
    return reply


@callback
def _place(
    hass: HomeAssistant, device_id: str | None, satellite_id: str | None
) -> tuple[str | None, str | None]:
    """Return the device and the satellite, each of which tells the other."""
    registry = er.async_get(hass)
    if device_id is None and satellite_id is not None:
        entity = registry.async_get(satellite_id)
        device_id = entity.device_id if entity else None
    elif satellite_id is None and device_id is not None:
        satellites = (
            entity.entity_id
            for entity in er.async_entries_for_device(registry, device_id)
            if entity.domain == SATELLITE_DOMAIN
        )
        satellite_id = next(satellites, None)
    return device_id, satellite_id


async def _async_answer(turn: Turn, text: str) -> ScheduleReply | None:
    """Return the answer of the first reading that makes sense."""
    if reply := await async_answer_question(turn, text):
        return reply
    if reply := await async_answer_ringing(turn, text):
        return reply
    for request in turn.sentences.requests(text):
        if reply := await async_perform(turn, request):
            return reply
    return await async_order(turn, text)


def understands(text: str, language: str) -> bool:
    """Return whether a text is a complete command about the schedule."""
    sentences = sentences_of(language)
    return sentences is not None and any(
        request.is_complete for request in sentences.requests(text)
    )


def split_order(text: str, language: str) -> tuple[str, When] | None:
    """Return the words of a delayed order and its time, None if there is no time."""
    sentences = sentences_of(language)
    order = sentences.order(text) if sentences else None
    return (order.words, order.when) if order else None


@callback
def async_expects_answer(hass: HomeAssistant, speaker: Speaker) -> bool:
    """Return whether a question about the schedule is open."""
    return _session(hass, speaker).question is not None


@callback
def async_drop_question(hass: HomeAssistant, speaker: Speaker) -> bool:
    """Take back a question that is not answered; return whether there was one."""
    session = _session(hass, speaker)
    question, session.question = session.question, None
    return question is not None


def _session(hass: HomeAssistant, speaker: Speaker) -> Session:
    """Return what was just spoken of with a speaker."""
    now = dt_util.as_local(dt_util.utcnow())
    return hass.data.setdefault(_SESSIONS, Sessions()).get(speaker.key, now)
