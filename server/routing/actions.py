"""Routing a report inside its transaction, and who a word for `also` reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from gateway.contract.categories import Desk
from server import calendar, categories, people
from server.categories import Kind
from server.kit.clock import beijing
from server.kit.store import Work
from server.people import Contact, building_in
from server.routing import records
from server.routing.decide import Desks, Routed, decide
from server.routing.rules import Case, RuleSet, desk_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report on its way in, in plain values. `answers` by question name; `at`: UTC milliseconds."""

    community: str
    station: str
    category: str
    place: str = ""
    words: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    channel: str = "phone"
    repeats: int = 0
    doubts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RouteBroken:
    """An alarm: a rule names a unit or a person that is gone. Told once a day for each; the report went on."""

    community: str
    station: str
    rule: str
    target: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a report goes, and all that the decision stood on."""

    routed: Routed
    kind: Kind
    answers: dict[str, str]
    rules: RuleSet


def route(work: Work, new: Arrival, at: int, rules: RuleSet | None = None) -> Answer:
    """Where a report goes at a moment, under the rules in force or under others. Changes nothing.

    An unknown category counts as `other.other`: nothing is refused here.
    """
    kind = categories.get(work, new.category) or categories.shipped()["other.other"]
    chosen = rules or records.active(work, new.community)
    case = case_of(new, kind, at, calendar.load(work))
    answer = decide(case, chosen, desks(work, new.community, at))
    return Answer(answer, kind, dict(case.answers), chosen)


def case_of(new: Arrival, kind: Kind, at: int, known: calendar.Calendar) -> Case:
    """The report as the rules see it."""
    moment = beijing(at)
    return Case(
        community=new.community,
        station=new.station,
        kind=kind,
        place=new.place,
        words=new.words,
        answers=categories.clean_answers(kind, new.answers),
        channel=new.channel,
        minute=moment.hour * 60 + moment.minute,
        day=str(known.kind(moment.date())),
        repeats=new.repeats,
        doubts=new.doubts,
        building=(building_in(new.place) or building_in(new.words)) is not None,
    )


def note(work: Work, incident: int, new: Arrival, answer: Answer) -> None:
    """Write down where a new ticket went and why, and raise the alarm about rules that point nowhere."""
    records.add_route(work, incident, answer.routed, answer.answers, answer.rules.version, answer.kind.version)
    for broken in answer.routed.broken:
        log.warning("a rule points nowhere", community=new.community, rule=broken.rule, target=broken.target)
        if records.note_fault(work, new.community, broken.rule, broken.target):
            work.tell(RouteBroken(new.community, new.station, broken.rule, broken.target))


def reach(work: Work, community: str, told: str, at: int, place: str, words: str) -> tuple[Contact, ...]:
    """The people behind one name of `also` at a moment; empty when there is nobody.

    `bldg` is the leader of the building that was named: without a building nobody is disturbed.
    """
    if told == "bldg":
        building = building_in(place) or building_in(words)
        return people.holders(work, community, "building_leader", at, building) if building else ()
    if told == "unit":
        # Nobody keeps a list of partner units yet: those who fill the shelves are told.
        return people.holders(work, community, "volunteer", at)
    return people.holders(work, community, told, at)


def desks(work: Work, community: str, at: int) -> Desks:
    """Targets → desks, with the units and people there are now. An institution is always there."""

    def find(target: str) -> Desk | None:
        desk = desk_of(target)
        if desk is not None:
            return desk
        found = people.holders(work, community, target, at)
        if not found:
            return None
        if target.startswith("unit:"):
            kinds = {str(row["id"]): row["kind"] for row in people.units(work, community)}
            kind = kinds.get(target.partition(":")[2], "")
            return Desk(kind) if kind in set(Desk) else Desk.DUTY
        roles = {contact.staff: role for role, contact in people.accounts(work, community)}
        role = roles.get(found[0].staff, "")
        return Desk(role) if role in set(Desk) else Desk.DUTY

    return find
