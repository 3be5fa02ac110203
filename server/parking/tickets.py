"""What the page of a parking ticket says before anyone is scolded: this car stands here by a family's coupon."""

from collections.abc import Iterator
from dataclasses import dataclass

from server import duplicates, routing
from server.categories import Kind
from server.incidents import OPEN, Incident
from server.kit.store import Work
from server.parking import plates, queries, records, rules
from server.parking.rules import Coupon
from server.staff import Person

MOST = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One car. `tone` as of a note: ok, info or warn; `coupon` 0 where this person has nothing to do with it.

    `phone`: the family's, for who issues, once the car has to go; empty: none.
    """

    tone: str
    words: str
    coupon: int
    phone: str = ""


def on_ticket(work: Work, incident: Incident, person: Person | None = None) -> tuple[Line, ...]:
    """A line for each coupon of a car that the ticket names, or may mean; empty for other matters."""
    if incident.kind.group != "parking":
        return ()
    issues = person is not None and person.role in rules.ISSUERS
    plates_named = named(work, incident)
    said: dict[int, Line] = {}
    by_plate = [queries.of_plate(work, incident.community, plate) for plate in plates_named]
    for coupons in (queries.of_ticket(work, incident.id), *by_plate):
        for coupon in coupons:
            line = _line(work, incident, coupon, issues=issues)
            if line is not None:
                said.setdefault(coupon.id, line)
                break
    for coupon, line in _perhaps(work, incident, plates_named, issues=issues):
        said.setdefault(coupon.id, line)
    return tuple(said.values())


def odd_plates(work: Work, incident: Incident) -> tuple[str, ...]:
    """A short question to the reporter about each plate that looks misread; nothing is blocked or corrected."""
    found = []
    for plate in _answered(work, incident):
        question = plates.hint(plate)
        if question:
            found.append(f"你写的车牌是 {plates.show(plate)}。{question}")
    return tuple(found[:MOST])


def named(work: Work, incident: Incident) -> list[str]:
    """The plates in a ticket's words, its place and its answers, as they are looked up."""
    found = duplicates.plates_in(_text(work, incident))
    typed = [plate for plate in _answered(work, incident) if len(plate) >= plates.LEAST]
    return list(dict.fromkeys([*typed, *sorted(found)]))[:MOST]


def _line(work: Work, incident: Incident, coupon: Coupon, *, issues: bool) -> Line | None:
    shown = coupon.shown if issues else coupon.masked
    phone = _phone(work, coupon)
    way = ("先打电话请他挪车" if issues else "请物业打电话请他挪车") if phone else ""
    tone, words = "", ""
    if incident.state in OPEN:
        tone, words = rules.told_now(coupon, work.now, shown, category=incident.category, way=way)
    if not words:
        tone, words = rules.told_then(coupon, incident.at, shown)
    if not words:
        return None
    if issues and coupon.incident == incident.id and coupon.spot and coupon.spot != incident.place:
        words += f"停在 {coupon.spot}。"
    return Line(tone, words, coupon.id if issues else 0, phone if issues and tone == "warn" else "")


def _perhaps(work: Work, incident: Incident, plates_named: list[str], *, issues: bool) -> Iterator[tuple[Coupon, Line]]:
    """Cars here by a coupon of whose plate the ticket may name the end."""
    if incident.state not in OPEN:
        return
    seen = [*plates_named, *plates.pieces(_text(work, incident))]
    for coupon in queries.standing(work, incident.community) if seen else ():
        part = next((one for one in seen if plates.may_be(coupon.plate, one)), None)
        words = rules.told_perhaps(coupon, work.now, coupon.shown if issues else coupon.masked, part) if part else ""
        if words:
            yield coupon, Line("info", words, coupon.id if issues else 0)


def _phone(work: Work, coupon: Coupon) -> str:
    family = records.household(work, coupon.household, "")
    return family.phone if family else ""


def _text(work: Work, incident: Incident) -> str:
    route = routing.route_of(work, incident.id)
    return "\n".join([incident.place, incident.words, *(route.answers if route else {}).values()])


def _answered(work: Work, incident: Incident) -> list[str]:
    """The answers to questions for a plate: these are plates whatever they look like."""
    route = routing.route_of(work, incident.id)
    answers = route.answers if route else {}
    asked = incident.kind.questions if isinstance(incident.kind, Kind) else ()
    said = [answers.get(one.name, "") for one in asked if one.name == "plate" or "牌" in one.label]
    return [plates.normal(one) for one in said if one.strip()]
