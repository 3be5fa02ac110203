"""`/desk/alerts`: are the channels well, what failed lately, does a test arrive, and who is called when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gateway.contract.categories import DESK_LABELS, Desk, Level
from gateway.sqlite import Row
from server import alerts, people
from server.alerts import MANNERS, ROLES, Answer, Ringer, Rung
from server.desk import Frame, frame
from server.kit.errors import Fault, Invalid
from server.kit.site import Site, ThisSite
from server.kit.store import Work
from server.staff import FleetMinder, Person, Triager
from server.stations import communities

router = APIRouter(include_in_schema=False)

MOST_FAILURES = 30
KINDS = {
    "live": ("打开的工作台", "bell"),
    "wecom": ("企业微信群", "message-circle"),
    "dingtalk": ("钉钉群", "message-circle"),
    "feishu": ("飞书群", "message-circle"),
    "email": ("邮件", "mail"),
    "sms": ("短信", "device-mobile"),
    "webhook": ("外部系统", "plug-connected"),
    "apprise": ("Apprise", "send"),
    "log": ("日志（演示）", "list"),
}
Typed = tuple[tuple[str, ...], ...]
ADDRESSES = {"sms": "手机号", "email": "邮箱"}


@dataclass(frozen=True, slots=True)
class Health:
    """One channel. `state`: ok, bad, blocked or untried."""

    name: str
    label: str
    icon: str
    state: str
    tried: int | None
    worked: int | None
    failures: int
    blocked: int
    answer: str
    urgent: int
    rest: int
    asks: str
    """What a test needs to know; empty for a group."""
    scope: str


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who would be called in a community right now."""

    community: str
    names: str
    source: str


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test came to. `good`: confirmed; None: handed over."""

    name: str
    good: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Written:
    """A rung with its numbers as they stand in the form: as they are, or as somebody just typed them."""

    rung: Rung
    after_s: str
    repeat_s: str
    channels: str


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What `switchboard/switchboard.html` shows."""

    frame: Frame
    channels: tuple[Health, ...]
    problems: tuple[str, ...]
    ringing: int
    on_duty: tuple[OnDuty, ...]
    failures: tuple[Row, ...]
    ladder: tuple[Written, ...]
    manners: dict[str, str]
    roles: dict[str, str]
    may_edit: bool
    tested: Tested | None
    said: str
    error: str
    now: int


@router.get("/desk/alerts")
def show(request: Request, site: ThisSite, person: FleetMinder) -> Response:
    """The page."""
    return _page(request, site, person)


@router.post("/desk/alerts/test")
def test(
    request: Request,
    site: ThisSite,
    person: Triager,
    channel: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
) -> Response:
    """Send a test message and show the channel's own answer; waits some seconds for it at most."""
    name = channel[:40]
    answer: Answer = _ringer(site).try_out(name, address.strip()[:254])
    return _page(request, site, person, tested=Tested(name, answer.confirmed, answer.words))


@router.post("/desk/alerts/ladder")
def change(
    request: Request,
    site: ThisSite,
    person: Triager,
    level: Annotated[str, Form()] = "",
    after_s: Annotated[list[str] | None, Form()] = None,
    repeat_s: Annotated[list[str] | None, Form()] = None,
    channels: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Put other times in force for the rungs of a level; a refusal changes nothing and keeps what was typed."""
    typed = [
        tuple(text[:6] for text in row) for row in zip(after_s or [], repeat_s or [], channels or [], strict=False)
    ]
    try:
        with site.store.work() as work:
            wanted = _rungs(alerts.ladder(work), level, typed)
            alerts.change_ladder(work, person, Level(level), wanted)
    except Fault as refusal:
        return _page(
            request, site, person, error=refusal.sentence, status=refusal.status, typed={level: tuple(typed)}
        )  # fmt: skip
    return _page(request, site, person, said=f"{level} 的叫人规则改好了，从下一次提醒起照新的来。")


def _rungs(ladder: list[Rung], level: str, typed: Sequence[Sequence[str]]) -> list[Rung]:
    here = [rung for rung in ladder if rung.level == level]
    if not here or len(here) != len(typed):
        raise Invalid("规则刚刚被别人改过，请看一眼再改")
    return [
        replace(rung, after_s=_number(after), repeat_s=_number(repeat), channels=_number(channels))
        for rung, (after, repeat, channels) in zip(here, typed, strict=True)
    ]


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Invalid("秒数和渠道数请填整数")
    return int(text)


def _ringer(site: Site) -> Ringer:
    ringer: Ringer = site.parts["alerts"]
    return ringer


def _page(
    request: Request,
    site: Site,
    person: Person,
    *,
    tested: Tested | None = None,
    said: str = "",
    error: str = "",
    status: int = 200,
    typed: Mapping[str, Typed] | None = None,
) -> Response:
    ringer = _ringer(site)
    seen = sorted(person.communities)
    with site.store.look() as look:
        context = Switchboard(
            frame=frame(look, person, "alerts"),
            channels=tuple(_channels(look, ringer)),
            problems=(*ringer.setup.problems, *alerts.troubles(look)),
            ringing=alerts.unaccepted(look, seen),
            on_duty=tuple(_on_duty(look, person)),
            failures=tuple(alerts.last_failures(look, seen, MOST_FAILURES)),
            ladder=tuple(_written(alerts.ladder(look), typed or {})),
            manners=MANNERS,
            roles=ROLES,
            may_edit=person.role in {"director", "street", "district"},
            tested=tested,
            said=said,
            error=error,
            now=look.now,
        )
    return site.pages.page(request, "switchboard/switchboard.html", context, status=status)


def _written(ladder: list[Rung], typed: Mapping[str, Typed]) -> list[Written]:
    found, places = [], dict.fromkeys(Level, 0)
    for rung in ladder:
        rows, place = typed.get(rung.level, ()), places[rung.level]
        places[rung.level] += 1
        values = (str(rung.after_s), str(rung.repeat_s), str(rung.channels))
        found.append(Written(rung, *(rows[place] if place < len(rows) else values)))
    return found


def _channels(look: Work, ringer: Ringer) -> list[Health]:
    known, queue = alerts.health(look), alerts.waiting(look)
    scopes = {line.channel.name: line for line in ringer.lines}
    found = []
    for channel in ringer.channels:
        row, waits, line = known.get(channel.name), queue.get(channel.name), scopes.get(channel.name)
        label, icon = KINDS[channel.kind]
        state = "untried"
        if row is not None:
            state = "blocked" if row["blocked"] > look.now else "bad" if row["failures"] else "ok"
        scope = [] if line is None else [*sorted(line.communities), *(_role(one) for one in sorted(line.roles))]
        found.append(
            Health(
                name=channel.name,
                label=label,
                icon=icon,
                state="ok" if channel.kind == "live" else state,
                tried=row["tried"] if row else None,
                worked=row["worked"] if row else None,
                failures=row["failures"] if row else 0,
                blocked=row["blocked"] if row else 0,
                answer=row["answer"] if row else "",
                urgent=int(waits["urgent"]) if waits else 0,
                rest=int(waits["rest"]) if waits else 0,
                asks=ADDRESSES.get(channel.kind, ""),
                scope="、".join(scope),
            )
        )
    return found


def _role(code: str) -> str:
    return ROLES.get(code) or (DESK_LABELS[Desk(code)] if code in set(Desk) else code)


def _on_duty(look: Work, person: Person) -> list[OnDuty]:
    found = []
    for row in communities(look):
        if person.sees(row["code"]):
            here = people.on_duty(look, row["code"], look.now)
            names = "、".join(contact.name for contact in here.duty)
            found.append(OnDuty(row["name"], names, people.SOURCES[here.source]))
    return found
