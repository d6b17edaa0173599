"""One turn of a conversation about the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import HomeAssistant

from ..dialogue.orders import Speaker
from .items import Item
from .manager import Schedule
from .phrases import Phrases
from .requests import Sentences
from .sessions import Question, Session


@dataclass(frozen=True, slots=True)
class ScheduleReply:
    """What is said in answer."""

    speech: str
    asks: bool = False
    """Whether it is a question: the microphone stays open."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What someone said, where and when."""

    hass: HomeAssistant
    schedule: Schedule
    sentences: Sentences
    phrases: Phrases
    session: Session
    speaker: Speaker
    language: str
    now: datetime
    """In the time zone of the house."""

    def say(self, key: str, **values: str) -> ScheduleReply:
        """Return an answer."""
        return ScheduleReply(self.phrases.say(key, **values))

    def about(self, key: str, item: Item, *, is_delay: bool = False) -> ScheduleReply:
        """Return an answer about an item, which becomes what "it" means."""
        self.focus([item])
        return ScheduleReply(self.phrases.about(key, item, is_delay=is_delay))

    def ask(self, speech: str, question: Question) -> ScheduleReply:
        """Ask a question, and remember it."""
        self.session.question = question
        return ScheduleReply(speech, asks=True)

    def focus(self, items: Sequence[Item]) -> None:
        """Remember what was spoken of."""
        self.session.focus = tuple(item.id for item in items)
