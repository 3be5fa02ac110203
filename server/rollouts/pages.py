"""`/desk/rollouts`: change the kiosks' settings in waves, watch them, stop, resume, roll back; and who has drifted."""

import secrets
from collections import Counter
from dataclasses import dataclass

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server.desk import Frame, frame
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.rollouts import actions, records
from server.rollouts.actions import Drift
from server.rollouts.records import Rollout, Seat
from server.rollouts.rules import KNOBS, MAX_NOTE, MOVES, SEATS, STATES, Knob, is_roller, read_changes
from server.staff import Person, Staff
from server.stations import all_stations, communities

router = APIRouter(include_in_schema=False)

SOAKS = {30: "30 秒", 60: "1 分钟", 300: "5 分钟", 3600: "1 小时"}
PATIENCES = {300: "5 分钟", 1800: "30 分钟", 7200: "2 小时", 86_400: "1 天"}


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as typed. `id` is made with it, so that sending it twice is one roll-out."""

    id: str
    values: dict[str, str]
    note: str = ""
    community: str = ""
    soak_s: int = 60
    patience_s: int = 300
    most_failures: str = "0"


@dataclass(frozen=True, slots=True)
class Line:
    """A roll-out in the list, and how many of its stations stand where."""

    rollout: Rollout
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Board:
    """What `rollouts/list.html` shows."""

    frame: Frame
    knobs: dict[str, Knob]
    draft: Draft
    error: str
    places: list[tuple[str, str]]
    soaks: dict[int, str]
    patiences: dict[int, str]
    longest: int
    rollouts: list[Line]
    states: dict[str, tuple[str, str, str]]
    drifts: list[Drift]
    now: int


@dataclass(frozen=True, slots=True)
class Detail:
    """What `rollouts/rollout.html` shows. `waves`: number → its stations."""

    frame: Frame
    rollout: Rollout
    knobs: dict[str, Knob]
    waves: dict[int, list[Seat]]
    names: dict[str, str]
    steps: list[Row]
    states: dict[str, tuple[str, str, str]]
    seats: dict[str, tuple[str, str, str]]
    moves: set[str]
    now: int


@router.get("/desk/rollouts")
def show(request: Request, site: ThisSite, person: Staff) -> Response:
    """What was rolled out, who has drifted, and a form for one more."""
    _check(person)
    return _board(request, site, person, Draft(secrets.token_hex(12), {}))


@router.post("/desk/rollouts")
async def begin(request: Request, site: ThisSite, person: Staff) -> Response:
    """Begin; what was typed stays when it cannot be taken."""
    form = await request.form(max_files=0, max_fields=30)
    typed = {name: value[:200] for name, value in form.items() if isinstance(value, str)}
    return await anyio.to_thread.run_sync(_begin, request, site, person, typed)


@router.get("/desk/rollouts/{rollout}")
def detail(rollout: int, request: Request, site: ThisSite, person: Staff) -> Response:
    """One roll-out, wave by wave."""
    _check(person)
    with site.store.look() as look:
        found, seats = actions.visible(look, person, rollout)
        waves: dict[int, list[Seat]] = {}
        for one in seats:
            waves.setdefault(one.wave, []).append(one)
        context = Detail(
            frame=frame(look, person, "rollouts"),
            rollout=found,
            knobs=KNOBS,
            waves=waves,
            names={one.code: one.full_name for one in all_stations(look)},
            steps=records.steps(look, found.id),
            states=STATES,
            seats=SEATS,
            moves=MOVES[found.state],
            now=look.now,
        )
    return site.pages.page(request, "rollouts/rollout.html", context)


@router.post("/desk/rollouts/{rollout}/{deed}")
def move(rollout: int, deed: str, site: ThisSite, person: Staff) -> Response:
    """`pause`, `resume` or `roll-back`."""
    with site.store.work() as work:
        match deed:
            case "pause":
                actions.pause(work, person, rollout)
            case "resume":
                actions.resume(work, site, person, rollout)
            case "roll-back":
                actions.roll_back(work, site, person, rollout)
            case _:
                raise Missing("没有这个动作")
    return RedirectResponse(f"/desk/rollouts/{rollout}", 303)


def _begin(request: Request, site: Site, person: Person, typed: dict[str, str]) -> Response:
    _check(person)
    draft = Draft(
        id=typed.get("id", ""),
        values={name: typed.get(name, "") for name in KNOBS},
        note=typed.get("note", ""),
        community=typed.get("community", ""),
        soak_s=_choice(typed.get("soak_s", ""), SOAKS, 60),
        patience_s=_choice(typed.get("patience_s", ""), PATIENCES, 300),
        most_failures=typed.get("most_failures", ""),
    )
    try:
        if not 8 <= len(draft.id) <= 64:
            raise Invalid("请重新打开这一页再填")
        failures = draft.most_failures.strip()
        if not (failures.isascii() and failures.isdigit() and len(failures) <= 4):
            raise Invalid("允许失败的站数请填整数")
        with site.store.work() as work:
            rollout = actions.begin(
                work, site, person, draft.id, draft.community, read_changes(draft.values), draft.note,
                soak_s=draft.soak_s, patience_s=draft.patience_s, most_failures=int(failures),
            )  # fmt: skip
    except Fault as refusal:
        if refusal.status not in {404, 409, 422}:
            raise
        return _board(request, site, person, draft, refusal)
    return RedirectResponse(f"/desk/rollouts/{rollout.id}", 303)


def _board(request: Request, site: Site, person: Person, draft: Draft, refusal: Fault | None = None) -> Response:
    with site.store.look() as look:
        context = Board(
            frame=frame(look, person, "rollouts"),
            knobs=KNOBS,
            draft=draft,
            error=refusal.sentence if refusal else "",
            places=_places(look, person),
            soaks=SOAKS,
            patiences=PATIENCES,
            longest=MAX_NOTE,
            rollouts=[_line(look, one) for one in records.latest(look, sorted(person.communities))],
            states=STATES,
            drifts=actions.drifted(look, site, person),
            now=look.now,
        )
    return site.pages.page(request, "rollouts/list.html", context, status=refusal.status if refusal else 200)


def _line(look: Work, rollout: Rollout) -> Line:
    return Line(rollout, Counter(one.state for one in records.seats(look, rollout.id)))


def _places(look: Work, person: Person) -> list[tuple[str, str]]:
    found = [(row["code"], row["name"]) for row in communities(look) if person.sees(row["code"])]
    return found if len(found) == 1 else [("", "全部居民区"), *found]


def _choice(typed: str, choices: dict[int, str], default: int) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and int(typed) in choices else default


def _check(person: Person) -> None:
    if not is_roller(person):
        raise Forbidden("屏幕设置由 IT 志愿者、主任和街道来改")
