"""What kind of turn a sentence was. Independent of Home Assistant."""

from typing import Final

from ..exchanges.exchange import TurnKind, TurnRecord
from .plan import Proposal

_KINDS: Final = {
    kind.value: kind
    for kind in (
        TurnKind.ORDER,
        TurnKind.FOLLOW_UP,
        TurnKind.CORRECTION,
        TurnKind.UNDO,
        TurnKind.ANSWER,
    )
}


def turn_of(proposal: Proposal, now: float) -> TurnRecord:
    """Return how what was done relates to what was done before."""
    kind = _KINDS.get(proposal.kind, TurnKind.OTHER)
    record = next(iter(proposal.undone), None)
    if record is None:
        return TurnRecord(kind=kind, is_cancelled=_is_cancelled(proposal))
    meant = proposal.record.devices if proposal.record is not None else ()
    return TurnRecord(
        kind=kind,
        corrected=record.text or None,
        corrected_after_seconds=max(0.0, now - record.at) if record.text else None,
        heard=record.heard or record.text,
        meant=meant,
    )


def _is_cancelled(proposal: Proposal) -> bool:
    """Return whether somebody wants nothing, without having been asked."""
    return proposal.key == "cancel" and not proposal.drops_question
