"""Putting a report down for points, paying it once it is verified, taking back what was not real, and spending."""

from dataclasses import dataclass

import structlog

from server import incidents, photos, thresholds
from server.incidents import Incident, IncidentMoved
from server.kit.clock import DAY_MS, beijing
from server.kit.errors import Missing, Refused
from server.kit.personal import Exporting, Gathering
from server.kit.site import Site
from server.kit.store import Work
from server.points import records, rules
from server.points.rules import Past, Rates
from server.profiles import POINTS, Agreed, Door, Home, Month, Rider, RiderLeft, Withdrawn, known, takes_points

log = structlog.get_logger()

AWARD, VOID, RESERVE, RETURN, LATE = "award", "void", "reserve", "return", "late"
KINDS = {AWARD: "上报核实", VOID: "收回", RESERVE: "兑换", RETURN: "退回", LATE: "补记兑换"}


OFF = "记分关着，先在“我的分”里打开"


@dataclass(frozen=True, slots=True)
class Card:
    """What a receipt shows of points. `state`: free, mine, taken, late or never; `reason` of never and of 0 points."""

    state: str
    signed_in: bool
    points: int | None
    """None: not decided yet."""
    reason: str


@dataclass(frozen=True, slots=True)
class Put:
    """A report that a rider put down. `points` None: not decided yet; `why` these, or why there will be none."""

    number: str
    receipt: str
    label: str
    received: int
    points: int | None
    why: str


def claim(work: Work, rider: int, receipt: str) -> Incident:
    """Put the report of a receipt down for a rider, once. Raises `Missing` and `Refused`; one's own again is fine."""
    own = incidents.by_receipt(work, receipt)
    if not takes_points(work, rider):
        raise Refused(OFF)
    taken, whose = records.claimed(work, own.id)
    if taken:
        if whose == rider:
            return own
        raise Refused("这张回执已经记在别人的分里了")
    if rules.unpaid(own) == rules.NOBODY:
        raise Missing("这不是骑手的上报")
    if rules.late(own, work.now):
        raise Refused("回执超过 30 天，不能再记了")
    if records.claimed_since(work, rider, work.now - DAY_MS) >= rules.MOST_CLAIMS:
        raise Refused("今天记得够多了，明天再来")
    records.claim(work, own.id, rider, own.received)
    _settle_one(work, own, incidents.leading(work, own))
    return own


def card(work: Work, rider: Rider | None, own: Incident) -> Card | None:
    """What the receipt of `own` shows to whoever is signed in on this phone, or nobody; None: nothing at all."""
    if rider is not None and not rider.points:
        return None
    taken, whose = records.claimed(work, own.id)
    mine = taken and rider is not None and whose == rider.id
    never = rules.unpaid(own)
    if never == rules.NOBODY:
        return None
    if mine:
        lines = records.of_incident(work, own.id)
        points = sum(one["points"] for one in lines) if lines else None
        return Card("mine", True, points, lines[-1]["reason"] if lines else never)
    fruitless = never or incidents.leading(work, own).state in rules.FRUITLESS
    state = "taken" if taken else "never" if fruitless else "late" if rules.late(own, work.now) else "free"
    return Card(state, rider is not None, None, never)


def put(work: Work, rider: int, number: str) -> Put | None:
    """A rider's own report by its number, as it stands; None for anything else."""
    own = incidents.by_number(work, number)
    return None if own is None or records.claimed(work, own.id) != (True, rider) else _put(work, own)


def undecided(work: Work, rider: int, limit: int = 30) -> list[Put]:
    """A rider's reports about which the ledger says nothing yet, newest first; those of the last 90 days."""
    since = work.now - rules.PRINT_MS
    found = (incidents.get(work, one) for one in records.undecided(work, rider, since, limit))
    return [_put(work, one) for one in found if one is not None]


def moved(work: Work, event: IncidentMoved) -> None:
    """Something happened to a ticket. Whatever goes wrong here never holds a ticket up: `catch_up` comes back to it."""
    try:
        with work.attempt():
            settle(work, incidents.leading(work, event.incident))
    except Exception:
        log.exception("points could not be settled", incident=event.incident.number)


def settle(work: Work, leading: Incident) -> None:
    """A ticket came to the end of its checking, or was found unreal: for it and all that was joined to it."""
    if leading.state not in rules.VERIFIED | rules.UNREAL:
        return
    waiting, seen = [leading], set[int]()
    while waiting:
        own = waiting.pop()
        if own.id not in seen:
            seen.add(own.id)
            _settle_one(work, own, leading)
            waiting += incidents.merged_here(work, own.id)


def catch_up(site: Site) -> None:
    """Pay what an accident left unpaid, and forget what is old."""
    with site.store.work() as work:
        for number in records.unsettled(work, work.now - rules.PRINT_MS):
            own = incidents.get(work, number)
            if own is not None:
                _settle_one(work, own, incidents.leading(work, own))
        records.forget_prints(work, work.now - rules.PRINT_MS)


def reserve(work: Work, rider: int, community: str, price: int, voucher: int, what: str) -> None:
    """Set points aside for a voucher. Raises `Refused` when there are not enough."""
    left = records.balance(work, rider)
    if left < price:
        raise Refused(f"还差 {price - left} 分")
    records.add(work, rider, community, -price, RESERVE, what, voucher=voucher)


def give_back(work: Work, rider: int, community: str, price: int, voucher: int, why: str) -> None:
    """A voucher came to nothing: once."""
    records.add(work, rider, community, price, RETURN, why, voucher=voucher)


def charge_late(work: Work, rider: int, community: str, price: int, voucher: int, why: str) -> None:
    """It was used after all, and the word of it came after the points had gone back: once; may go below nothing."""
    records.add(work, rider, community, -price, LATE, why, voucher=voucher)


def rates(work: Work, community: str) -> Rates:
    """The figures that hold in a community."""
    report, joined, daily, same_days = (thresholds.value(work, one, community) for one in rules.THRESHOLDS)
    return Rates(report, joined, daily, same_days)


# --- what other features ask


def at_home(work: Work, event: Home) -> None:
    """The way to the ledger."""
    holds = f"{records.balance(work, event.rider.id)} 分"
    event.doors.append(Door("/me/points", "star", "我的分", holds if event.rider.points else "关着", holds))


def in_month(work: Work, event: Month) -> None:
    """The days with reports on the card."""
    event.reported |= records.reports_by_day(work, event.rider.id, event.start, event.end)


def left(work: Work, event: RiderLeft) -> None:
    """A profile goes: its lines become sums without a name."""
    records.fold(work, event.rider)


def agreed(work: Work, event: Agreed) -> None:
    """Switched on, or agreed to anew: what was verified, or found unreal, while points rested."""
    if event.purpose == POINTS:
        for number in records.claims(work, event.rider):
            own = incidents.get(work, number)
            if own is not None:
                _settle_one(work, own, incidents.leading(work, own))


def withdrawn(work: Work, event: Withdrawn) -> None:
    """Switched off: the lines become sums without a name, as when a rider leaves."""
    if event.purpose == POINTS:
        records.fold(work, event.rider)


def gather(work: Work, event: Gathering) -> None:
    """Whose tickets belong to a number."""
    rider = known(work, event.phone) if event.phone else None
    if rider is not None:
        event.tickets |= set(records.claims(work, rider))


def export(work: Work, event: Exporting) -> None:
    """The ledger, in the copy of whoever's number it is."""
    rider = known(work, event.subject.phone) if event.subject.phone else None
    if rider is None:
        return
    rows = [
        {"时间": _stamp(one.at), "分": one.points, "类别": KINDS.get(one.kind, one.kind), "说明": one.reason}
        for one in records.entries(work, rider, limit=5000)
    ]
    event.add("我的分", [{"现在": f"{records.balance(work, rider)} 分"}] if rows else [])
    event.add("分的明细", rows)


# --- inside


def _settle_one(work: Work, own: Incident, leading: Incident) -> None:
    taken, rider = records.claimed(work, own.id)
    if not taken or rider is None or not takes_points(work, rider):
        return
    lines = records.of_incident(work, own.id)
    last = lines[-1]["kind"] if lines else ""
    round_ = int(lines[-1]["round"]) if lines else 0
    if leading.state in rules.VERIFIED and last != AWARD:
        found = rules.worth(own, _photo_seen(work, own), _past(work, rider, own), rates(work, own.community))
        reason = f"{own.kind.label}：{found.reason}"
        records.add(
            work, rider, own.community, found.points, AWARD, reason, incident=own.id, round_=round_ + bool(lines)
        )
    elif leading.state in rules.UNREAL and last == AWARD:
        why = "作废了" if leading.state == "void" else "没有受理"
        taken_back = -records.paid(work, own.id)
        reason = f"{own.kind.label}：后来{why}"
        records.add(work, rider, own.community, taken_back, VOID, reason, incident=own.id, round_=round_)


def _put(work: Work, own: Incident) -> Put:
    lines = records.of_incident(work, own.id)
    points = sum(one["points"] for one in lines) if lines else None
    fruitless = "没有办下去，不记分" if incidents.leading(work, own).state in rules.FRUITLESS else ""
    why = lines[-1]["reason"] if lines else fruitless or rules.unpaid(own)
    return Put(own.number, own.receipt, own.kind.label, own.received, points, why)


def _photo_seen(work: Work, own: Incident) -> bool:
    seen = False
    for number in incidents.photos(work, own.id):
        photo = photos.get(work, number)
        if photo is not None and rules.telling(photo.likeness):
            records.keep_print(work, own.id, photo.likeness)
            seen = seen or records.seen_elsewhere(work, own.id, photo.likeness)
    return seen


def _past(work: Work, rider: int, own: Incident) -> list[Past]:
    since = own.received - (rules.SAME_DAYS.most + 1) * DAY_MS
    found = (incidents.get(work, one) for one in records.claims(work, rider, since) if one != own.id)
    return [Past(one, records.paid(work, one.id)) for one in found if one is not None]


def _stamp(at: int) -> str:
    return f"{beijing(at):%Y-%m-%d %H:%M}"
