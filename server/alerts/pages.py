"""`/a/{token}`: one big button behind the link in an alert. Only pressing it accepts: chat apps look at links first."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.alerts import actions, links, reach, records, words
from server.alerts.compose import alarm_of, reminder_of
from server.alerts.memos import actions as memos
from server.alerts.words import LEVEL_WORDS, Alarm
from server.incidents import ENDED
from server.kit.errors import Forbidden, Missing, Refused
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import Staff
from server.stations import known as find_station

router = APIRouter(include_in_schema=False)

MOST_SAID = 400
PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Takeover:
    """What `alerts/accept.html` shows.

    `state`: open, asked (taken already, and this person is called to it again), mine (I was first), later (somebody
    else was), ended.
    """

    token: str
    state: str
    alarm: Alarm
    level_word: str
    place: str
    words: str
    presence: str
    name: str
    first: str
    asked: tuple[str, ...]
    """Why this person was called again: `超时提醒：…`, until they say that they have heard."""
    also: tuple[str, ...]
    """Who accepted after the first, without this person."""
    duty_phone: str
    incident: int
    now: int


@router.get("/a/{token}")
def show(request: Request, site: ThisSite, token: str) -> Response:
    """What it is about, and the button. Changes nothing."""
    with site.store.look() as look:
        page = _page(look, site, token)
    return site.pages.page(request, "alerts/accept.html", page, headers=PRIVATE)


@router.post("/a/{token}")
def accept(site: ThisSite, token: str) -> Response:
    """Take the ticket over; a second tap of the same person changes nothing."""
    called = _called(site, token)
    try:
        with site.store.work() as work:
            actions.accept(work, called)
    except Refused:
        pass  # the page says that it has ended
    return RedirectResponse(f"/a/{token}", 303, headers=PRIVATE)


@router.post("/desk/alerts/heard")
def heard(site: ThisSite, person: Staff, alert: Annotated[int, Form(ge=1, lt=2**62)]) -> Response:
    """The open desk says that the alarm rang on it."""
    with site.store.work() as work:
        actions.heard(work, person, alert)
    return Response(status_code=204)


def _called(site: Site, token: str) -> int:
    called = links.read(site, token)
    if called is None:
        raise Missing("这个链接不对，请从提醒里重新点开")
    return called


def _page(look: Work, site: Site, token: str) -> Takeover:
    person = records.person(look, _called(site, token))
    incident = None if person is None else actions.incident_of(look, person["incident"])
    if person is None or incident is None:
        raise Missing("这个链接不对，请从提醒里重新点开")
    if not reach.still_here(look, incident.community, person["who"]):
        raise Forbidden("你已经不在这个居民区的名册里，看不了这张工单")
    alarm = alarm_of(look, incident)
    asked = memos.ringing_for(look, incident.id, person["id"])
    taken = records.acceptances(look, incident.id)
    station = find_station(look, incident.station)
    if incident.state in ENDED:
        state = "ended"
    elif asked and taken:
        state = "asked"
    elif taken and taken[0]["who"] == person["who"]:
        state = "mine"
    elif any(row["who"] == person["who"] for row in taken):
        state = "later"
    else:
        state = "open"
    return Takeover(
        token=token,
        state=state,
        alarm=alarm,
        level_word=LEVEL_WORDS[incident.level],
        place=words.inert(incident.place),
        words=words.inert(incident.words),
        presence=words.presence(alarm),
        name=person["name"],
        first=actions.first(look, incident.id),
        asked=tuple(words.reminded(reminder_of(look, memo, incident), look.now, MOST_SAID) for memo in asked),
        also=tuple(row["name"] for row in taken[1:] if row["who"] != person["who"]),
        duty_phone=station.duty_phone if station else "",
        incident=incident.id,
        now=look.now,
    )
