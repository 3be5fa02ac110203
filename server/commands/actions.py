"""Giving a command, hearing how it went. Web, API and intake enter here."""

import unicodedata
from dataclasses import dataclass

import structlog

from gateway.contract.commands import Command
from gateway.contract.envelope import Body
from gateway.mailbox import StoredFact
from server.commands import records
from server.commands.post import orders_of
from server.commands.records import Order
from server.commands.rules import KINDS, MAX_REASON, after, may, overdue, read_args
from server.kit.clock import DAY_MS
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Bearer, Person
from server.stations import find as find_station
from server.stations import station_of

FINDS_KEPT_DAYS = 7

log = structlog.get_logger("commands")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done. `id` names the deed, so that the same wish twice is one command."""

    id: str
    kiosk: str
    name: str
    args: Body
    reason: str = ""
    incident: int | None = None


def order(work: Work, site: Site, wish: Wish, by: Person | Bearer) -> Order:
    """Give a command; the same id again returns the first one.

    Raises `Missing`, `Forbidden`, `Invalid`, and `Unavailable` when there is no way to the gateway.
    """
    orders_of(site)
    kind = KINDS.get(wish.name)
    if kind is None:
        raise Invalid("没有这种指令")
    station = find_station(work, station_of(work, wish.kiosk) or "")
    if station is None or station.community not in by.communities:
        raise Missing("没有找到这块屏幕")
    if isinstance(by, Bearer) and kind.hardware:
        raise Forbidden("会动硬件的指令只能由值班的人在工作台上发")
    if isinstance(by, Person) and not may(by, kind):
        raise Forbidden(f"“{kind.label}”不归您的岗位发")
    args = read_args(wish.name, wish.args)
    reason = _reason(wish.reason)
    if kind.weighty and not reason:
        raise Invalid("请选一个原因，或写一句")
    known = records.find(work, wish.id)
    if known is not None:
        if (known.kiosk, known.name, known.args) != (wish.kiosk, wish.name, args):
            raise Invalid("这个编号已经用在另一条指令上了，请重新打开页面再发")
        return known
    name, role, number = (by.name, by.role, by.id) if isinstance(by, Person) else (by.name, "api", None)
    fresh = Order(
        number=0, id=wish.id, kiosk=wish.kiosk, station=station.code, community=station.community, name=wish.name,
        args=args, reason=reason, incident=wish.incident, by_id=number, by_name=name, by_role=role, at=work.now,
        expires=work.now + 1000 * kind.seconds, handed=None, state="queued", sent=None, accepted=None, ended=None,
        answer={},
    )  # fmt: skip
    records.add(work, fresh)
    work.tell(Change("command", station.community, {"id": wish.id, "state": "queued"}))
    work.after(lambda: _hand_over(site, fresh))
    log.info("command given", command=wish.id, name=wish.name, kiosk=wish.kiosk, by=name)
    return fresh


def heard(work: Work, fact: StoredFact) -> None:
    """A kiosk's `result`. Raises `Missing` for a command that was never given to it: then the fact is set aside."""
    known = records.find(work, fact.body["id"])
    if known is None or known.kiosk != fact.kiosk:
        raise Missing("没有给过这块屏幕这条指令")
    state = after(known.state, fact.body["state"])
    if state is None:
        return
    answer = {name: value for name, value in fact.body.items() if name not in {"id", "state", "name", "station"}}
    at = min(fact.received, work.now)
    if known.sent is None:
        records.stand(work, known.id, known.state, "sent", at)
    if known.state == "expired":
        records.reopen(work, known.id)
    records.stand(work, known.id, state, "accepted" if state == "accepted" else "ended", at, answer)
    work.tell(Change("command", known.community, {"id": known.id, "state": state}))


def watch(site: Site) -> None:
    """The chore: notice what the gateway has sent, call what nobody answered expired, hand over what a crash left."""
    with site.store.look() as look:
        waiting, now = records.waiting(look), look.now
    if not waiting:
        return
    post = orders_of(site)
    sent = post.sent([one.id for one in waiting if one.state == "queued"])
    for one in waiting:
        if one.handed is None and now < one.expires:
            _hand_over(site, one)
    with site.store.work() as work:
        for one in records.waiting(work):
            state = one.state
            if state == "queued" and one.id in sent:
                state = "sent"
                records.stand(work, one.id, state, "sent", sent[one.id])
            if overdue(state, one.expires, work.now):
                state = "expired"
                records.stand(work, one.id, state, "ended", work.now)
            if state != one.state:
                work.tell(Change("command", one.community, {"id": one.id, "state": state}))


def sweep(site: Site) -> None:
    """The chore: logs and pictures go after some days."""
    with site.store.work() as work:
        records.forget_finds(work, work.now - FINDS_KEPT_DAYS * DAY_MS)


def get(work: Work, command: str, by: Person | Bearer) -> Order:
    """Raises `Missing`, also for a command in somebody else's community."""
    known = records.find(work, command)
    if known is None or known.community not in by.communities:
        raise Missing("没有这条指令")
    return known


def _hand_over(site: Site, order: Order) -> None:
    """After the commit; a crash before this is made good by `watch`."""
    try:
        orders_of(site).put(order.kiosk, Command(order.id, order.name, order.expires, order.args), order.at)
        with site.store.work() as work:
            records.handed(work, order.id)
    except Exception:
        log.exception("a command could not be handed over; it is tried again", command=order.id)


def _reason(typed: str) -> str:
    line = " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in typed).split())
    if len(line) > MAX_REASON:
        raise Invalid(f"原因最多 {MAX_REASON} 个字")
    return line
