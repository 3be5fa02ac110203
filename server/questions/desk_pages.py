"""`/desk/incidents/{id}/questions` and `…/links`: asking, sending out, taking back, and the address to hand over."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from server import incidents, stations
from server.incidents import Incident
from server.kit.clock import day
from server.kit.errors import Fault, Forbidden, Invalid, Missing, Refused
from server.kit.site import Site, ThisSite
from server.questions import asking, engaging, links, panel, qr, rules, tokens
from server.questions.panel import OnTicket
from server.staff import Person, Staff, Triager

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody put into one of the two forms."""

    text: str = ""
    choices: str = ""
    body: str = ""
    asks: str = ""
    days: str = str(links.DEFAULT_DAYS)
    photos: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """A form that was refused, with everything typed. `which`: ask or engage."""

    which: str
    error: str
    incident: Incident
    outreach: OnTicket
    typed: Typed
    query: str


@dataclass(frozen=True, slots=True)
class Share:
    """An address, to be copied or held in front of a phone. `until` None: it is no longer open."""

    incident: Incident
    title: str
    asks: str
    address: str
    message: str
    code: Markup
    until: int
    state: str
    open: bool
    number: str
    query: str


@router.post("/desk/incidents/{incident}/questions")
def ask(
    incident: int,
    request: Request,
    site: ThisSite,
    person: Staff,
    version: Annotated[int, Form()] = 0,
    text: Annotated[str, Form()] = "",
    choices: Annotated[str, Form()] = "",
) -> Response:
    """Put a question to the reporter; a refusal shows the form again."""
    typed = Typed(text=text, choices=choices)
    try:
        with site.store.work() as work:
            asking.ask(work, incident, person, text, rules.read_choices(choices), version=version)
    except (Refused, Invalid, Forbidden) as refusal:
        return _again(request, site, person, incident, "ask", typed, refusal)
    return _back(request, incident, said="ask")


@router.post("/desk/incidents/{incident}/questions/{question}/withdraw")
def withdraw(incident: int, question: int, request: Request, site: ThisSite, person: Triager) -> Response:
    """Take a question back."""
    with site.store.work() as work:
        if asking.question_of(work, question).incident != incident:
            raise Missing("没有找到这个问题")
        asking.withdraw(work, question, person)
    return _back(request, incident)


@router.get("/desk/incidents/{incident}/questions/{question}")
def share_question(incident: int, question: int, request: Request, site: ThisSite, person: Triager) -> Response:
    """The question's address, for a reporter who is reached some other way."""
    with site.store.look() as look:
        ticket = incidents.visible(look, incident, person)
        asked = asking.question_of(look, question)
        if asked.incident != ticket.id:
            raise Missing("没有找到这个问题")
        state = asking.standing(look, asked)
    address = tokens.address(site, "q", asked.id)
    page = Share(
        incident=ticket,
        title="问骑手的链接",
        asks=asked.text,
        address=address,
        message=f"【畅小站】居委想问你一句：{asked.text} 点开回答：{address}",
        code=qr.svg(address),
        until=asked.until,
        state=rules.STATES[asked.state],
        open=state in {"open", "late"},
        number=ticket.number,
        query=request.url.query,
    )
    return site.pages.page(request, "questions/share.html", page)


@router.post("/desk/incidents/{incident}/links")
def engage(
    incident: int,
    request: Request,
    site: ThisSite,
    person: Staff,
    version: Annotated[int, Form()] = 0,
    body: Annotated[str, Form()] = "",
    asks: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
    photos: Annotated[bool, Form()] = False,
) -> Response:
    """Make a link for an outside body and show its address; a refusal shows the form again."""
    typed = Typed(body=body, asks=asks, days=days, photos=photos)
    try:
        with site.store.work() as work:
            made = engaging.engage(
                work, incident, person, body=body, asks=asks, days=_days(days), photos=photos, version=version
            )
    except (Refused, Invalid, Forbidden) as refusal:
        return _again(request, site, person, incident, "engage", typed, refusal)
    return RedirectResponse(f"/desk/incidents/{incident}/links/{made.id}{_tail(request)}", 303)


@router.post("/desk/incidents/{incident}/links/{link}/revoke")
def revoke(incident: int, link: int, request: Request, site: ThisSite, person: Triager) -> Response:
    """Close a link."""
    with site.store.work() as work:
        if engaging.link_of(work, link).incident != incident:
            raise Missing("没有找到这个链接")
        engaging.revoke(work, link, person)
    return _back(request, incident)


@router.get("/desk/incidents/{incident}/links/{link}")
def share_link(incident: int, link: int, request: Request, site: ThisSite, person: Triager) -> Response:
    """The link's address, ready to be sent."""
    with site.store.look() as look:
        ticket = incidents.visible(look, incident, person)
        made = engaging.link_of(look, link)
        if made.incident != ticket.id:
            raise Missing("没有找到这个链接")
        state = links.standing(made, ticket, look.now)
        station = stations.known(look, ticket.station)
    address = tokens.address(site, "o", made.id)
    where = station.full_name if station else ticket.station
    page = Share(
        incident=ticket,
        title=f"发给{made.body}的链接",
        asks=made.asks,
        address=address,
        message=(
            f"【畅小站】请{made.body}帮忙：{ticket.kind.label}，{where}。"
            f"点开看，办好了在里面说一声，{day(made.until)}前有效：{address}"
        ),
        code=qr.svg(address),
        until=made.until,
        state=links.STATES[state],
        open=state == "open",
        number=ticket.number,
        query=request.url.query,
    )
    return site.pages.page(request, "questions/share.html", page)


def _days(typed: str) -> int:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
        raise Invalid("期限请填一个整数")
    return int(digits)


def _again(
    request: Request, site: Site, person: Person, incident: int, which: str, typed: Typed, refusal: Fault
) -> Response:
    with site.store.look() as look:
        ticket = incidents.visible(look, incident, person)
        outreach = panel.on_ticket(look, ticket, person)
    page = Again(which, refusal.sentence, ticket, outreach, typed, request.url.query)
    return site.pages.page(request, "questions/again.html", page, status=refusal.status)


def _back(request: Request, incident: int, said: str = "") -> Response:
    return RedirectResponse(f"/desk/incidents/{incident}{_tail(request, said)}#outreach", 303)


def _tail(request: Request, said: str = "") -> str:
    """The list's filters, as they came."""
    filters = [pair for pair in parse_qsl(request.url.query) if pair[0] != "said"]
    pairs = [("said", said), *filters] if said else filters
    return f"?{urlencode(pairs)}" if pairs else ""
