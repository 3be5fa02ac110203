"""How a report becomes a ticket. Phone, kiosk, device and API all enter here, inside the caller's transaction."""

from dataclasses import dataclass, replace

from gateway.contract import receipts
from gateway.contract.categories import Level
from gateway.contract.presence import Presence
from gateway.mailbox import StoredFact
from server import categories, routing
from server.incidents import journal, queries, records, rules
from server.incidents.events import IncidentMoved, IncidentRaised, IncidentReported
from server.incidents.journal import RIDER, By
from server.incidents.lifecycle import HELD, OPEN
from server.incidents.rules import Incident, Report
from server.incidents.seeing import leading
from server.kit.clock import MINUTE_MS
from server.kit.errors import Invalid
from server.kit.store import Work
from server.routing import Arrival
from server.stations import get as get_station
from server.stations import station_of_fact

SAME_AGAIN_MS = 20 * MINUTE_MS
"""Within this time, reports of one category and place count as one thing said again."""


@dataclass(frozen=True, slots=True)
class Joins:
    """The open ticket a report is merged into by its own reporter, and why, as staff read it."""

    ticket: int
    why: str


_VOICES = {"phone": "骑手", "kiosk": "骑手（站内屏幕）", "device": "设备", "api": "接口"}


def report(work: Work, new: Report, *, by: By | None = None, joins: Joins | None = None) -> Incident:
    """Open a ticket, or return the one this client id has become already. `by`: who of the staff did it, if one did.

    With `joins` it is merged into an open ticket in the same breath, with a receipt of its own.
    Raises `Invalid` (client id, category) and `Missing` (station). Words that are too long are cut, never refused.
    """
    if not rules.is_client_id(new.client_id):
        raise Invalid("上报编号不对，请刷新页面再发一次")
    known = records.by_client_id(work, new.client_id)
    if known is not None:
        return known
    if categories.get(work, new.category) is None:
        raise Invalid("请选一个类别")
    station = get_station(work, new.station)
    place = rules.plain(new.place, rules.MAX_PLACE).replace("\n", " ")
    arrival = Arrival(
        community=station.community,
        station=station.code,
        category=new.category,
        place=place,
        words=rules.plain(new.words, rules.MAX_WORDS),
        answers=new.answers,
        channel=new.channel,
        repeats=1 + queries.recent(work, station.code, new.category, place, work.now - SAME_AGAIN_MS),
        doubts=new.doubts,
    )
    answer = routing.route(work, arrival, work.now)
    kind = categories.pin(work, answer.kind)
    receipt = new.receipt
    if receipt is None or not receipts.is_receipt(receipt) or records.by_receipt(work, receipt) is not None:
        receipt = receipts.new_receipt()
    incident_id = records.add(
        work,
        {
            "number": records.next_number(work, work.now),
            "receipt": receipt,
            "client_id": new.client_id,
            "station": station.code,
            "community": station.community,
            "category": kind.code,
            "category_version": kind.version,
            "level": str(answer.routed.level),
            "desk": str(answer.routed.desk),
            # What a device found is a finding until a person has looked.
            "state": "unconfirmed" if kind.group == "device" and new.channel == "device" else "reported",
            "place": arrival.place,
            "words": arrival.words,
            "channel": new.channel,
            "presence": str(new.presence),
            "at": work.now if new.at is None else new.at,
            "estimated": int(new.estimated),
            "received": work.now,
            "updated": work.now,
            "version": 1,
            "reply": "",
            "split_from": new.split_from,
        },
    )
    records.add_photos(work, incident_id, new.photos)
    routing.note(work, incident_id, arrival, replace(answer, kind=kind))
    incident = journal.stored(work, incident_id)
    journal.write(work, incident, by or By(None, _VOICES[new.channel]), "report", None)
    work.tell(IncidentReported(incident))
    journal.announce(work, incident)
    return incident if joins is None else _join(work, incident, joins)


def _join(work: Work, incident: Incident, joins: Joins) -> Incident:
    """Merged, and the leading ticket as urgent as the more urgent of both; left alone when it cannot be carried on."""
    known = records.get(work, joins.ticket)
    target = incident if known is None else leading(work, known)
    held_up = target.state in HELD and incident.level in {Level.P0, Level.P1}
    if target.id == incident.id or target.community != incident.community or target.state not in OPEN or held_up:
        return incident
    higher = rules.higher(target.level, incident.level)
    if higher != target.level:
        # Before the merge is told: who hears it looks at how urgent the leading ticket is now.
        records.save(work, replace(target, level=higher))
        raised = journal.stored(work, target.id)
        journal.write(work, raised, RIDER, "raise", target, note=f"因 {incident.number} 并入")
        work.tell(IncidentRaised(raised))
        target = raised
    records.save(work, replace(incident, state="merged", merged_into=target.id))
    merged = journal.stored(work, incident.id)
    journal.write(work, merged, RIDER, "merge", incident, note=f"{target.number}：{joins.why}")
    work.tell(IncidentMoved(merged, "merge", incident))
    for one in (merged, target):
        journal.announce(work, one)
    return merged


def from_kiosk(work: Work, fact: StoredFact) -> None:
    """A report that was tapped on a station's screen."""
    station = station_of_fact(work, fact)
    at, estimated = rules.moment_of(fact)
    body = fact.body
    report(
        work,
        Report(
            client_id=body["id"],
            station=station.code,
            category=body["category"] if categories.get(work, body["category"]) else "other.other",
            channel="kiosk",
            place=body.get("place", ""),
            words=body.get("words", ""),
            presence=Presence.VERIFIED,  # whoever tapped was there
            receipt=body.get("receipt"),
            at=at,
            estimated=estimated,
        ),
    )


def from_sos(work: Work, fact: StoredFact) -> None:
    """Somebody pressed for help: a ticket of the highest level, on the word of the button alone."""
    new = Report(
        client_id=fact.body["id"],
        station=station_of_fact(work, fact).code,
        category="person.sos",
        channel="kiosk",
        words="有人在小站按下了求助",
        at=fact.received,
        estimated=fact.at is None,
    )
    report(work, new)
