"""Deliveries → one message: reads the tickets as they are at this moment, and lets `words.py` say it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.contract.categories import DESK_LABELS, Level
from server import categories, incidents, routing
from server.alerts import actions, calls, records, words
from server.alerts.channels import Channel, Message
from server.alerts.links import link
from server.alerts.memos import records as memos
from server.alerts.memos.records import Memo
from server.alerts.memos.spread import is_moot
from server.alerts.records import Delivery
from server.alerts.words import Alarm, Call, Reminder
from server.incidents import CHANNELS, ENDED, NEW, Incident
from server.kit.site import Site
from server.kit.store import Work
from server.stations import communities
from server.stations import known as find_station

BESIDE = "still_beside"
"""The question of the catalogue that tells whether the rider stayed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message, whom it calls by name, and the deliveries of which it tells: the others need no telling any more."""

    message: Message
    names: str
    told: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """One delivery and what it says. `taking`: whether its link to take the ticket over makes sense."""

    delivery: Delivery
    community: str
    said: Alarm | Reminder
    taking: bool


def compose(work: Work, site: Site, channel: Channel, batch: Sequence[Delivery]) -> Composed | None:
    """What a batch of deliveries to one address says; None when nothing of it needs telling any more."""
    if batch and calls.left(work, batch[0]):
        return None
    found = [one for delivery in batch if (one := _told(work, delivery)) is not None]
    if not found:
        return None
    told = _once_each(found)
    first = told[0]
    lead = first.delivery
    called = records.people(work, {number for one in found for number in one.delivery.people})
    mark, most, desk = f"M{lead.id}", channel.limits.most_bytes, f"{site.public_url}/desk"
    subject = f"[{first.said.level or '提醒'}] {first.said.what} · {first.said.station}"
    links = [
        [
            Call(called[number]["name"] if channel.group else "", link(site, number))
            for number in one.delivery.people
            if one.taking and number in called
        ]
        for one in told
    ]
    said = [one.said for one in told]
    if len(told) == 1 and isinstance(first.said, Reminder):
        page = desk if lead.incident is None else f"{desk}/incidents/{lead.incident}"
        text = words.reminder(first.said, links[0], page, mark, work.now, most)
        subject = f"{words.headline(first.said, work.now)}：{first.said.what} · {first.said.station}"
    elif len(told) == 1 and isinstance(first.said, Alarm) and (lead.urgent or first.said.level is not Level.P3):
        text = words.single(first.said, links[0], mark, work.now, most)
    elif lead.urgent:
        text = words.several(said, links, mark, work.now, most)
    else:
        text = words.digest(said, desk, mark, work.now, most)
        subject = f"畅小站汇总：{len(told)} 件等着处理"
    mentions = dict.fromkeys(mention for one in found for mention in one.delivery.people.values() if mention)
    facts: dict[str, str | int | None] = {
        "ticket": first.said.number, "level": str(first.said.level or ""), "what": first.said.what,
        "station": first.said.station, "community": first.community, "tickets": len(told),
        "seen_at": first.said.at if isinstance(first.said, Alarm) else None,
        "about": "alarm" if isinstance(first.said, Alarm) else words.headline(first.said, work.now),
        "incident": lead.incident, "delivery": lead.id,
    }  # fmt: skip
    names = "、".join(dict.fromkeys(row["name"] for row in called.values()))
    message = Message(mark, subject, text, lead.urgent, lead.address, tuple(mentions), facts)
    return Composed(message, names, tuple(one.delivery for one in found))


def _once_each(told: list[_Told]) -> list[_Told]:
    """What wakes nobody names each ticket once, with the latest word about it."""
    if not told or told[0].delivery.urgent:
        return told
    latest = {one.delivery.incident or -one.delivery.id: one for one in told}
    return list(latest.values())


def _told(work: Work, delivery: Delivery) -> _Told | None:
    if delivery.memo is not None:
        return _of_memo(work, delivery)
    entry = None if delivery.incident is None else records.entry(work, delivery.incident)
    if entry is None:
        return None
    try:
        incident = incidents.by_number(work, entry.number)
        if incident is None or incident.state in ENDED:
            return None
        return _Told(delivery, entry.community, _alarm(work, incident, delivery.times), True)
    except sqlite3.Error:
        raise
    except Exception:
        # A ticket that cannot be read is an alarm all the same, and must not hold up those behind it.
        log.exception("a ticket could not be put into words", ticket=entry.number)
        alarm = Alarm(
            number=entry.number, level=entry.level, what="有一件事，内容读不出来，请看工作台", station=entry.community,
            place="", words="", answers=(), beside="", at=entry.started, estimated=True, source="系统",
            calls=(), desk="值班", times=delivery.times, accepted="",
        )  # fmt: skip
        return _Told(delivery, entry.community, alarm, True)


def _of_memo(work: Work, delivery: Delivery) -> _Told | None:
    memo = memos.get(work, delivery.memo or 0)
    incident = None if memo is None or memo.incident is None else incidents.get(work, memo.incident)
    if memo is None or is_moot(memo, incident):
        return None
    if incident is None:
        names = {row["code"]: row["name"] for row in communities(work)}
        place = names.get(memo.community, memo.community)
        return _Told(delivery, memo.community, Reminder(memo.head, memo.said, None, "", None, place, place, ""), False)
    said = reminder_of(work, memo, incident, delivery.times)
    return _Told(delivery, memo.community, said, delivery.urgent or incident.state in NEW)


def reminder_of(work: Work, memo: Memo, incident: Incident, times: int = 1) -> Reminder:
    """What a memo tells of its ticket as it is now."""
    station = find_station(work, incident.station)
    return Reminder(
        head=memo.head,
        said=memo.said,
        due=memo.due,
        number=incident.number,
        level=incident.level,
        what=words.inert(incident.kind.label),
        station=station.full_name if station else incident.station,
        desk=DESK_LABELS[incident.desk],
        times=times,
    )


def alarm_of(work: Work, incident: Incident) -> Alarm:
    """What an alert tells of a ticket, for the page behind the link."""
    return _alarm(work, incident, 1)


def _alarm(work: Work, incident: Incident, times: int) -> Alarm:
    station = find_station(work, incident.station)
    route = routing.route_of(work, incident.id)
    answers = route.answers if route else {}
    beside = answers.get(BESIDE, "")
    return Alarm(
        number=incident.number,
        level=incident.level,
        what=words.inert(incident.kind.label),
        station=station.full_name if station else incident.station,
        place=incident.place,
        words=incident.words,
        answers=tuple(
            pair
            for name, value in answers.items()
            if name != BESIDE
            for pair in categories.answered(incident.kind, {name: value})
        ),
        beside=beside if beside in {"yes", "no"} else "",
        at=incident.at,
        estimated=incident.estimated,
        source=CHANNELS.get(incident.channel, incident.channel),
        calls=route.calls if route else incident.kind.calls,
        desk=DESK_LABELS[incident.desk],
        times=times,
        accepted=actions.first(work, incident.id),
    )
