"""Deliveries → one message: reads the tickets as they are at this moment, and lets `words.py` say it."""

from collections.abc import Sequence

from gateway.contract.categories import DESK_LABELS, Level
from server.alerts import actions, records, words
from server.alerts.channels import Channel, Message
from server.alerts.links import link
from server.alerts.records import Delivery
from server.alerts.words import Alarm, Call
from server.incidents import CHANNELS, ENDED, Incident
from server.kit.site import Site
from server.kit.store import Work
from server.stations import find as find_station


def compose(work: Work, site: Site, channel: Channel, batch: Sequence[Delivery]) -> tuple[Message, str] | None:
    """The message and the names of those it calls; None when none of its tickets needs telling any more."""
    told: list[tuple[Delivery, Incident]] = []
    for delivery in batch:
        incident = None if delivery.incident is None else actions.incident_of(work, delivery.incident)
        if incident is not None and incident.state not in ENDED:
            told.append((delivery, incident))
    if not told:
        return None
    first, incident = told[0]
    called = records.people(work, {number for delivery, _ in told for number in delivery.people})
    names = "、".join(dict.fromkeys(row["name"] for row in called.values()))
    mark = f"M{first.id}"
    most = channel.limits.most_bytes
    alarms = [_alarm(work, one, delivery.times) for delivery, one in told]
    if first.urgent or (len(told) == 1 and incident.level is not Level.P3):
        calls = [
            [
                Call(called[number]["name"] if channel.group else "", link(site, number))
                for number in delivery.people
                if number in called
            ]
            for delivery, _ in told
        ]
        if len(told) == 1:
            text = words.single(alarms[0], calls[0], mark, work.now, most)
        else:
            text = words.several(alarms, calls, mark, work.now, most)
        subject = f"[{incident.level}] {alarms[0].what} · {alarms[0].station}"
    else:
        text = words.digest(alarms, len(alarms), f"{site.public_url}/desk", mark, work.now, most)
        subject = f"畅小站汇总：{len(alarms)} 件等着处理"
    mentions = tuple(dict.fromkeys(mention for delivery, _ in told for mention in delivery.people.values() if mention))
    facts: dict[str, str | int | None] = {
        "ticket": incident.number, "level": str(incident.level), "category": incident.category,
        "station": incident.station, "community": incident.community, "seen_at": incident.at, "tickets": len(told),
        "incident": incident.id, "delivery": first.id,
    }  # fmt: skip
    return Message(mark, subject, text, first.urgent, first.address, mentions, facts), names


def alarm_of(work: Work, incident: Incident) -> Alarm:
    """What an alert tells of a ticket, for the page behind the link."""
    return _alarm(work, incident, 1)


def _alarm(work: Work, incident: Incident, times: int) -> Alarm:
    station = find_station(work, incident.station)
    return Alarm(
        number=incident.number,
        level=incident.level,
        what=incident.kind.label,
        station=station.full_name if station else incident.station,
        place=incident.place,
        words=incident.words,
        at=incident.at,
        estimated=incident.estimated,
        source=CHANNELS.get(incident.channel, incident.channel),
        calls=incident.kind.calls,
        desk=DESK_LABELS[incident.desk],
        times=times,
        accepted=actions.first(work, incident.id),
    )
