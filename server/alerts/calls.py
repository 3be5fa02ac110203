"""The climb: which tickets ring now, whom that calls, and over which channels. Turns the outbox into deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog

from gateway.contract.categories import Level
from server import calendar, incidents, people, routing
from server.alerts import queries, records, rules
from server.alerts.records import Entry
from server.alerts.rules import DIGEST, RING, ROLES, Rung
from server.alerts.setup import Line
from server.incidents import ENDED, Incident
from server.kit.clock import MINUTE_MS, midnight
from server.kit.store import Work
from server.people import Contact
from server.staff import ROLES as STAFF_ROLES

log = structlog.get_logger()

BATCH = 50
URGENT = frozenset({Level.P0, Level.P1})
LATER_MS = 5_000
NOBODY = Contact("room", "值班室")
"""Stands in when the rota and the accounts name nobody: the groups are called all the same."""


def climb(work: Work, lines: Sequence[Line], urgent: bool) -> int:
    """Take a batch of tickets whose moment has come; returns how many there were."""
    entries = records.due_entries(work, urgent, BATCH)
    if not entries:
        return 0
    ladder, failing = records.ladder(work), queries.failing(work)
    for entry in entries:
        try:
            with work.attempt():
                _step(work, entry, lines, ladder, failing)
        except Exception:
            # One ticket that cannot be told must not keep the others silent.
            log.exception("a ticket could not be told and is tried again", incident=entry.incident)
            records.set_next(work, entry.incident, entry.rung, work.now + LATER_MS)
    return len(entries)


def widen(work: Work, incident_id: int, lines: Sequence[Line]) -> None:
    """A channel failed an urgent ticket: call those who were called over the next channel too, at once."""
    entry = records.entry(work, incident_id)
    if entry is None or entry.accepted or entry.finished or entry.rung is None:
        return
    incident = incidents.by_number(work, entry.number)
    if incident is None or incident.state in ENDED:
        return
    failing = queries.failing(work) | records.failed_channels(work, incident_id)
    known = records.called(work, incident_id)
    for rung in rules.rungs_for(records.ladder(work), entry.level, incident.channel):
        if rung.manner == RING and work.now >= entry.started + rung.after_s * 1000:
            _ring(work, entry, incident, rung, lines, failing, work.now, known)


def quiet_until(work: Work, community: str, at: int, *, morning: bool) -> int:
    """When something that wakes nobody may be told: now in working hours; else (or `morning`) when they next begin."""
    hours = calendar.working_time(work, community)
    if hours.is_open(at):
        if not morning:
            return at
        at = midnight(at) + hours.hours.closes * MINUTE_MS
    return hours.add_working(at, 1) - 1


def _step(work: Work, entry: Entry, lines: Sequence[Line], ladder: Sequence[Rung], failing: Collection[str]) -> None:
    incident = incidents.by_number(work, entry.number)
    if incident is None or incident.state in ENDED:
        records.end(work, entry.incident, finished=True)
        return
    if incident.level < entry.level:
        records.set_level(work, entry.incident, incident.level)
        entry = replace(entry, level=incident.level, rung=None)
    rungs = rules.rungs_for(ladder, entry.level, incident.channel)
    first = entry.rung is None
    held_back = first and _is_held_back(work, entry)
    for rung in rungs:
        if rung.manner == RING:
            if rules.ringing(rung, entry.started, entry.rung, work.now):
                _ring(work, entry, incident, rung, lines, failing, work.now)
        elif first and not held_back:
            due = quiet_until(work, entry.community, work.now, morning=rung.manner == DIGEST)
            _ring(work, entry, incident, rung, lines, failing, due)
    if first and not held_back:
        _tell_others(work, entry, incident, rungs, lines, failing)
    # Accepted before it became this urgent: the others are told once, nothing repeats.
    following = None if entry.accepted else rules.next_ring(rungs, entry.started, work.now)
    records.set_next(work, entry.incident, work.now, following)


def _is_held_back(work: Work, entry: Entry) -> bool:
    """Whether it lies in the queue that somebody looks through: likely an advertisement, and never urgent."""
    route = routing.route_of(work, entry.incident)
    return route is not None and route.target == routing.QUEUE and entry.level not in URGENT


def _ring(
    work: Work,
    entry: Entry,
    incident: Incident,
    rung: Rung,
    lines: Sequence[Line],
    failing: Collection[str],
    due: int,
    known: Collection[tuple[str, int]] = (),
) -> None:
    role = str(incident.desk) if rung.role == "desk" else rung.role
    contacts = _holders(work, entry.community, role)
    if not contacts and rung.role == "desk":
        contacts = _holders(work, entry.community, "duty")
    if not contacts and rung.role in {"duty", "desk"}:
        contacts = (NOBODY,)
        log.error("nobody is on duty; the groups are called", community=entry.community, ticket=entry.number)
    if not contacts and entry.rung is None:
        queries.note(work, entry.incident, None, "", None, f"排班上现在没有{ROLES[rung.role]}", "")
    _call(work, entry, rung, role, contacts, lines, failing, due, known)


def _tell_others(
    work: Work,
    entry: Entry,
    incident: Incident,
    rungs: Sequence[Rung],
    lines: Sequence[Line],
    failing: Collection[str],
) -> None:
    """Whom the routing names besides the ladder: told once, at once when it is urgent, else as quietly as the rest."""
    route = routing.route_of(work, entry.incident)
    if route is None:
        return
    on_ladder = {rung.role for rung in rungs} | {str(incident.desk) if rung.role == "desk" else "" for rung in rungs}
    if "guard" in on_ladder:
        on_ladder.add("prop_guard")
    for told in dict.fromkeys((route.target, *route.also)):
        if told in on_ladder or told == routing.QUEUE:
            continue
        contacts = _reached(work, entry.community, told, incident)
        if entry.level in URGENT:
            rung, due = Rung(entry.level, told, RING), work.now
        else:
            manner = next((one.manner for one in rungs if one.manner != RING), DIGEST)
            rung, due = (
                Rung(entry.level, told, manner),
                quiet_until(work, entry.community, work.now, morning=manner == DIGEST),
            )
        _call(work, entry, rung, told, contacts, lines, failing, due)


def _call(
    work: Work,
    entry: Entry,
    rung: Rung,
    role: str,
    contacts: Sequence[Contact],
    lines: Sequence[Line],
    failing: Collection[str],
    due: int,
    known: Collection[tuple[str, int]] = (),
) -> None:
    times = rules.times_rung(rung, entry.started, work.now) if rung.manner == RING else 1
    label = STAFF_ROLES.get(role) or people.POSTS.get(role) or routing.TOLD.get(role) or people.UNITS.get(role, "")
    to: dict[tuple[str, str], dict[int, str]] = {}
    for contact in contacts:
        number = records.call(work, entry.incident, contact.key, contact.staff, contact.name, label)
        ways = _ways(contact, lines, entry.community, {rung.role, role})
        picked = rules.chosen(list(ways), failing, rung.channels, times)
        for channel in (["live"] if contact.staff is not None else []) + picked:
            if (channel, number) not in known:
                address, mention = ("" if contact.staff is None else str(contact.staff), "")
                if channel != "live":
                    address, mention = ways[channel]
                to.setdefault((channel, address), {})[number] = mention
    for (channel, address), called in to.items():
        records.deliver(work, entry.incident, rung.manner == RING, channel, address, called, times, due)


def _ways(
    contact: Contact, lines: Sequence[Line], community: str, roles: Collection[str]
) -> dict[str, tuple[str, str]]:
    """channel → address and mention of somebody, in the order of preference."""
    found = {}
    for line in lines:
        if not line.serves(community, roles):
            continue
        channel = line.channel
        if channel.group:
            found[channel.name] = ("", contact.wecom if channel.kind == "wecom" else "")
        else:
            address = {"sms": contact.sms, "email": contact.email}.get(channel.kind, "")
            if address:
                found[channel.name] = (address, "")
    return found


def _reached(work: Work, community: str, told: str, incident: Incident) -> tuple[Contact, ...]:
    try:
        with work.attempt():
            return routing.reach(work, community, told, work.now, incident.place, incident.words)
    except Exception:
        log.exception("somebody to be told could not be found", community=community, told=told)
        return ()


def _holders(work: Work, community: str, target: str) -> tuple[Contact, ...]:
    try:
        with work.attempt():
            return people.holders(work, community, target, work.now)
    except Exception:
        # A broken rota must not silence an alarm: whoever is in the groups hears it.
        log.exception("the rota could not be read", community=community, target=target)
        return ()
