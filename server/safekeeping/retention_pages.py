"""`/desk/retention`: how long what is kept and who said so, what a run would delete now, what was, and the holds."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from gateway.sqlite import Row
from server import incidents, privacy
from server.desk import Frame, frame
from server.kit.errors import Fault, Forbidden, Missing
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.privacy import KEEPERS, KINDS, Hold
from server.staff import Person, Staff
from server.stations import communities
from server.thresholds import Setting, Threshold

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A hold and the number of its ticket."""

    hold: Hold
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run would delete now, in this person's communities."""

    counts: tuple[tuple[str, str, int], ...]
    """Kind, community, how many."""
    lines: tuple[tuple[int, str, str, int], ...]
    """Ticket, its number, kind, how many."""
    held: int


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """What `safekeeping/retention.html` shows."""

    frame: Frame
    community: str
    places: tuple[tuple[str, str], ...]
    settings: tuple[tuple[Threshold, Setting], ...]
    purges: tuple[Row, ...]
    rounded: int | None
    trial: Trial | None
    holds: tuple[Held, ...]
    kinds: dict[str, str]
    names: dict[str, str]
    error: str
    wrong: str
    typed: str
    said: str
    now: int


@router.get("/desk/retention")
def show(
    request: Request, site: ThisSite, person: Staff, community: str = "", trial: str = "", saved: str = ""
) -> Response:
    """The page; with `trial` the dry run too."""
    return _page(
        request, site, person, community, trial=bool(trial), said="改好了，从下一轮清理起照新的来。" if saved else ""
    )


@router.post("/desk/retention/days")
def set_days(
    request: Request,
    site: ThisSite,
    person: Staff,
    community: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=64)] = "",
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Change how long something is kept; a refusal keeps what was typed."""
    try:
        with site.store.work() as work:
            privacy.set_days(work, person, community, name, days)
    except Fault as refusal:
        if refusal.status != 422:
            raise
        return _page(request, site, person, community, refusal=refusal, wrong=name, typed=days)
    return RedirectResponse(f"/desk/retention?community={community}&saved=1", 303)


def _page(
    request: Request,
    site: Site,
    person: Person,
    community: str,
    *,
    trial: bool = False,
    refusal: Fault | None = None,
    wrong: str = "",
    typed: str = "",
    said: str = "",
) -> Response:
    if person.role not in KEEPERS:
        raise Forbidden("照片留多久，由主任或街道来管")
    with site.store.look() as look:
        places = tuple((row["code"], row["name"]) for row in communities(look) if person.sees(row["code"]))
        if not places:
            raise Missing("没有找到这个居民区")
        code = community if community in dict(places) else places[0][0]
        page = RetentionPage(
            frame=frame(look, person, "safekeeping"),
            community=code,
            places=places,
            settings=tuple(privacy.settings(look, code)),
            purges=tuple(privacy.purges(look, person.communities, 60)),
            rounded=privacy.rounded(look),
            trial=_trial(look, person) if trial else None,
            holds=tuple(_holds(look, person)),
            kinds=KINDS,
            names={"": "（不属于哪个居民区）", **dict(places)},
            error=refusal.sentence if refusal else "",
            wrong=wrong,
            typed=typed[:10],
            said=said,
            now=look.now,
        )
    return site.pages.page(request, "safekeeping/retention.html", page, status=refusal.status if refusal else 200)


def _trial(look: Work, person: Person) -> Trial:
    report = privacy.rehearse(look)
    seen = {"", *person.communities}
    counts = [(kind, code, number) for (kind, code), number in sorted(report.counts.items()) if code in seen]
    lines = [(line.incident, line.number, line.kind, line.count) for line in report.lines() if line.community in seen]
    return Trial(tuple(counts), tuple(lines), report.held)


def _holds(look: Work, person: Person) -> list[Held]:
    found = []
    for hold in privacy.holds(look):
        incident = incidents.get(look, hold.incident)
        if incident is not None and incidents.may_see(incident, person):
            state = "lifted" if hold.lifted else "over" if hold.until <= look.now else "held"
            found.append(Held(hold, incident.number, state))
    return found
