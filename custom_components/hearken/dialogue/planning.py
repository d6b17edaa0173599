"""Makes a plan for later of what a sentence leads to. Independent of Home Assistant."""

from .answers import Answers
from .ending import endings
from .home import Home
from .orders import Plan
from .plan import Proposal


def plan_of(text: str, proposal: Proposal, home: Home, answers: Answers) -> Plan | None:
    """Return what is carried out later, None if it is no order."""
    pending, record = proposal.pending, proposal.record
    if pending is not None and pending.kind == "pin":
        # Whoever waits for it to happen is not asked any more.
        return Plan(text=text, refusal=answers.of(Proposal(key="pin_later")))
    if proposal.key == "never":
        return Plan(text=text, refusal=answers.of(proposal))
    planned = pending.commands if pending is not None else proposal.commands
    if not (planned or proposal.is_question):
        return None
    ended = endings(planned, home)
    return Plan(
        text=text,
        commands=[one.as_dict() for one in planned],
        ends=None if ended is None else [one.as_dict() for one in ended],
        question=answers.of(proposal) if proposal.is_question else None,
        orders=pending.orders if pending else record.orders if record else (),
        pending=pending,
        is_planned=proposal.is_planned,
        is_instead=proposal.kind == "correction",
    )
