"""`/desk/topics`: what is proposed and what is under way; and the page of one topic with its moves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server import people, thresholds
from server.desk import Frame, frame
from server.incidents import STATES, Incident
from server.kit.clock import DAY_MS, beijing
from server.kit.errors import Fault, Invalid, Refused
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Triager
from server.stations import communities
from server.topics import actions, records, rules
from server.topics.rules import MOVES, NEED_STATES, PAST, STAGES, STATUSES, Move, Need, Step, Topic

router = APIRouter(include_in_schema=False)

TICKETS = 50
ICONS = {"adopt": "circle-check", "dismiss": "x", "step": "arrow-right", "finish": "clipboard-check"}


@dataclass(frozen=True, slots=True)
class Line:
    """A topic in the list. `lately`: tickets within the days that topics look at; `days` says how many these are."""

    topic: Topic
    community: str
    lately: int
    total: int
    days: int


@dataclass(frozen=True, slots=True)
class Screens:
    """What `topics/list.html` shows."""

    frame: Frame
    status: str
    tabs: tuple[tuple[str, str, int], ...]
    lines: tuple[Line, ...]
    enough: int
    days: int
    stages: dict[str, str]
    now: int


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody put into a form; kept when it was refused."""

    form: str = ""
    stage: str = ""
    day: str = ""
    owner: str = ""
    note: str = ""
    need: str = ""
    offer: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What `topics/topic.html` shows."""

    frame: Frame
    line: Line
    topic: Topic
    forms: tuple[tuple[str, Move], ...]
    reachable: tuple[str, ...]
    """Stages that the next step may be about."""
    stages: tuple[tuple[str, str, Step | None], ...]
    """label, state (done, now or empty), the last step in it."""
    history: tuple[Step, ...]
    needs: tuple[Need, ...]
    tickets: tuple[Incident, ...]
    units: tuple[str, ...]
    typed: Typed
    error: str
    today: str
    now: int
    labels: dict[str, str]
    past: dict[str, str]
    need_states: dict[str, str]
    states: dict[str, str]
    statuses: dict[str, str]
    icons: dict[str, str]


@router.get("/desk/topics")
def show(request: Request, site: ThisSite, person: Triager, status: str = "") -> Response:
    """The list; without a wish, what waits for a decision, or else what is under way."""
    with site.store.look() as look:
        codes = sorted(person.communities)
        counts = records.status_counts(look, codes)
        if status not in STATUSES:
            status = "proposed" if counts.get("proposed") else "adopted"
        first = codes[0] if codes else ""
        context = Screens(
            frame=frame(look, person, "topics"),
            status=status,
            tabs=tuple((name, label, counts.get(name, 0)) for name, label in STATUSES.items()),
            lines=tuple(line(look, topic) for topic in records.find(look, codes, status)),
            enough=thresholds.value(look, rules.ENOUGH, first),
            days=thresholds.value(look, rules.DAYS, first),
            stages=STAGES,
            now=look.now,
        )
    return site.pages.page(request, "topics/list.html", context)


@router.get("/desk/topics/{topic}")
def one(topic: int, request: Request, site: ThisSite, person: Triager) -> Response:
    """One topic."""
    with site.store.look() as look:
        context = sheet(look, person, topic, Typed(), "")
    return site.pages.page(request, "topics/topic.html", context)


@router.post("/desk/topics/{topic}/needs")
def add_need(
    topic: int,
    request: Request,
    site: ThisSite,
    person: Triager,
    need: Annotated[str, Form()] = "",
    offer: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
) -> Response:
    """Write a need down; what was typed stays when it cannot be taken."""
    try:
        with site.store.work() as work:
            actions.add_need(work, person, topic, need, offer, unit)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, topic, Typed("need", need=need, offer=offer, unit=unit), refusal)
    return RedirectResponse(f"/desk/topics/{topic}#needs", 303)


@router.post("/desk/topics/{topic}/needs/{need}")
def change_need(
    topic: int,
    need: int,
    request: Request,
    site: ThisSite,
    person: Triager,
    offer: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
    status: Annotated[str, Form()] = "",
) -> Response:
    """Link a need to an offer, or say how it stands."""
    try:
        with site.store.work() as work:
            actions.change_need(work, person, topic, need, offer, unit, status)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, topic, Typed(f"need-{need}", offer=offer, unit=unit), refusal)
    return RedirectResponse(f"/desk/topics/{topic}#needs", 303)


@router.post("/desk/topics/{topic}/{move}")
def move(
    topic: int,
    move: str,
    request: Request,
    site: ThisSite,
    person: Triager,
    version: Annotated[int, Form()] = 0,
    stage: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    owner: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Make the move and show the topic again; a refusal shows why, with everything typed kept."""
    try:
        with site.store.work() as work:
            actions.move(work, person, topic, move, version=version, stage=stage, day=day, owner=owner, note=note)
    except (Invalid, Refused) as refusal:
        return _again(request, site, person, topic, Typed(move, stage, day, owner, note), refusal)
    return RedirectResponse(f"/desk/topics/{topic}", 303)


def line(work: Work, topic: Topic) -> Line:
    """A topic with how often it came up."""
    names = {row["code"]: row["name"] for row in communities(work)}
    days = thresholds.value(work, rules.DAYS, topic.community)
    lately = records.ticket_count(work, topic, work.now - days * DAY_MS)
    name = names.get(topic.community, topic.community)
    return Line(topic, name, lately, records.ticket_count(work, topic), days)


def sheet(work: Work, person: Person, topic_id: int, typed: Typed, error: str) -> Sheet:
    """The page of a topic for this person; raises `Missing`."""
    topic = actions.visible(work, person, topic_id)
    history = records.history(work, topic.id)
    order = list(STAGES)
    reached = order.index(topic.stage) if topic.stage else -1
    last = {step.stage: step for step in history if step.stage}
    ended = topic.status == "finished"
    return Sheet(
        frame=frame(work, person, "topics"),
        line=line(work, topic),
        topic=topic,
        forms=tuple((name, MOVES[name]) for name in rules.offered(topic)),
        reachable=tuple(order[: reached + 2]),
        stages=tuple(
            (label, "done" if place < reached or (ended and place == reached) else "now" if place == reached else "",
             last.get(code) if place <= reached else None)
            for place, (code, label) in enumerate(STAGES.items())
        ),
        history=tuple(history),
        needs=tuple(records.needs(work, topic.id)),
        tickets=tuple(actions.tickets(work, topic, person, TICKETS)),
        units=tuple(row["name"] for row in people.units(work, topic.community)),
        typed=typed,
        error=error,
        today=beijing(work.now).date().isoformat(),
        now=work.now,
        labels=STAGES,
        past=PAST,
        need_states=NEED_STATES,
        states=STATES,
        statuses=STATUSES,
        icons=ICONS,
    )  # fmt: skip


def _again(request: Request, site: ThisSite, person: Person, topic: int, typed: Typed, refusal: Fault) -> Response:
    with site.store.look() as look:
        context = sheet(look, person, topic, typed, refusal.sentence)
    return site.pages.page(request, "topics/topic.html", context, status=refusal.status)
