"""What the page of a parking ticket says before anyone is scolded: this car stands here by a family's coupon."""

from dataclasses import dataclass

from server import duplicates, routing
from server.categories import Kind
from server.incidents import OPEN, Incident
from server.kit.store import Work
from server.parking import plates, records, rules
from server.staff import Person

MOST = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One car. `tone` as of a note: ok, info or warn; `coupon` 0 where this person has nothing to do with it."""

    tone: str
    words: str
    coupon: int


def on_ticket(work: Work, incident: Incident, person: Person | None = None) -> tuple[Line, ...]:
    """A line for each car that the ticket names and that has or had a coupon; empty for other matters."""
    if incident.kind.group != "parking":
        return ()
    lines = []
    for plate in named(work, incident):
        for coupon in records.of_plate(work, incident.community, plate):
            may = person is not None and person.role in rules.ISSUERS
            shown = coupon.shown if may else coupon.masked
            tone, words = rules.told_now(coupon, work.now, shown) if incident.state in OPEN else ("", "")
            if not words:
                tone, words = rules.told_then(coupon, incident.at, shown)
            if words:
                lines.append(Line(tone, words, coupon.id if may else 0))
                break
    return tuple(lines)


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
    route = routing.route_of(work, incident.id)
    answers = route.answers if route else {}
    found = duplicates.plates_in("\n".join([incident.place, incident.words, *answers.values()]))
    typed = [plate for plate in _answered(work, incident) if len(plate) >= 4]
    return list(dict.fromkeys([*typed, *sorted(found)]))[:MOST]


def _answered(work: Work, incident: Incident) -> list[str]:
    """The answers to questions for a plate: these are plates whatever they look like."""
    route = routing.route_of(work, incident.id)
    answers = route.answers if route else {}
    asked = incident.kind.questions if isinstance(incident.kind, Kind) else ()
    said = [answers.get(one.name, "") for one in asked if one.name == "plate" or "牌" in one.label]
    return [plates.normal(one) for one in said if one.strip()]
