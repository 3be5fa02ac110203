"""How a change to a ticket is written into its history and shown on open desks; used by every use-case."""

from dataclasses import dataclass

from gateway.contract.categories import DESK_LABELS, Desk
from server.incidents import records
from server.incidents.lifecycle import STATES, stale
from server.incidents.rules import Incident, Step
from server.kit.clock import clock, day
from server.kit.errors import Missing, Refused
from server.kit.live import Change
from server.kit.store import Work
from server.staff import Person, name_of


@dataclass(frozen=True, slots=True)
class By:
    """Who does something. Without `id`: somebody who has no account here, or nobody."""

    id: int | None
    name: str
    role: str = ""

    @staticmethod
    def person(person: Person) -> "By":
        """Somebody who works here."""
        return By(person.id, person.name, person.role_label)


RIDER = By(None, "骑手")
SYSTEM = By(None, "系统")


def stored(work: Work, incident_id: int) -> Incident:
    """The ticket as it is now; raises `Missing`."""
    incident = records.get(work, incident_id)
    if incident is None:
        raise Missing("没有找到这张工单")
    return incident


def write(
    work: Work,
    incident: Incident,
    by: By,
    move: str,
    former: Incident | None,
    *,
    note: str = "",
    reply: str = "",
) -> None:
    """One line of history, with what changed between `former` and now."""
    step = Step(
        at=work.now,
        by=by.name,
        role=by.role,
        move=move,
        from_state=former.state if former else "",
        to_state=incident.state,
        note=note,
        reply=reply,
        desk=DESK_LABELS[incident.desk],
        changes=differences(work, former, incident) if former else (),
    )
    records.add_step(work, incident.id, by.id, step)


def differences(work: Work, before: Incident, after: Incident) -> tuple[tuple[str, str, str], ...]:
    """(field, before, after) in words, of what staff can see change."""
    pairs = (
        ("状态", STATES[before.state], STATES[after.state]),
        ("类别", before.kind.label, after.kind.label),
        ("级别", str(before.level), str(after.level)),
        ("地点", before.place, after.place),
        ("责任方", DESK_LABELS[before.desk], DESK_LABELS[after.desk]),
        ("经办人", name_of(work, before.assignee), name_of(work, after.assignee)),
        ("转给", before.body, after.body),
        ("复看日期", _date(before.review_at), _date(after.review_at)),
        ("复查日期", _date(before.look_at), _date(after.look_at)),
    )
    return tuple((label, old or "无", new or "无") for label, old, new in pairs if old != new)


def announce(work: Work, incident: Incident, *, former_desk: Desk | None = None) -> None:
    """Let open desks repaint the ticket, also those it has just left."""
    data: dict[str, str | int] = {
        "id": incident.id, "state": incident.state, "level": str(incident.level), "desk": str(incident.desk),
        "former_desk": str(former_desk or incident.desk),
    }  # fmt: skip
    work.tell(Change("incident", incident.community, data))


def _date(at: int | None) -> str:
    return "" if at is None else day(at)


def overtaken(work: Work, incident: Incident) -> Refused:
    """What somebody reads whose page is older than the ticket."""
    last = records.history(work, incident.id)[-1]
    return stale(incident, last.by, last.move, clock(last.at))
