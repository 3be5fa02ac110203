"""A voucher's way: points set aside on the phone, a code taken at the kiosk, booked once, or the points go back."""

from collections.abc import Mapping

import structlog

from gateway.contract import vouchers
from gateway.contract.vouchers import NUMBERS, Voucher
from gateway.mailbox import KioskStatus, StoredFact
from server import incidents, points, stations, thresholds
from server.kit.clock import beijing
from server.kit.errors import Forbidden, Missing, Refused
from server.kit.personal import Exporting
from server.kit.site import Site
from server.kit.store import Work
from server.profiles import POINTS, Door, Home, Rider, RiderLeft, Withdrawn, known
from server.staff import Person
from server.stations import Station, station_of_fact
from server.vouchers import records, rules
from server.vouchers.rules import ITEMS, Given, Item

log = structlog.get_logger()

LAPSED = "没有用，退回"
ONE_AT_A_TIME = "你还有一个码没有用，先用掉，或者等它过期"


def price(work: Work, item: Item, community: str) -> int:
    """In points, where the station is."""
    return thresholds.value(work, item.price, community)


def missing(work: Work, item: Item, station: str) -> str:
    """Why there is none of it at a station now (a sentence); empty when there is."""
    if not item.amenity:
        return ""
    state = next((one.state for one in stations.amenities(work, station) if one.code == item.amenity), "removed")
    return "" if state in {"ok", "low"} else f"这里的{item.label}现在没有了"


def reserve(work: Work, rider: Rider, item_code: str, station_code: str) -> Given:
    """Set the points aside and make a code.

    Raises `Missing`, and `Refused`: too few points, none left, one waits, points switched off.
    """
    item = ITEMS.get(item_code)
    if item is None:
        raise Missing("没有这样东西")
    if not rider.points:
        raise Refused(points.OFF)
    station = stations.get(work, station_code)
    if not stations.kiosks_at(work, [station.code]):
        raise Refused("这个站没有屏幕，不能换，请选别的站")
    if records.reserved(work, rider.id) is not None:
        raise Refused(ONE_AT_A_TIME)
    why = missing(work, item, station.code)
    if why:
        raise Refused(why)
    cost = price(work, item, station.community)
    voucher = _free(work, station, item)
    number = records.add(work, rider.id, station.code, station.community, voucher, cost)
    points.reserve(work, rider.id, station.community, cost, number, f"{item.label}，{station.name}")
    made = records.get(work, number)
    if made is None:
        raise Missing("没有找到这个码")
    return made


def open_for(work: Work) -> list[Station]:
    """The stations with a screen to type a code into."""
    here = set(stations.kiosks_at(work).values())
    return [one for one in stations.all_stations(work) if one.code in here]


def code(work: Work, given: Given) -> str:
    """What the rider types in; empty when the station is not known."""
    station = stations.known(work, given.station)
    return "" if station is None else vouchers.code(station.presence_key, station.code, given.voucher)


def tail(work: Work, given: Given) -> str:
    """The code's last two digits, by which rider and staff know that they speak of the same one."""
    return code(work, given)[-2:]


def from_kiosk(work: Work, fact: StoredFact) -> None:
    """A kiosk took a code, or says how that ended. Booked once, in whatever order and however late it comes.

    Raises `Missing` for a code that was never given out: guessed, and set aside with this reason.
    """
    body = fact.body
    station = station_of_fact(work, fact)
    given = records.of(work, station.code, Voucher(body["item"], body["step"], body["number"]))
    if given is None:
        raise Missing(f"这个兑换码没有发过：{station.name}，{body['item']}")
    if given.fact and given.fact != body["id"]:
        # Two screens of one station, both without a line, each took it.
        if body["outcome"] == rules.ACCEPTED:
            records.note_again(work, given.id)
            log.warning("a voucher was taken twice", voucher=given.id, station=station.code, kiosk=fact.kiosk)
        return
    if not given.fact:
        at, _ = incidents.moment_of(fact)
        records.use(work, given.id, body["id"], at)
        if given.state == rules.LAPSED and given.rider is not None:
            why = f"{given.label}，{station.name}，离线时取走的"
            points.charge_late(work, given.rider, given.community, given.price, given.id, why)
        given = records.get(work, given.id) or given
    if given.state == rules.USED and rules.better(given.outcome, body["outcome"]):
        records.note_outcome(work, given.id, body["outcome"])


def lapse(site: Site) -> None:
    """Points go back for codes nobody used; where the station has no line, only after a day: it may know better."""
    with site.store.look() as look:
        over = records.overdue(look, look.now - rules.LAPSE_MS)
        if not over:
            return
        screens = {one.kiosk: one for one in site.mailbox.kiosks()}
        spoken = {one.id for one in over if _has_spoken(screens, look, one) or one.made < look.now - rules.PATIENCE_MS}
    for one in over:
        if one.id not in spoken:
            continue
        with site.store.work() as work:
            if records.end(work, one.id, rules.LAPSED) and one.rider is not None:
                points.give_back(work, one.rider, one.community, one.price, one.id, f"{one.label}，{LAPSED}")


def forget(site: Site) -> None:
    """Delete what ended long ago; the points stand in the ledger."""
    with site.store.work() as work:
        records.delete(work, work.now - rules.KEPT_MS)


def hand_over(work: Work, person: Person, voucher: int) -> None:
    """Somebody gave it to the rider. Raises `Missing`, `Forbidden`, `Refused` (said already)."""
    _settle(work, person, voucher, rules.USED, rules.HANDED)


def refund(work: Work, person: Person, voucher: int) -> None:
    """There was none: the points go back. Raises as `hand_over`."""
    given = _settle(work, person, voucher, rules.REFUNDED, "")
    if given.rider is not None:
        points.give_back(work, given.rider, given.community, given.price, given.id, f"{given.label}，没拿到，退回")


# --- what other features ask


def at_home(work: Work, event: Home) -> None:
    """The way to the vouchers."""
    waiting = records.reserved(work, event.rider.id)
    number = (waiting is not None) + sum(one.waits for one in records.of_rider(work, event.rider.id))
    says = "有一个码" if waiting is not None else "雨衣、餐券"
    holds = f"有 {number} 个没取的码" if number else "没有等着取的"
    event.doors.append(Door("/me/vouchers", "umbrella", "兑换", says, holds))


def withdrawn(work: Work, event: Withdrawn) -> None:
    """Points are switched off, and with them what they were set aside for."""
    if event.purpose == POINTS:
        left(work, RiderLeft(event.rider))


def left(work: Work, event: RiderLeft) -> None:
    """A profile goes; what it had is nobody's."""
    waiting = records.reserved(work, event.rider)
    if waiting is not None:
        records.end(work, waiting.id, rules.LAPSED)
    records.forget_rider(work, event.rider)


def export(work: Work, event: Exporting) -> None:
    """In the copy of whoever's number it is."""
    rider = known(work, event.subject.phone) if event.subject.phone else None
    if rider is not None:
        rows = records.of_rider(work, rider, limit=1000)
        event.add("兑换", [
            {
                "时间": f"{beijing(one.made):%Y-%m-%d %H:%M}", "小站": stations.called(work, one.station),
                "东西": one.label, "分": one.price, "结果": rules.ended(one),
            }
            for one in rows
        ])  # fmt: skip


# --- inside


def _free(work: Work, station: Station, item: Item) -> Voucher:
    step = vouchers.step(work.now)
    taken = records.numbers(work, station.code, item.code, step)
    for number in range(NUMBERS):
        voucher = Voucher(item.code, step, number)
        if number not in taken and vouchers.alone(station.presence_key, station.code, voucher):
            return voucher
    raise Refused("这个站换的人正多，请等一分钟再试")


def _has_spoken(screens: Mapping[str, KioskStatus], look: Work, given: Given) -> bool:
    """Whether every screen of the station has been heard since, with nothing left to tell."""
    return all(
        (status := screens.get(kiosk)) is not None
        and status.life == "ready"
        and status.backlog == 0
        and status.seen > given.made + rules.LAPSE_MS
        for kiosk in stations.kiosks_at(look, [given.station])
    )


def _settle(work: Work, person: Person, voucher: int, state: str, outcome: str) -> Given:
    given = records.get(work, voucher)
    if given is None or not person.sees(given.community):
        raise Missing("没有找到这个兑换")
    if not person.triages:
        raise Forbidden("发放由居委登记")
    if not records.settle(work, given.id, state, outcome, person.name):
        raise Refused("已经登记过了")
    return given
