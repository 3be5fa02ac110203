"""Deliveries → one message: reads the tickets as they are at this moment, and lets `words.py` say it."""

import sqlite3
from collections.abc import Sequence

import structlog

from gateway.contract.categories import DESK_LABELS, Level
from server import categories, incidents, routing
from server.alerts import actions, records, words
from server.alerts.channels import Channel, Message
from server.alerts.links import link
from server.alerts.records import Delivery, Entry
from server.alerts.words import Alarm, Call
from server.incidents import CHANNELS, ENDED, Incident
from server.kit.site import Site
from server.kit.store import Work
from server.stations import find as find_station

BESIDE = "still_beside"
"""The question of the catalogue that tells whether the rider stayed."""

log = structlog.get_logger()


def compose(work: Work, site: Site, channel: Channel, batch: Sequence[Delivery]) -> tuple[Message, str] | None:
    """The message and the names of those it calls; None when none of its tickets needs telling any more."""
    told = [(one, *found) for one in batch if (found := _told(work, one)) is not None]
    if not told:
        return None
    first, entry, _ = told[0]
    alarms = [alarm for _, _, alarm in told]
    called = records.people(work, {number for delivery, _, _ in told for number in delivery.people})
    mark, most = f"M{first.id}", channel.limits.most_bytes
    subject = f"[{alarms[0].level}] {alarms[0].what} · {alarms[0].station}"
    if first.urgent or (len(told) == 1 and alarms[0].level is not Level.P3):
        calls = [
            [
                Call(called[number]["name"] if channel.group else "", link(site, number))
                for number in delivery.people
                if number in called
            ]
            for delivery, _, _ in told
        ]
        if len(told) == 1:
            text = words.single(alarms[0], calls[0], mark, work.now, most)
        else:
            text = words.several(alarms, calls, mark, work.now, most)
    else:
        text = words.digest(alarms, f"{site.public_url}/desk", mark, work.now, most)
        subject = f"畅小站汇总：{len(alarms)} 件等着处理"
    mentions = dict.fromkeys(mention for delivery, _, _ in told for mention in delivery.people.values() if mention)
    facts: dict[str, str | int | None] = {
        "ticket": entry.number, "level": str(alarms[0].level), "what": alarms[0].what, "station": alarms[0].station,
        "community": entry.community, "seen_at": alarms[0].at, "tickets": len(told), "incident": entry.incident,
        "delivery": first.id,
    }  # fmt: skip
    names = "、".join(dict.fromkeys(row["name"] for row in called.values()))
    return Message(mark, subject, text, first.urgent, first.address, tuple(mentions), facts), names


def _told(work: Work, delivery: Delivery) -> tuple[Entry, Alarm] | None:
    entry = None if delivery.incident is None else records.entry(work, delivery.incident)
    if entry is None:
        return None
    try:
        incident = incidents.by_number(work, entry.number)
        if incident is None or incident.state in ENDED:
            return None
        return entry, _alarm(work, incident, delivery.times)
    except sqlite3.Error:
        raise
    except Exception:
        # A ticket that cannot be read is an alarm all the same, and must not hold up those behind it.
        log.exception("a ticket could not be put into words", ticket=entry.number)
        return entry, Alarm(
            number=entry.number, level=entry.level, what="有一件事，内容读不出来，请看工作台", station=entry.community,
            place="", words="", answers=(), beside="", at=entry.started, estimated=True, source="系统",
            calls=(), desk="值班", times=delivery.times, accepted="",
        )  # fmt: skip


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
        what=incident.kind.label,
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
