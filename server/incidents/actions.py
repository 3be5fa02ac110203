"""The use-cases of tickets. Phone, kiosk and API all enter here; each runs inside the caller's transaction."""

from dataclasses import dataclass, replace

from gateway.contract import receipts
from gateway.contract.categories import DESK_LABELS, Desk
from gateway.contract.presence import Presence
from gateway.mailbox import StoredFact
from server import categories, routing
from server.incidents import lifecycle, queries, records, rules
from server.incidents.rules import Incident, Report, Step
from server.kit.clock import MINUTE_MS, clock
from server.kit.errors import Invalid, Missing, Refused
from server.kit.live import Change
from server.kit.store import Work
from server.routing import Arrival
from server.staff import Person
from server.stations import find as find_station
from server.stations import get as get_station
from server.stations import station_of_fact


@dataclass(frozen=True, slots=True)
class IncidentReported:
    """A ticket was opened."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class IncidentMoved:
    """A ticket made a move of the table; `incident` as it is afterwards."""

    incident: Incident
    move: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A ticket became more urgent because another one was joined to it."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """A verified ticket was closed. `letter` is what the station's screen shall say; empty: nothing."""

    incident: Incident
    letter: str
    sender: str


SAME_AGAIN_MS = 20 * MINUTE_MS
"""Within this time, reports of one category and place count as one thing said again."""

_VOICES = {"phone": "骑手", "kiosk": "骑手（站内屏幕）", "device": "设备", "api": "接口"}


def report(work: Work, new: Report) -> Incident:
    """Open a ticket, or return the one this client id has become already.

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
            "state": "reported",
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
        },
    )
    records.add_photos(work, incident_id, new.photos)
    routing.note(work, incident_id, arrival, replace(answer, kind=kind))
    incident = _stored(work, incident_id)
    _note(work, incident, None, "report", "", by=_VOICES[new.channel])
    work.tell(IncidentReported(incident))
    _announce(work, incident)
    return incident


def move(
    work: Work,
    incident_id: int,
    name: str,
    person: Person,
    *,
    version: int | None = None,
    note: str = "",
    reply: str = "",
    desk: str = "",
    into: str = "",
    letter: str = "",
) -> Incident:
    """Make one move of `lifecycle.MOVES`.

    `version` is the one the person's page showed: raises `Refused` when somebody was faster. Else raises as
    `lifecycle.check`. `letter` goes to the station's screen on closing; `into` is a ticket number.
    """
    incident = visible(work, incident_id, person)
    if version is not None and version != incident.version:
        last = records.history(work, incident.id)[-1]
        raise lifecycle.stale(incident, last.by, last.move, clock(last.at))
    note, reply = rules.plain(note, rules.MAX_WORDS), rules.plain(reply, rules.MAX_WORDS)
    step = lifecycle.check(incident, name, person, {"note": note, "reply": reply, "desk": desk, "into": into})
    changed = replace(incident, state=step.to, reply=reply or incident.reply)
    if name == "dispatch":
        if desk not in set(Desk):
            raise Invalid("请选派给谁")
        changed = replace(changed, desk=Desk(desk), handler=None)
    elif name == "done":
        # Written down for the desk by somebody in the office: then the desk did the work, not the writer.
        changed = replace(changed, handler=person.id if person.desk == incident.desk else None)
    elif name == "merge":
        changed = replace(changed, merged_into=_join(work, incident, into, person).id)
    records.save(work, changed)
    changed = _stored(work, incident.id)
    _note(work, changed, person, name, incident.state, note=note, reply=reply)
    work.tell(IncidentMoved(changed, name))
    if name == "close":
        station = find_station(work, changed.station)  # None when it was given up meanwhile
        sender = f"{station.community_name if station else ''}居委会"
        work.tell(IncidentClosed(changed, rules.plain(letter, rules.MAX_WORDS), sender))
    _announce(work, changed, former_desk=incident.desk)
    for joined in records.merged_here(work, changed.id):
        _announce(work, joined)
    return changed


def reopen(work: Work, incident_id: int, note: str) -> Incident:
    """The reporter is not satisfied: back into work, for another person than the one who said it was done.

    Raises `Refused` when the ticket is not closed.
    """
    incident = _stored(work, incident_id)
    step = lifecycle.check_reopening(incident)
    changed = replace(incident, state=step.to, handler=None, barred=records.last_worker(work, incident.id))
    records.save(work, changed)
    changed = _stored(work, incident.id)
    _note(work, changed, None, "reopen", incident.state, note=rules.plain(note, rules.MAX_WORDS), by="骑手")
    work.tell(IncidentMoved(changed, "reopen"))
    _announce(work, changed)
    for joined in records.merged_here(work, changed.id):
        _announce(work, joined)
    return changed


def visible(work: Work, incident_id: int, person: Person) -> Incident:
    """The ticket, if this person may see it; raises `Missing` else, as if it did not exist."""
    incident = records.get(work, incident_id)
    if incident is None or not may_see(incident, person):
        raise Missing("没有找到这张工单")
    return incident


def may_see(incident: Incident, person: Person) -> bool:
    """Those who triage see their communities; the others the tickets of their own desk there."""
    return person.sees(incident.community) and (person.triages or person.desk == incident.desk)


def by_receipt(work: Work, typed: str) -> Incident:
    """The ticket behind a receipt as typed or scanned; raises `Missing`."""
    code = receipts.read(typed)
    incident = None if code is None else records.by_receipt(work, code)
    if incident is None:
        raise Missing("没有找到这张回执，请检查一下编号")
    return incident


def leading(work: Work, incident: Incident) -> Incident:
    """The ticket that carries on: the end of the chain of merges, or the ticket itself."""
    while incident.merged_into is not None:
        incident = _stored(work, incident.merged_into)
    return incident


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
    report(work, _from_device(work, fact, "person.sos", fact.body["id"], "有人在小站按下了求助"))


def from_device(work: Work, fact: StoredFact) -> None:
    """A device's alarm opens a ticket; while one of its kind is open at the station, repeats open no other."""
    code = _ALARMS.get(fact.body["event"])
    if code is None:
        return
    new = _from_device(work, fact, code, f"{fact.stream[:32]}-{fact.seq}", f"设备 {fact.body['device']} 报警")
    community = get_station(work, new.station).community
    if not queries.find(work, [community], states=lifecycle.OPEN, station=new.station, category=code, limit=1):
        report(work, new)


_ALARMS = {"heat_alarm": "device.heat_alarm", "sos": "person.sos"}


def _from_device(work: Work, fact: StoredFact, category: str, client_id: str, words: str) -> Report:
    return Report(
        client_id=client_id,
        station=station_of_fact(work, fact).code,
        category=category,
        channel="device" if fact.kind == "device" else "kiosk",
        words=words,
        at=fact.received,
        estimated=fact.at is None,
    )


def _join(work: Work, incident: Incident, number: str, person: Person) -> Incident:
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
    raised = rules.higher(target.level, incident.level)
    if raised != target.level:
        records.save(work, replace(target, level=raised))
        _note(work, _stored(work, target.id), person, "raise", target.state, note=f"因 {incident.number} 并入")
        work.tell(IncidentRaised(_stored(work, target.id)))
        _announce(work, _stored(work, target.id))
    return target


def _note(
    work: Work,
    incident: Incident,
    person: Person | None,
    move_name: str,
    from_state: str,
    *,
    note: str = "",
    reply: str = "",
    by: str = "",
) -> None:
    step = Step(
        at=work.now,
        by=person.name if person else by,
        role=person.role_label if person else "",
        move=move_name,
        from_state=from_state,
        to_state=incident.state,
        note=note,
        reply=reply,
        desk=DESK_LABELS[incident.desk],
    )
    records.add_step(work, incident.id, person.id if person else None, step)


def _announce(work: Work, incident: Incident, *, former_desk: Desk | None = None) -> None:
    data: dict[str, str | int] = {
        "id": incident.id, "state": incident.state, "level": str(incident.level), "desk": str(incident.desk),
        "former_desk": str(former_desk or incident.desk),
    }  # fmt: skip
    work.tell(Change("incident", incident.community, data))


def _stored(work: Work, incident_id: int) -> Incident:
    incident = records.get(work, incident_id)
    if incident is None:
        raise Missing("没有找到这张工单")
    return incident
