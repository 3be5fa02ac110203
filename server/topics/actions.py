"""Proposing topics from what is reported again and again, and walking them through their stages."""

from dataclasses import replace

import structlog

from server import incidents, thresholds
from server.incidents import Incident, IncidentMoved, IncidentReported
from server.kit.clock import DAY_MS, clock
from server.kit.errors import Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Person
from server.stations import communities, find
from server.topics import records, rules
from server.topics.rules import STAGES, Need, Step, Topic

log = structlog.get_logger()

PAGE = 500


def note(work: Work, event: IncidentReported | IncidentMoved) -> None:
    """Remember where a ticket lies; what is rejected or merged counts no more."""
    records.put(work, event.incident)


def propose(site: Site) -> None:
    """A chore: what has come up often enough lately becomes a proposed topic. Doing it twice proposes nothing twice."""
    with site.store.look() as look:
        found = [row["code"] for row in communities(look) if _heaps(look, row["code"])]
    for community in found:
        with site.store.work() as work:
            # Looked at again under the lock: another process may have been faster.
            number = propose_in(work, community)
        log.info("topics are proposed", community=community, number=number)


def propose_in(work: Work, community: str) -> int:
    """Propose what waits in one community; returns how many topics that were."""
    found = _heaps(work, community)
    for category, place, label in found:
        records.propose(work, community, category, place, label)
    return len(found)


def catch_up(site: Site) -> None:
    """Once at start: note the tickets of the time before this feature, as far back as topics look."""
    with site.store.look() as look:
        codes = [row["code"] for row in communities(look)]
        oldest = look.now - max((thresholds.value(look, rules.DAYS, code) for code in codes), default=0) * DAY_MS
        before = records.first_noted(look)
    while codes:
        with site.store.work() as work:
            batch = [one for one in incidents.find(work, codes, before=before, limit=PAGE) if one.received >= oldest]
            for incident in batch:
                records.put(work, incident)
        if len(batch) < PAGE:
            return
        before = batch[-1].id


def visible(work: Work, person: Person, topic_id: int) -> Topic:
    """The topic, if it lies in this person's communities; raises `Missing`."""
    topic = records.get(work, topic_id)
    if topic is None or not person.sees(topic.community):
        raise Missing("没有找到这个议题")
    return topic


def move(
    work: Work,
    person: Person,
    topic_id: int,
    name: str,
    *,
    version: int,
    stage: str = "",
    day: str = "",
    owner: str = "",
    note: str = "",
) -> Topic:
    """Make one move of `rules.MOVES`. Raises `Missing`, `Refused` (also when somebody was faster) and `Invalid`."""
    topic = visible(work, person, topic_id)
    _check_version(work, topic, version)
    owner, note = _line(owner, rules.MAX_OWNER), incidents.plain(note, rules.MAX_NOTE)
    day = day.strip()
    to = rules.check(topic, name, {"stage": stage, "day": day, "owner": owner, "note": note}).to
    if name == "adopt":
        stage = next(iter(STAGES))
    elif name != "step":
        stage, owner = topic.stage, topic.owner
    mark = records.last_ticket(work, topic) if to in {"dismissed", "finished"} else topic.mark
    records.save(work, replace(topic, status=to, stage=stage, owner=owner, mark=mark))
    records.add_step(work, topic.id, person.id, Step(work.now, person.name, name, stage, day, owner, note))
    return visible(work, person, topic_id)


def add_need(work: Work, person: Person, topic_id: int, need: str, offer: str, unit: str) -> None:
    """Write down a need, perhaps with an offer already. Raises `Missing`, `Refused` and `Invalid`."""
    topic = _live(work, person, topic_id)
    need, offer, unit = (_line(typed, most) for typed, most in ((need, 200), (offer, 200), (unit, rules.MAX_OWNER)))
    if not need:
        raise Invalid("请写需要什么")
    records.add_need(work, topic.id, need, offer, unit, "linked" if offer or unit else "open", person.name)


def change_need(work: Work, person: Person, topic_id: int, need_id: int, offer: str, unit: str, status: str) -> None:
    """Link a need to an offer, or say how it stands. Raises `Missing`, `Refused` and `Invalid`."""
    topic = _live(work, person, topic_id)
    if status not in rules.NEED_STATES:
        raise Invalid("请选现在怎么样了")
    offer, unit = _line(offer, 200), _line(unit, rules.MAX_OWNER)
    if status in {"linked", "met"} and not (offer and unit):
        raise Invalid("请写哪个单位、能提供什么")
    if not records.change_need(work, topic.id, Need(need_id, "", offer, unit, status, person.name, work.now)):
        raise Missing("没有这条需求")


def tickets(work: Work, topic: Topic, person: Person, limit: int) -> list[Incident]:
    """The tickets behind a topic, newest first; it lies in this person's communities."""
    return [incidents.visible(work, number, person) for number in records.tickets(work, topic, limit)]


def _heaps(work: Work, community: str) -> list[tuple[str, str, str]]:
    since = work.now - thresholds.value(work, rules.DAYS, community) * DAY_MS
    found = records.heaps(work, community, since, thresholds.value(work, rules.ENOUGH, community))
    return [(row["category"], row["place"], _label(work, row["place"])) for row in found]


def _label(work: Work, place: str) -> str:
    station = find(work, place[1:]) if place.startswith("@") else None
    return station.name if station else place.removeprefix("@")


def _check_version(work: Work, topic: Topic, version: int) -> None:
    if version != topic.version:
        last = records.history(work, topic.id)[-1]
        did = rules.PAST.get(last.did, "更新了")
        raise Refused(f"{last.by} {clock(last.at)} 已{did}，现在是“{rules.STATUSES[topic.status]}”。请看一眼再决定。")


def _live(work: Work, person: Person, topic_id: int) -> Topic:
    topic = visible(work, person, topic_id)
    if topic.status != "adopted":
        raise Refused("先立为议题，再写需求")
    return topic


def _line(typed: str, most: int) -> str:
    return " ".join(incidents.plain(typed, most * 2).split())[:most]
