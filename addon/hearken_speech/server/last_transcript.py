"""The last transcript of a connection, kept while more may be asked about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import (
    NameProposal,
    NameProposals,
    ProposeNames,
    SecondLook,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hearken_speech.audio.format import Samples
    from hearken_speech.server.recognizer import PinnedModel, Recognizer
    from hearken_speech.stt.proposals import Proposal
    from hearken_speech.stt.recording import Recording
    from hearken_speech.stt.transcription import Request, Transcription

_NO_MORE: Final = ProposeNames()
_KEPT_SECONDS: Final = 5.0
"""A client asks within a second; the encoded sound takes a megabyte."""


@dataclass(frozen=True, kw_only=True)
class NameOffer:
    """Everything that is needed to propose names for a transcript."""

    transcription: Transcription
    request: Request
    pinned: PinnedModel
    """The model that the transcript is from."""


def name_offer(
    transcription: Transcription, request: Request, pinned: PinnedModel
) -> NameOffer | None:
    """Return an offer to propose names, None if none can be proposed."""
    if not transcription.text or not request.names or transcription.decoding is None:
        return None
    return NameOffer(transcription=transcription, request=request, pinned=pinned)


@dataclass(frozen=True, kw_only=True)
class LookOffer:
    """Everything that is needed for another look at a recording."""

    text: str
    """What the first look has found."""
    samples: Samples
    request: Request
    pinned: PinnedModel


def look_offer(
    transcription: Transcription,
    record: Callable[[], Recording],
    request: Request,
    pinned: PinnedModel,
) -> LookOffer | None:
    """Return an offer of another look, None if it would show nothing new.

    The recording is only asked for if it is needed.
    """
    engine = pinned.engine
    if not transcription.text or engine is None or not engine.looks_again:
        return None
    return LookOffer(
        text=transcription.text,
        samples=record().samples,
        request=request,
        pinned=pinned,
    )


class LastTranscript:
    """Answers once, and for a few seconds, what else may have been said."""

    def __init__(self, recognizer: Recognizer) -> None:
        """Start without a transcript."""
        self._recognizer = recognizer
        self._offer: NameOffer | None = None
        self._look: LookOffer | None = None
        self._timer: asyncio.TimerHandle | None = None

    def keep(self, offer: NameOffer | None, look: LookOffer | None = None) -> None:
        """Keep what is offered instead of what was offered before."""
        self.forget()
        if offer is not None or look is not None:
            self._offer, self._look = offer, look
            if look is not None and (budget := look.pinned.lane.budget) is not None:
                budget.add(self, len(look.samples))
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_KEPT_SECONDS, self.forget)

    def forget(self) -> None:
        """Offer nothing any more."""
        self._offer = None
        self.displace()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def displace(self) -> None:
        """Forget the recording, to make room for others."""
        look, self._look = self._look, None
        if look is not None and (budget := look.pinned.lane.budget) is not None:
            budget.remove(self)

    async def propose_names(self, wanted: ProposeNames = _NO_MORE) -> NameProposals:
        """Return the transcript with names, and how well sentences fit its sound.

        The best come first; empty without an offer.
        """
        offer, self._offer = self._offer, None
        if offer is None:
            return NameProposals()
        found = await self._recognizer.propose_names(
            offer.transcription, offer.request, offer.pinned, wanted.sentences
        )
        return NameProposals(
            proposals=_on_the_wire(found.names), sentences=_on_the_wire(found.sentences)
        )

    async def look_again(self) -> SecondLook:
        """Return another text of the recording; empty without an offer."""
        look = self._look
        if look is None:
            return SecondLook()
        # It is answered once. Its sound is in use for a few seconds more.
        self.displace()
        text = await self._recognizer.look_again(
            look.samples, look.request, look.pinned
        )
        return SecondLook(text="" if text == look.text else text)


def _on_the_wire(proposals: Sequence[Proposal]) -> tuple[NameProposal, ...]:
    """Return proposals as they are sent."""
    return tuple(
        NameProposal(text=one.text, margin=one.margin, repairs=one.repairs)
        for one in proposals
    )
