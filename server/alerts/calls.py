"""The climb: which tickets ring now, whom that calls, and over which channels. Turns the outbox into deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import structlog

from gateway.contract.categories import Level
from server import incidents, routing
from server.alerts import queries, reach, records, rules
from server.alerts.memos import records as memos
from server.alerts.memos import spread
from server.alerts.records import Delivery, Entry
from server.alerts.rules import DIGEST, RING, ROLES, Rung
from server.alerts.setup import Line
from server.incidents import ENDED, Incident
from server.kit.store import Work
from server.people import Contact

log = structlog.get_logger()

BATCH = 50
URGENT = frozenset({Level.P0, Level.P1})
LATER_MS = 5_000


def climb(work: Work, lines: Sequence[Line], urgent: bool) -> bool:
    """Take a batch of tickets and one of memos whose moment has come; whether there may be more."""
    told = spread.spread(work, lines, urgent)
    return _tickets(work, lines, urgent) == BATCH or told == spread.BATCH


def _tickets(work: Work, lines: Sequence[Line], urgent: bool) -> int:
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


def widen(work: Work, one: Delivery, lines: Sequence[Line], failed: str) -> None:
    """A channel failed an urgent message: those who were called are called over the next one too, at once."""
    if one.memo is not None:
        spread.widen(work, one.memo, lines, failed)
        return
    entry = None if one.incident is None else records.entry(work, one.incident)
    if entry is None or entry.accepted or entry.finished or entry.rung is None:
        return
    incident = incidents.by_number(work, entry.number)
    if incident is None or incident.state in ENDED:
        return
    failing = queries.failing(work) | records.failed_channels(work, entry.incident) | {failed}
    known = records.called(work, entry.incident)
    for rung in rules.rungs_for(records.ladder(work), entry.level, incident.channel):
        if rung.manner == RING and work.now >= entry.started + rung.after_s * 1000:
            _ring(work, entry, incident, rung, lines, failing, work.now, known)


def elsewhere(work: Work, batch: Sequence[Delivery], lines: Sequence[Line], failed: str) -> None:
    """What wakes nobody could not go this way: each person in it hears it over the next channel they have."""
    failing = queries.failing(work) | {failed}
    contacts: dict[tuple[str, str], Contact | None] = {}
    for one in batch:
        community = records.community_of(work, one)
        known = records.called(work, one.incident, one.memo)
        handed = False
        for number, row in records.people(work, one.people).items():
            if (community, row["who"]) not in contacts:
                contacts[community, row["who"]] = reach.person(work, community, row["who"])
            contact = contacts[community, row["who"]]
            ways = {} if contact is None else reach.ways(contact, lines, community, reach.roles(row["role"]))
            way = next((name for name in ways if name not in failing and (name, number) not in known), None)
            if way is not None:
                address, mention = ways[way]
                records.deliver(work, one.incident, False, way, address, {number: mention}, 1, work.now, one.memo)
                handed = True
        if handed:
            records.finish(work, [one.id], "failed")


def over(work: Work, one: Delivery) -> bool:
    """Whether nobody needs this message any more."""
    if one.memo is not None:
        memo = memos.get(work, one.memo)
        return memo is None or memo.ended is not None
    entry = None if one.incident is None else records.entry(work, one.incident)
    return entry is None or bool(entry.finished) or (one.urgent and bool(entry.accepted))


def about(work: Work, one: Delivery) -> str:
    """What kind of word a message is, before its answer on the ticket's log; empty for the alarm itself."""
    memo = None if one.memo is None else memos.get(work, one.memo)
    return "" if memo is None else f"{memo.head}："


def left(work: Work, delivery: Delivery) -> bool:
    """Whether nobody at a message's own address works here any more: it was written down some time ago."""
    if not delivery.address:
        return False
    community = records.community_of(work, delivery)
    called = records.people(work, delivery.people)
    return not any(reach.still_here(work, community, row["who"]) for row in called.values())


def instead(work: Work, batch: Sequence[Delivery], channel: str) -> None:
    """Those at this address have left: whoever stands in their place is told what waited for them."""
    records.finish(work, [one.id for one in batch], "dropped")
    for one in batch:
        names = "、".join(row["name"] for row in records.people(work, one.people).values())
        queries.note(work, one.incident, one.id, channel, None, "已经不在名册里，改告诉现在的人", names)
        if one.memo is not None:
            memos.set_next(work, one.memo, work.now)
        elif one.incident is not None:
            records.tell_anew(work, one.incident)


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
            due = reach.quiet_until(work, entry.community, work.now, morning=rung.manner == DIGEST)
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
    contacts = reach.holders(work, entry.community, role)
    if not contacts and rung.role == "desk":
        contacts = reach.holders(work, entry.community, "duty")
    if not contacts and rung.role in {"duty", "desk"}:
        contacts = (reach.NOBODY,)
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
        contacts = reach.reached(work, entry.community, told, incident)
        if entry.level in URGENT:
            rung, due = Rung(entry.level, told, RING), work.now
        else:
            manner = next((one.manner for one in rungs if one.manner != RING), DIGEST)
            rung, due = (
                Rung(entry.level, told, manner),
                reach.quiet_until(work, entry.community, work.now, morning=manner == DIGEST),
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
    to: dict[tuple[str, str], dict[int, str]] = {}
    for contact in contacts:
        number = records.call(work, entry.incident, contact.key, contact.staff, contact.name, reach.label(role))
        ways = reach.ways(contact, lines, entry.community, {rung.role, role})
        picked = rules.chosen(list(ways), failing, rung.channels, times)
        for channel in (["live"] if contact.staff is not None and rung.manner == RING else []) + picked:
            if (channel, number) not in known:
                address, mention = ("" if contact.staff is None else str(contact.staff), "")
                if channel != "live":
                    address, mention = ways[channel]
                to.setdefault((channel, address), {})[number] = mention
    if contacts and not to and entry.rung is None:
        names = "、".join(contact.name for contact in contacts)
        queries.note(work, entry.incident, None, "", None, "没有能到的渠道，请在工作台上看", names)
    for (channel, address), called in to.items():
        records.deliver(work, entry.incident, rung.manner == RING, channel, address, called, times, due)
