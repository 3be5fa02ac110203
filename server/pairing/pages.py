"""`/desk/pairing`: every station with its kiosk; a code for a new one, replacing, moving, taking out of service."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from gateway.sqlite import Row
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.pairing import actions, records
from server.pairing.actions import Made
from server.pairing.records import Code
from server.staff import FleetMinder, Person
from server.stations import Station, all_stations, kiosks_at
from server.stations import get as get_station

router = APIRouter(prefix="/desk/pairing", include_in_schema=False)

SHOWN = 60
"""Stations on one page; the rest is found by name."""
LIVES = {
    "ready": ("在线", "ok", "wifi"),
    "disconnected": ("已关机", "off", "circle-off"),
    "lost": ("失联", "bad", "wifi-off"),
    "new": ("还没连上", "warn", "hourglass"),
}
DEEDS = {
    "code": "发了配对码",
    "revoked": "作废了配对码",
    "guessed": "配对码被试错太多次，已作废",
    "paired": "配对完成",
    "again": "重发了一次配对资料",
    "replaced": "被替换",
    "moved": "搬了地方",
    "retired": "停用",
}
ENDS = {"used": "已用掉", "revoked": "已作废", "guessed": "试错太多次，已作废", "expired": "已过期"}
SAID = {
    "revoked": "配对码作废了。",
    "moved": "搬好了。屏幕几秒后显示新小站的内容。",
    "retired": "停用了。它的登录和连接马上断开，记录都留着。",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """A kiosk that hangs somewhere: id, and how it is (word, pill, icon)."""

    kiosk: str
    word: str
    pill: str
    icon: str
    seen: int | None


@dataclass(frozen=True, slots=True)
class Wall:
    """A station with what hangs there. `code_until`: when its open code ends, None without one."""

    station: Station
    screens: tuple[Screen, ...]
    code_until: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What `pairing/overview.html` shows."""

    frame: Frame
    walls: tuple[Wall, ...]
    more: int
    typed: str
    now: int


@dataclass(frozen=True, slots=True)
class Detail:
    """What `pairing/station.html` shows. `made` only in the answer to the press that made the code."""

    frame: Frame
    wall: Wall
    made: Made | None
    latest: Code | None
    targets: tuple[Station, ...]
    log: tuple[Row, ...]
    deeds: dict[str, str]
    ends: dict[str, str]
    said: str
    error: str
    address: str
    now: int


@router.get("")
def overview(
    request: Request, site: ThisSite, person: FleetMinder, q: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Every station in this person's communities, those without a kiosk first."""
    typed = q.strip().lower()
    with site.store.look() as look:
        walls = [
            wall
            for wall in _walls(look, site, person)
            if not typed
            or any(typed in text.lower() for text in (wall.station.code, wall.station.full_name))
            or any(typed in screen.kiosk for screen in wall.screens)
        ]
        walls.sort(key=lambda wall: (bool(wall.screens), wall.station.code))
        context = Overview(
            frame(look, person, "pairing"), tuple(walls[:SHOWN]), max(0, len(walls) - SHOWN), q.strip(), look.now
        )
    return site.pages.page(request, "pairing/overview.html", context)


@router.get("/{code}")
def station(request: Request, site: ThisSite, person: FleetMinder, code: str, said: str = "") -> Response:
    """One station."""
    return _page(request, site, person, code, said=SAID.get(said, ""))


@router.get("/{code}/state")
def state(site: ThisSite, person: FleetMinder, code: str) -> Response:
    """What became of the latest code: the page with the code asks every two seconds."""
    with site.store.look() as look:
        _seen(look, person, code)
        latest = records.of_station(look, code)
    if latest is None:
        raise Missing("没有这个配对码")
    open_still = latest.ended is None and latest.expires > site.store.clock()
    return JSONResponse({"open": open_still, "kiosk": latest.kiosk or ""}, headers={"Cache-Control": "no-store"})


@router.post("/{code}/code")
def make(
    request: Request, site: ThisSite, person: FleetMinder, code: str, replaces: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """A fresh code, shown once: in the answer to this very press."""
    try:
        with site.store.work() as work:
            _seen(work, person, code)
            made = actions.make_code(work, site.secret, code, person.name, replaces)
    except Fault as refusal:
        return _refused(request, site, person, code, refusal)
    return _page(request, site, person, code, made=made)


@router.post("/{code}/revoke")
def revoke(site: ThisSite, person: FleetMinder, code: str) -> Response:
    """The open code ends."""
    with site.store.work() as work:
        _seen(work, person, code)
        actions.revoke_code(work, code, person.name)
    return RedirectResponse(f"/desk/pairing/{code}?said=revoked", 303)


@router.post("/{code}/move")
def move(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    code: str,
    kiosk: Annotated[str, Form(max_length=64)] = "",
    to: Annotated[str, Form(max_length=64)] = "",
    sure: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Hang a kiosk at another station of this person's."""
    try:
        with site.store.work() as work:
            _seen(work, person, code)
            _here(work, code, kiosk, sure)
            if not to:
                raise Invalid("请选搬到哪个小站")
            _seen(work, person, to)
            actions.move(work, kiosk, to, person.name)
    except Fault as refusal:
        return _refused(request, site, person, code, refusal)
    return RedirectResponse(f"/desk/pairing/{to}?said=moved", 303)


@router.post("/{code}/retire")
def retire(
    request: Request,
    site: ThisSite,
    person: FleetMinder,
    code: str,
    kiosk: Annotated[str, Form(max_length=64)] = "",
    sure: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Take a kiosk out of service."""
    try:
        with site.store.work() as work:
            _seen(work, person, code)
            _here(work, code, kiosk, sure)
            actions.retire(work, site.mailbox, kiosk, person.name)
    except Fault as refusal:
        return _refused(request, site, person, code, refusal)
    return RedirectResponse(f"/desk/pairing/{code}?said=retired", 303)


def _here(work: Work, code: str, kiosk: str, sure: str) -> None:
    if kiosk not in kiosks_at(work, [code]):
        raise Invalid("这块屏幕现在不挂在这里，请刷新再看")
    if sure != "yes":
        raise Invalid("请先勾选确认，再按按钮")


def _seen(work: Work, person: Person, code: str) -> Station:
    """The station, when this person may see it; `Missing` for everybody else."""
    found = get_station(work, code)
    if not person.sees(found.community):
        raise Missing("没有找到这个小站")
    return found


def _refused(request: Request, site: Site, person: Person, code: str, refusal: Fault) -> Response:
    if isinstance(refusal, Missing):
        raise refusal
    return _page(request, site, person, code, error=refusal.sentence, status=refusal.status)


def _page(
    request: Request,
    site: Site,
    person: Person,
    code: str,
    *,
    made: Made | None = None,
    said: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    with site.store.look() as look:
        here = _seen(look, person, code)
        hanging = kiosks_at(look)
        statuses = _lives(site)
        context = Detail(
            frame=frame(look, person, "pairing"),
            wall=Wall(
                here,
                tuple(_screen(kiosk, statuses) for kiosk, where in hanging.items() if where == code),
                records.stations_with_codes(look).get(code),
            ),
            made=made,
            latest=records.of_station(look, code),
            targets=tuple(one for one in all_stations(look) if person.sees(one.community) and one.code != code),
            log=tuple(records.log_of(look, code)),
            deeds=DEEDS,
            ends=ENDS,
            said=said,
            error=error,
            address=site.public_url,
            now=look.now,
        )
    return site.pages.page(request, "pairing/station.html", context, status=status)


def _walls(look: Work, site: Site, person: Person) -> list[Wall]:
    statuses, codes = _lives(site), records.stations_with_codes(look)
    screens: dict[str, list[Screen]] = {}
    for kiosk, where in kiosks_at(look).items():
        screens.setdefault(where, []).append(_screen(kiosk, statuses))
    return [
        Wall(one, tuple(screens.get(one.code, ())), codes.get(one.code))
        for one in all_stations(look)
        if person.sees(one.community)
    ]


def _lives(site: Site) -> dict[str, tuple[str, int]]:
    return {one.kiosk: (one.life, one.seen) for one in site.mailbox.kiosks()}


def _screen(kiosk: str, statuses: dict[str, tuple[str, int]]) -> Screen:
    life, seen = statuses.get(kiosk, ("new", 0))
    word, pill, icon = LIVES.get(life, LIVES["new"])
    return Screen(kiosk, word, pill, icon, seen or None)
