"""Legal holds: while one is in force, nothing of its ticket is deleted, whatever date it has."""

from collections.abc import Sequence

from server import incidents
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.store import Work
from server.privacy import records
from server.privacy.rules import KEEPERS, LONGEST_HOLD_DAYS, MAX_WHY, Hold
from server.staff import Person


def put_hold(work: Work, incident_id: int, person: Person, why: str, days: str) -> Hold:
    """Hold everything of a ticket for so many days. Raises `Missing`, `Forbidden`, `Invalid`, `Refused` (held)."""
    incident = incidents.visible(work, incident_id, person)
    if person.role not in KEEPERS:
        raise Forbidden("保留由主任或街道来定")
    reason = incidents.plain(why, MAX_WHY).replace("\n", " ")
    if len(reason) < 2:
        raise Invalid("请写一句为什么要保留，比如“派出所来函”")
    typed = days.strip()
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:6]) <= LONGEST_HOLD_DAYS):
        raise Invalid(f"保留写 1–{LONGEST_HOLD_DAYS} 天")
    known = records.held(work, [incident.id])
    if known is not None:
        raise Refused(f"{known.by_name} 已经让它保留着了")
    number = records.add_hold(work, incident.id, reason, person.id, person.name, work.now + int(typed) * DAY_MS)
    found = records.hold(work, number)
    if found is None:
        raise Missing("没有找到这个保留")
    return found


def lift_hold(work: Work, hold_id: int, person: Person) -> Incident:
    """What is due goes in the next hours. Raises `Missing`, `Forbidden`; lifted twice, it is lifted once."""
    hold = records.hold(work, hold_id)
    if hold is None:
        raise Missing("没有找到这个保留")
    incident = incidents.visible(work, hold.incident, person)
    if person.role not in KEEPERS:
        raise Forbidden("保留由主任或街道来定")
    records.lift(work, hold.id, person.name)
    return incident


def hold_on(work: Work, incident: Incident) -> Hold | None:
    """The hold in force over a ticket: its own, or that of the ticket which carries it on."""
    return records.held(work, ids(work, incident))


def ids(work: Work, incident: Incident) -> Sequence[int]:
    """The ticket and the one that carries it on."""
    return tuple(dict.fromkeys((incident.id, incidents.leading(work, incident).id)))
