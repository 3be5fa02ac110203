"""What colleagues ask for on a ticket and somebody else has to agree to, as one person sees it."""

from dataclasses import dataclass

from server import incidents
from server.desk import handing
from server.incidents import MOVES, Incident, Request
from server.kit.store import Work
from server.staff import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """An open request. `may_answer` and `mine` say which buttons this person has; `typed` is a refusal half written."""

    request: Request
    label: str
    may_answer: bool
    mine: bool
    approvers: str
    typed: str = ""


def open_requests(
    work: Work, incident: Incident, person: Person, *, typed: tuple[int, str] = (0, "")
) -> tuple[Asked, ...]:
    """The requests that nobody has answered. `typed`: request and reason, when declining was just refused."""
    return tuple(
        Asked(
            request=one,
            label=MOVES[one.move].label,
            may_answer=incidents.why_not_approve(one.by_id, person) is None,
            mine=one.by_id == person.id,
            approvers=handing.approvers(work, incident, one.by_id),
            typed=typed[1] if typed[0] == one.id else "",
        )
        for one in incidents.requests_of(work, incident.id)
        if one.state == "asked"
    )
