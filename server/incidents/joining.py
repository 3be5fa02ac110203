"""Several reports of one thing become one ticket, and one report of several things several."""

from collections.abc import Collection
from dataclasses import replace

from gateway.contract.categories import Level
from server.incidents import journal, lifecycle, records, rules
from server.incidents.events import IncidentMoved, IncidentRaised
from server.incidents.journal import By
from server.incidents.reporting import report
from server.incidents.rules import Incident, Report
from server.incidents.seeing import leading, may_see, visible
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.store import Work
from server.staff import Person


def target_of(work: Work, incident: Incident, number: str, person: Person) -> Incident:
    """The open ticket that another one is joined to; it gets the more urgent of both levels.

    Raises `Invalid` (no such ticket) and `Refused` (itself, another community, ended).
    """
    found = records.by_number(work, number.strip().upper())
    if found is None or not may_see(found, person):
        raise Invalid(f"没有找到工单 {number.strip()[:20]}")
    target = leading(work, found)
    if target.id == incident.id:
        raise Refused("不能并入自己")
    if target.community != incident.community:
        raise Refused("只能并入同一个居民区的工单")
    if target.state not in lifecycle.OPEN:
        # The reporter would read that all is done, while nobody looks after what they saw.
        raise Refused(f"{target.number} 已经是“{lifecycle.STATES[target.state]}”，不能再并进去")
    if target.state in lifecycle.HELD and incident.level in {Level.P0, Level.P1}:
        # Somebody in danger would wait behind what has been put off.
        held = lifecycle.STATES[target.state]
        raise Refused(f"{target.number} 是“{held}”，急事不能并进去：先恢复办理或收回，再并案")
    raised = rules.higher(target.level, incident.level)
    if raised != target.level:
        records.save(work, replace(target, level=raised))
        higher = journal.stored(work, target.id)
        journal.write(work, higher, By.person(person), "raise", target, note=f"因 {incident.number} 并入")
        work.tell(IncidentRaised(higher))
        journal.announce(work, higher)
    return target


def split(
    work: Work,
    incident_id: int,
    person: Person,
    *,
    version: int,
    category: str,
    place: str = "",
    words: str = "",
    photos: Collection[int] = (),
) -> Incident:
    """Take a second matter out of an open ticket: a ticket of its own, with these photos, routed anew.

    Its reporter finds it through the first one's receipt. Asked for twice with one page, it is made once.
    Raises `Refused` (ended, or somebody was faster), `Forbidden` (not who triages), `Invalid` (category, photos).
    """
    incident = visible(work, incident_id, person)
    client_id = f"split-{incident.id}-{version}"
    known = records.by_client_id(work, client_id)
    if known is not None:
        return known
    if not person.triages:
        raise Forbidden("这一步由居委或街道来做")
    if version != incident.version:
        raise journal.overtaken(work, incident)
    if incident.state not in lifecycle.OPEN:
        raise Refused(f"“{lifecycle.STATES[incident.state]}”的工单不能拆分")
    if not set(photos) <= set(records.photos(work, incident.id)):
        raise Invalid("这些照片不在这张工单上")
    new = report(
        work,
        Report(
            client_id=client_id,
            station=incident.station,
            category=category,
            channel=incident.channel,
            place=place or incident.place,
            words=words or incident.words,
            presence=incident.presence,
            at=incident.at,
            estimated=incident.estimated,
            split_from=incident.id,
        ),
        by=By.person(person),
    )
    records.move_photos(work, incident.id, photos, new.id)
    records.save(work, incident)
    kept = journal.stored(work, incident.id)
    journal.write(work, kept, By.person(person), "split", incident, note=f"{new.number}：{new.kind.label}")
    work.tell(IncidentMoved(kept, "split", incident, by=person.id))
    journal.announce(work, kept)
    return new
