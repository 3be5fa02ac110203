"""`/desk/commands`: choose a screen, choose a command, say why, watch it happen. Made for one thumb at 02:10."""

import secrets
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.commands import MAX_MESSAGE
from gateway.contract.envelope import Body
from server import incidents
from server.commands import actions, records
from server.commands.records import Order
from server.commands.rules import ENDED, KINDS, MAX_REASON, STAGES, Kind, allowed, is_orderer, may, spoken, why_not
from server.desk import Frame, frame
from server.kit.clock import MINUTE_MS
from server.kit.errors import Fault, Forbidden, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import ROLES, Person, Staff
from server.stations import all_stations, kiosks_at

router = APIRouter(include_in_schema=False)

LIVES = {
    "ready": ("在线", "ok", "wifi"),
    "lost": ("失联", "bad", "wifi-off"),
    "disconnected": ("已关机", "warn", "moon"),
}
NEVER = ("从未上线", "off", "hourglass")
OTHER = "other"
RECENT_MS = 10 * MINUTE_MS
MOST = 50


@dataclass(frozen=True, slots=True)
class Screen:
    """A kiosk somebody may command: its name, where it hangs, and its life in words."""

    kiosk: str
    station: str
    name: str
    life: tuple[str, str, str]
    online: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A command as it stands in the form. `id` is made with the form, so that sending it twice is one command."""

    id: str
    text: str = ""
    seconds: str = "120"
    port: str = ""
    on: str = ""
    reason: str = ""
    words: str = ""
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What `commands/list.html` shows."""

    frame: Frame
    screens: list[Screen]
    orders: list[Order]
    kinds: dict[str, Kind]
    stages: dict[str, tuple[str, str, str]]
    names: dict[str, str]
    now: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What `commands/new.html` shows: the commands to choose from, or (`kind`) the form of one."""

    frame: Frame
    screen: Screen
    others: list[Screen]
    kinds: list[Kind]
    kind: Kind | None
    draft: Draft
    reasons: tuple[str, ...]
    recent: list[Order]
    error: str
    longest: int
    longest_reason: int
    stages: dict[str, tuple[str, str, str]]
    now: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What `commands/command.html` shows. `find`: kind of what it brought home, `text` that itself when it is a log."""

    frame: Frame
    order: Order
    said: str
    kind: Kind | None
    name: str
    role: str
    number: str
    life: tuple[str, str, str]
    stages: dict[str, tuple[str, str, str]]
    ended: bool
    why: str
    find: str
    text: str
    days: int
    now: int


@router.get("/desk/commands")
def show(request: Request, site: ThisSite, person: Staff) -> Response:
    """Screens to choose from, and the latest commands."""
    _check(person)
    with site.store.look() as look:
        screens = _screens(look, site, person)
        context = Listing(
            frame=frame(look, person, "commands"),
            screens=screens,
            orders=records.latest(look, sorted(person.communities), limit=MOST),
            kinds=KINDS,
            stages=STAGES,
            names={station.code: station.full_name for station in all_stations(look)},
            now=look.now,
        )
    return site.pages.page(request, "commands/list.html", context)


@router.get("/desk/commands/new")
def new(
    request: Request,
    site: ThisSite,
    person: Staff,
    kiosk: Annotated[str, Query(max_length=32)] = "",
    station: Annotated[str, Query(max_length=64)] = "",
    name: Annotated[str, Query(max_length=32)] = "",
    incident: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """The commands for a screen, or the form of one; `station` alone chooses a screen there that is online."""
    _check(person)
    draft = Draft(secrets.token_hex(12), incident=incident)
    return _form(request, site, person, kiosk, station, name, draft)


@router.post("/desk/commands")
def give(
    request: Request,
    site: ThisSite,
    person: Staff,
    command: Annotated[str, Form(alias="id", pattern=r"^[A-Za-z0-9_-]{8,64}$")],
    kiosk: Annotated[str, Form(max_length=32)],
    name: Annotated[str, Form(max_length=32)],
    text: Annotated[str, Form()] = "",
    seconds: Annotated[str, Form()] = "",
    port: Annotated[str, Form()] = "",
    on: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
    incident: Annotated[int | None, Form()] = None,
) -> Response:
    """Give it and show how it goes; what was typed stays when it cannot be taken."""
    _check(person)
    draft = Draft(command, text[:200], seconds[:6], port[:3], on[:3], reason[:200], words[:200], incident)
    why = draft.words if draft.reason == OTHER else draft.reason
    try:
        with site.store.work() as work:
            number = _ticket(work, person, incident)
            wish = actions.Wish(command, kiosk, name, _args(name, draft), why, incident if number else None)
            given = actions.order(work, site, wish, person)
    except Fault as refusal:
        if refusal.status not in {409, 422, 503}:
            raise
        return _form(request, site, person, kiosk, "", name, draft, refusal)
    return RedirectResponse(f"/desk/commands/{given.id}", 303)


@router.get("/desk/commands/{command}")
def follow(command: str, request: Request, site: ThisSite, person: Staff) -> Response:
    """One command: who wanted it, why, and how it goes."""
    _check(person)
    with site.store.look() as look:
        order = actions.get(look, command, person)
        found = records.found(look, order.id)
        readable = found is not None and found["kind"] == "text/plain" and _may_see_find(person, order)
        kind = KINDS.get(order.name)
        context = Progress(
            frame=frame(look, person, "commands"),
            order=order,
            said=spoken(order.name, order.args),
            kind=kind,
            name=next((one.full_name for one in all_stations(look) if one.code == order.station), order.station),
            role=ROLES.get(order.by_role, "程序接口"),
            number=_ticket(look, person, order.incident),
            life=_life(site, order.kiosk),
            stages=STAGES,
            ended=order.state in ENDED,
            why=why_not(str(order.answer.get("reason", ""))),
            find=found["kind"] if found is not None and _may_see_find(person, order) else "",
            text=found["content"].decode() if found is not None and readable else str(order.answer.get("text", "")),
            days=actions.FINDS_KEPT_DAYS,
            now=look.now,
        )
    return site.pages.page(request, "commands/command.html", context)


@router.get("/desk/commands/{command}/find")
def find(command: str, site: ThisSite, person: Staff) -> Response:
    """The picture or the log itself."""
    _check(person)
    with site.store.look() as look:
        order = actions.get(look, command, person)
        found = records.found(look, order.id)
    if found is None or not _may_see_find(person, order):
        raise Missing("这份内容已经过期删除，或者还没有取回来")
    kind = "text/plain; charset=utf-8" if found["kind"] == "text/plain" else found["kind"]
    ending = "txt" if found["kind"] == "text/plain" else "png"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="{order.kiosk}.{ending}"'}
    return Response(found["content"], media_type=kind, headers=headers)


def _check(person: Person) -> None:
    if not is_orderer(person):
        raise Forbidden("远程指令由值班、居委和 IT 志愿者来发")


def _may_see_find(person: Person, order: Order) -> bool:
    kind = KINDS.get(order.name)
    return kind is not None and may(person, kind)


def _form(
    request: Request, site: Site, person: Person, kiosk: str, station: str, name: str, draft: Draft,
    refusal: Fault | None = None,
) -> Response:  # fmt: skip
    with site.store.look() as look:
        screens = _screens(look, site, person)
        here = [one for one in screens if one.kiosk == kiosk or (not kiosk and one.station == station)]
        if not here:
            raise Missing("没有找到这块屏幕")
        screen = next((one for one in here if one.online), here[0])
        kind = KINDS.get(name)
        if kind is not None and not may(person, kind):
            raise Forbidden(f"“{kind.label}”不归您的岗位发")
        number = _ticket(look, person, draft.incident)
        first = f"工单 {number}" if number else ""
        reasons = (*((first,) if first else ()), *(kind.reasons if kind else ()))
        recent = records.latest(look, [*person.communities], kiosk=screen.kiosk, limit=5)
        context = Choice(
            frame=frame(look, person, "commands"),
            screen=screen,
            others=[one for one in screens if one.station == screen.station and one.kiosk != screen.kiosk],
            kinds=allowed(person),
            kind=kind,
            draft=draft if refusal else replace(draft, reason=first),
            reasons=reasons,
            recent=[one for one in recent if kind and one.name == kind.name and look.now - one.at < RECENT_MS],
            error=refusal.sentence if refusal else "",
            longest=MAX_MESSAGE,
            longest_reason=MAX_REASON,
            stages=STAGES,
            now=look.now,
        )
    return site.pages.page(request, "commands/new.html", context, status=refusal.status if refusal else 200)


def _args(name: str, draft: Draft) -> Body:
    """What the form says, as the contract wants it; what is no number stays text, and is refused there."""
    match name:
        case "show_message":
            return {"text": " ".join(draft.text.split()), "seconds": _number(draft.seconds)}
        case "switch_port":
            return {"port": _number(draft.port), "on": {"on": True, "off": False}.get(draft.on, draft.on)}
        case _:
            return {}


def _number(typed: str) -> int | str:
    return int(typed) if typed.strip().isascii() and typed.strip().isdigit() else typed


def _ticket(work: Work, person: Person, incident: int | None) -> str:
    """The ticket's number when this person may see it, else nothing."""
    found = None if incident is None else incidents.get(work, incident)
    return found.number if found is not None and incidents.may_see(found, person) else ""


def _screens(look: Work, site: Site, person: Person) -> list[Screen]:
    stations = {one.code: one for one in all_stations(look) if one.community in person.communities}
    lives = {one.kiosk: one.life for one in site.mailbox.kiosks()}
    return [
        Screen(
            kiosk, code, stations[code].full_name, LIVES.get(lives.get(kiosk, ""), NEVER), lives.get(kiosk) == "ready"
        )
        for kiosk, code in kiosks_at(look).items()
        if code in stations
    ]


def _life(site: Site, kiosk: str) -> tuple[str, str, str]:
    status = site.mailbox.kiosk(kiosk)
    return NEVER if status is None else LIVES.get(status.life, NEVER)
