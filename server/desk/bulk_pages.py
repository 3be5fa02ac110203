"""`/desk/bulk`: what can be done with the tickets that were ticked in the list, and what became of each."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.contract.categories import DESK_LABELS
from server.desk import bulk
from server.desk.bulk import Given, Outcome, Pick
from server.desk.filters import Filter
from server.desk.framing import Frame, frame, handles
from server.desk.handing import Colleague, colleagues
from server.desk.listing import Listing, listing
from server.desk.pages import Chosen
from server.desk.rows import Row, rows
from server.incidents import MOVES, Incident
from server.kit.errors import Invalid
from server.kit.site import ThisSite
from server.kit.store import Work
from server.staff import Person, Staff
from server.stations import known as find_station

router = APIRouter(include_in_schema=False)

ICONS = {
    "claim": "user", "file": "circle-check", "confirm": "circle-check", "dispatch": "send", "assign": "users",
    "done": "tools", "verify": "clipboard-check", "close": "mail-heart", "merge": "git-merge",
    "supervise": "speakerphone", "note": "pencil", "reject": "forbid", "false_alarm": "forbid",
}  # fmt: skip
QUICK = frozenset({"claim", "file", "confirm", "verify"})
"""Nothing has to be typed for these."""
TEXTS = {
    "dispatch": ("要说明的", ""), "done": ("怎么处理的", ""), "merge": ("说明", ""), "supervise": ("为什么督办", ""),
    "note": ("备注", ""), "reject": ("为什么不受理", "给骑手的话"), "false_alarm": ("怎么看出是误报", ""),
    "close": ("", "给骑手的话"),
}  # fmt: skip
"""move → what the note and the word to the rider are called; empty: not asked."""
OPTIONAL = frozenset({"dispatch"})
MOST_TARGETS = 12


@dataclass(frozen=True, slots=True)
class Move:
    """One move as a form. `n`: of how many of the chosen tickets it can be made."""

    name: str
    label: str
    icon: str
    n: int
    quick: bool
    note: str
    reply: str
    optional: bool
    opened: bool
    given: Given


@dataclass(frozen=True, slots=True)
class Bulk:
    """What `desk/bulk.html` shows. `done` and `failed`: what became of the tickets that were just tried."""

    frame: Frame
    list: Listing
    query: str
    picks: str
    chosen: tuple[Row, ...]
    gone: int
    """Chosen, and no longer in this person's sight."""
    moves: tuple[Move, ...]
    desks: dict[str, str]
    colleagues: tuple[Colleague, ...]
    targets: tuple[Row, ...]
    now: int
    past: str = ""
    done: tuple[Incident, ...] = ()
    failed: tuple[Outcome, ...] = ()
    error: str = ""
    lost: tuple[tuple[str, str], ...] = ()
    """What was typed for a move that is offered no more: label, text."""


@router.get("/desk/bulk")
def show(
    request: Request, site: ThisSite, person: Staff, wanted: Chosen, tick: Annotated[list[str] | None, Query()] = None
) -> Response:
    """What can be done with them; with nothing ticked, back to the list."""
    picks = bulk.read(tick or [])
    if not picks or not handles(person):
        return RedirectResponse(f"/desk?{wanted.query}", 303)
    error = f"一次最多 {bulk.MOST} 张，这里留下了前 {bulk.MOST} 张。" if len(picks) > bulk.MOST else ""
    with site.store.look() as look:
        context = _bulk(look, person, wanted, picks[: bulk.MOST], error=error)
    return site.pages.page(request, "desk/bulk.html", context)


@router.post("/desk/bulk/{move}")
def move(
    move: str,
    request: Request,
    site: ThisSite,
    person: Staff,
    wanted: Chosen,
    picks: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    reply: Annotated[str, Form()] = "",
    desk: Annotated[str, Form()] = "",
    into: Annotated[str, Form()] = "",
    pick: Annotated[str, Form()] = "",
    assignee: Annotated[str, Form()] = "",
) -> Response:
    """Make the move of each; those that were not moved stay chosen, with everything typed."""
    chosen, given = bulk.read([picks]), Given(note, reply, desk, into.strip() or pick, assignee)
    try:
        outcomes = bulk.move(site, person, move, chosen, given)
    except Invalid as refusal:
        with site.store.look() as look:
            context = _bulk(look, person, wanted, chosen[: bulk.MOST], error=refusal.sentence, given=given, tried=move)
        return site.pages.page(request, "desk/bulk.html", context, status=refusal.status)
    failed = [one for one in outcomes if one.why]
    with site.store.look() as look:
        context = _bulk(
            look, person, wanted, [one.pick for one in failed if one.incident is not None],
            given=given, tried=move, outcomes=outcomes,
        )  # fmt: skip
    return site.pages.page(request, "desk/bulk.html", context, status=409 if len(failed) == len(outcomes) else 200)


def _bulk(
    work: Work,
    person: Person,
    wanted: Filter,
    picks: list[Pick],
    *,
    error: str = "",
    given: Given | None = None,
    tried: str = "",
    outcomes: list[Outcome] | None = None,
) -> Bulk:
    seen = bulk.seen(work, person, picks)
    found = [seen[one.ticket] for one in picks if one.ticket in seen]
    if outcomes is not None:
        # Tried in vain: whoever tries again has now read how they stand.
        picks = [Pick(one.id, one.version) for one in found]
    names = _names(work, found)
    chosen = rows(work, person, found, names)
    moves = tuple(_move(name, n, tried, given or Given()) for name, n in bulk.offered(found, person).items())
    return Bulk(
        frame=frame(work, person, "tickets"),
        list=listing(work, person, wanted, picked=frozenset(seen)),
        query=wanted.query,
        picks=" ".join(str(one) for one in picks if one.ticket in seen),
        chosen=chosen,
        gone=0 if outcomes is not None else len(picks) - len(found),
        moves=moves,
        desks={str(code): label for code, label in DESK_LABELS.items()},
        colleagues=_colleagues(work, found),
        targets=chosen if len(chosen) <= MOST_TARGETS else (),
        now=work.now,
        past=MOVES[tried].past if outcomes is not None else "",
        done=tuple(one.incident for one in outcomes or () if one.incident is not None and not one.why),
        failed=tuple(one for one in outcomes or () if one.why),
        error=error,
        lost=_lost(moves, tried, given) if error or found else (),
    )


def _move(name: str, n: int, tried: str, given: Given) -> Move:
    note, reply = TEXTS.get(name, ("", ""))
    opened = name == tried
    return Move(
        name=name,
        label=MOVES[name].label,
        icon=ICONS[name],
        n=n,
        quick=name in QUICK,
        note=note,
        reply=reply,
        optional=name in OPTIONAL,
        opened=opened,
        given=given if opened else Given(),
    )


def _lost(moves: tuple[Move, ...], tried: str, given: Given | None) -> tuple[tuple[str, str], ...]:
    if given is None or any(one.name == tried for one in moves):
        return ()
    note, reply = TEXTS.get(tried, ("", ""))
    typed = ((note or "说明", given.note), (reply or "给骑手的话", given.reply), ("并入", given.into))
    return tuple((label, text) for label, text in typed if text.strip())


def _names(work: Work, found: list[Incident]) -> dict[str, str]:
    stations = {code: find_station(work, code) for code in {one.station for one in found}}
    return {code: station.name for code, station in stations.items() if station is not None}


def _colleagues(work: Work, found: list[Incident]) -> tuple[Colleague, ...]:
    """Everybody to whom one of them at least could be given."""
    alike = {(one.community, one.desk, one.barred): one for one in found}
    known = {colleague.id: colleague for one in alike.values() for colleague in colleagues(work, one)}
    return tuple(known.values())
