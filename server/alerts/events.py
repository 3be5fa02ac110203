"""What happens to a ticket → who is told: who must act now, who is asked to agree, what was found broken."""

from gateway.contract.categories import Level
from server import incidents, people
from server.alerts.memos.actions import tell, withdraw
from server.alerts.memos.records import Memo
from server.alerts.rules import DIGEST, ONCE, RING
from server.incidents import (
    MOVES,
    ApprovalAnswered,
    ApprovalAsked,
    Incident,
    IncidentMoved,
    LookDue,
    Request,
    ReviewDue,
)
from server.kit.clock import day
from server.kit.store import Work
from server.routing import RouteBroken

MANNER_OF = {Level.P0: RING, Level.P1: RING, Level.P2: ONCE, Level.P3: DIGEST}
"""How somebody hears that a ticket is theirs now."""

ACT = "act"
"""Under this key stands whose turn it is: the next turn takes it back."""
LOOK = "look"


def moved(work: Work, event: IncidentMoved) -> None:
    """A move changes whose turn it is: they hear of it, unless they made it themselves."""
    incident, move = event.incident, event.move
    if incident.state != event.former.state or move in {"dispatch", "claim", "assign"}:
        withdraw(work, incident.id, ACT, LOOK, *_settled(work, incident))
    if move == "look_ok":
        withdraw(work, incident.id, LOOK)
    memo = _turn(work, event) or _word(work, event)
    if memo is not None:
        tell(work, memo)


def approval_asked(work: Work, event: ApprovalAsked) -> None:
    """Somebody else who oversees is asked: the director, or the street when the director asks."""
    incident, request = event.incident, event.request
    roles = {contact.staff: role for role, contact in people.accounts(work, incident.community)}
    asker_leads = roles.get(request.by_id) == "director"
    until = "" if request.until is None else f"，到 {day(request.until)}"
    tell(
        work,
        Memo(
            incident.community, ("street",) if asker_leads else ("director",), ONCE, "请批准",
            f"{request.by_name} 申请{MOVES[request.move].label}{until}：{request.note}",
            incident=incident.id, but=request.by_id, instead=("street", "district"), key=_key(request),
        ),
    )  # fmt: skip


def approval_answered(work: Work, event: ApprovalAnswered) -> None:
    """The asker hears what came of it."""
    incident, request = event.incident, event.request
    withdraw(work, incident.id, _key(request))
    heads = {"approved": "批准了", "declined": "没有批准"}
    if request.state in heads:
        said = f"{MOVES[request.move].label} · {request.answered_name}" + (
            f"：{request.answer}" if request.answer else ""
        )
        whom = (f"staff:{request.by_id}",)
        memo = Memo(
            incident.community, whom, ONCE, heads[request.state], said,
            incident=incident.id, but=request.answered_by, instead=("desk",), while_open=False,
        )  # fmt: skip
        tell(work, memo)


def look_due(work: Work, event: LookDue) -> None:
    """The responsible desk goes and looks once more; whoever triages writes down what they saw."""
    incident = event.incident
    memo = Memo(
        incident.community, ("desk", "duty"), DIGEST, "该复查了", "请去看看有没有再出现",
        incident=incident.id, key=LOOK, while_open=False,
    )  # fmt: skip
    tell(work, memo)


def review_due(work: Work, event: ReviewDue) -> None:
    """The outside body is asked how far it is."""
    incident = event.incident
    said = f"已经转给{incident.body}" if incident.body else ""
    tell(work, Memo(incident.community, ("duty",), DIGEST, "该问进展了", said, incident=incident.id, key=ACT))


def route_broken(work: Work, event: RouteBroken) -> None:
    """A rule points nowhere; routing tells it once a day, and reports go on under the next rule."""
    said = f"派单规则“{event.rule}”要派给的 {event.target} 已经不在了，工单先按后面的规则走，请去派单规则里改"
    tell(work, Memo(event.community, ("director",), ONCE, "派单规则失效", said, instead=("street",)))


def _turn(work: Work, event: IncidentMoved) -> Memo | None:
    """Whose turn it is after a move; None when it is nobody's who does not know."""
    incident, move = event.incident, event.move
    note = _note(work, incident)
    by_level = MANNER_OF[incident.level]
    # Days after it was closed, nothing burns any more.
    quietly = ONCE if by_level == RING else by_level
    theirs = ("desk", "assignee")
    match move:
        case "dispatch":
            return _memo(event, ("desk",), by_level, "派给你们了", note)
        case "assign" if incident.assignee != event.by:
            return _memo(event, ("assignee",), RING if by_level == RING else ONCE, "指给你了", note, instead=("desk",))
        case "handback":
            return _memo(event, ("duty",), by_level, "退回来了，请重新派", note, instead=("director",))
        case "return":
            return _memo(event, theirs, by_level, "核查没有通过，请再处理", note)
        case "recur":
            return _memo(event, theirs, quietly, "又出现了，请再处理", note)
        case "reopen":
            # Another person than the one the reporter was not satisfied with.
            but = incident.barred if event.by is None else event.by
            return _memo(event, theirs, quietly, "重开了，请再处理", "", but=but, instead=("duty", "director"))
        case "resume":
            manner = DIGEST if event.by is None else by_level
            whom = theirs if incident.state == "dispatched" else ("duty",)
            return _memo(event, whom, manner, "挂账到日子了" if event.by is None else "恢复办理了", "")
        case "done" if event.former.state == "transferred" and event.by is None:
            return _memo(event, ("duty",), ONCE, "外部单位说办好了，请核查", incident.body)
    return None


def _word(work: Work, event: IncidentMoved) -> Memo | None:
    """What the people of a ticket hear though it stays where it is."""
    incident = event.incident
    hands = ("assignee",) if incident.assignee is not None else ("duty",)
    match event.move:
        case "supervise":
            return _memo(event, ("desk", "assignee"), ONCE, "督办", _note(work, incident), key="")
        case "answer":
            return _memo(event, hands, ONCE, "骑手回答了", "", key="", instead=("duty",))
        case "lapse":
            return _memo(event, hands, DIGEST, "骑手没有回答", "", key="", instead=("duty",))
    return None


def _memo(
    event: IncidentMoved,
    whom: tuple[str, ...],
    manner: str,
    head: str,
    said: str,
    *,
    key: str = ACT,
    but: int | None = None,
    instead: tuple[str, ...] = (),
) -> Memo:
    incident = event.incident
    return Memo(
        incident.community, whom, manner, head, said,
        incident=incident.id, but=event.by if but is None else but, key=key, instead=instead,
    )  # fmt: skip


def _note(work: Work, incident: Incident) -> str:
    """What was written to the last move."""
    return incidents.history(work, incident.id)[-1].note


def _settled(work: Work, incident: Incident) -> list[str]:
    """Keys of requests that nobody has to answer any more."""
    return [_key(request) for request in incidents.requests_of(work, incident.id) if request.state != "asked"]


def _key(request: Request) -> str:
    return f"approve:{request.id}"
