"""What the ticket page shows of questions and outside links: what is open, what was answered, and the forms."""

from dataclasses import dataclass

from server import incidents, thresholds
from server.incidents import Incident
from server.kit.store import Work
from server.questions import links, records, rules
from server.questions.links import Link, Use
from server.questions.rules import Question
from server.staff import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how it stands. `number` of the merged report it was put to; empty: of this ticket."""

    question: Question
    state: str
    open: bool
    number: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A link and what was done through it. `visits`: how often the page was opened."""

    link: Link
    state: str
    open: bool
    uses: tuple[tuple[str, Use], ...]
    """What was said, each with its verb; visits and looks at photos are only counted."""
    visits: int
    last_visit: int | None
    looks: int


@dataclass(frozen=True, slots=True)
class OnTicket:
    """The context of `questions/_ticket.html`. Empty when there is nothing to show and nothing to do."""

    asked: tuple[Asked, ...]
    sent: tuple[Sent, ...]
    may_ask: bool
    may_engage: bool
    may_settle: bool
    """Whether this person may withdraw and revoke."""
    hours: int
    """How long an answer is waited for."""
    photos: int
    """How many photos a link could show; 0 too when this category's are nobody's business."""
    body: str
    most_question: int = rules.MAX_QUESTION
    most_choices: int = rules.MOST_CHOICES
    most_body: int = links.MAX_BODY
    most_asks: int = links.MAX_ASKS
    most_days: int = links.MOST_DAYS
    days: int = links.DEFAULT_DAYS


def on_ticket(work: Work, incident: Incident, person: Person) -> OnTicket:
    """For a person who sees this ticket."""
    offered = incidents.offered(incident, person)
    found = records.links_of(work, incident.id)
    busy = any(links.standing(one, incident, work.now) == "open" for one in found)
    return OnTicket(
        asked=tuple(_asked(work, incident)),
        sent=tuple(_sent(work, one, incident) for one in found),
        may_ask="ask" in offered,
        may_engage="engage" in offered and not busy,
        may_settle=person.triages,
        hours=thresholds.value(work, rules.HOURS, incident.community),
        photos=len(incidents.photos(work, incident.id)) if links.may_show_photos(incident.kind) else 0,
        body=incident.body,
    )


def _asked(work: Work, incident: Incident) -> list[Asked]:
    tickets = [(incident.id, ""), *((one.id, one.number) for one in incidents.merged_here(work, incident.id))]
    found = [
        Asked(question, rules.STATES[question.state], question.state == "open", number)
        for ticket, number in tickets
        for question in records.of(work, ticket)
    ]
    return sorted(found, key=lambda one: one.question.at)


def _sent(work: Work, link: Link, incident: Incident) -> Sent:
    uses = records.uses(work, link.id)
    visits = [use for use in uses if use.what == "opened"]
    standing = links.standing(link, incident, work.now)
    return Sent(
        link=link,
        state=links.STATES[standing],
        open=link.state == "open",
        uses=tuple((links.USES[use.what], use) for use in uses if use.what not in {"opened", "photo"}),
        visits=len(visits),
        last_visit=visits[-1].at if visits else None,
        looks=sum(use.what == "photo" for use in uses),
    )
