"""Issuing a coupon, cancelling it, checking a car out; and the question everybody asks first: may this car stand?"""

from dataclasses import dataclass, replace
from sqlite3 import IntegrityError

import structlog

from server import incidents
from server.incidents import ENDED, OPEN, Incident
from server.kit.clock import DAY_MS, clock, day
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.parking import plates, queries, records, rules
from server.parking.rules import CANCELLED, LEFT, OVER, RUNNING, STATES, Coupon, Household, Terms
from server.staff import Person

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Visit:
    """What the form brings. `client_id` makes a double tap one coupon; `start` empty: now."""

    client_id: str
    plate: str
    start: str = ""
    spot: str = ""


def coupon_for(work: Work, community: str, plate: str, now: int) -> Coupon | None:
    """The coupon by which this car may stand here at that moment; None: it has none. `plate` as typed, any spelling."""
    found = queries.of_plate(work, community, plates.normal(plate))
    return next((one for one in found if one.state == RUNNING and rules.holds(one, now)), None)


def issue(work: Work, person: Person, household_id: int, visit: Visit) -> Coupon:
    """Use a family's next coupon of the month for a car. The same form sent twice is one coupon.

    Raises `Forbidden`, `Missing`, `Invalid` (plate, time) and `Refused` (none left, out of hours, car has one).
    """
    family = family_of(work, person, household_id)
    if not incidents.is_client_id(visit.client_id):
        raise Invalid("表单不对，请刷新页面再发一次")
    known = records.by_client_id(work, visit.client_id)
    if known is not None:
        if known.household != family.id:
            raise Invalid("表单不对，请刷新页面再发一次")
        return known
    plate = _plate(visit.plate)
    if family.retired is not None:
        raise Refused("这户已经不在名单上了")
    terms = records.terms(work, family.community)
    start = rules.read_start(visit.start, work.now)
    until = rules.until(terms, start)
    month = rules.month_of(start)
    slot = rules.free_slot(records.slots(work, family.id, month), terms.per_month)
    if slot is None:
        raise Refused(f"这户 {int(month[5:])} 月的 {terms.per_month} 张券用完了")
    _one_at_a_time(work, family.community, plate)
    _renew(work, person, family.community, plate)
    values = {
        "client_id": visit.client_id, "household": family.id, "community": family.community, "month": month,
        "slot": slot, "plate": plate, "spot": incidents.plain(visit.spot, rules.MAX_SPOT).replace("\n", " "),
        "start": start, "until": until, "state": RUNNING, "issued": work.now, "by_name": person.name,
    }  # fmt: skip
    try:
        number = records.add(work, values, person.id)
    except IntegrityError as cause:
        raise Refused("这张券刚刚被用掉了，请看一眼再发") from cause
    return _stored(work, number)


def cancel(work: Work, person: Person, coupon_id: int) -> Coupon:
    """Take a coupon back that was issued by mistake: it counts as not used. Raises also `Refused` when it was used."""
    coupon = coupon_of(work, person, coupon_id)
    if coupon.state == CANCELLED:
        return coupon
    if not rules.may_give_back(coupon, work.now):
        minutes = rules.GIVE_BACK_MS // 60_000
        raise Refused(f"这张券已经“{STATES[coupon.state]}”超过 {minutes} 分钟，算用过了；车走了请点“已开走”")
    records.settle(work, coupon.id, RUNNING, CANCELLED, person.name)
    return _stored(work, coupon.id)


def leave(work: Work, person: Person, coupon_id: int) -> Coupon:
    """The car is gone. Said twice, it stays as it was. An open ticket about it hears so."""
    coupon = coupon_of(work, person, coupon_id)
    if coupon.state not in {RUNNING, OVER}:
        return coupon
    _gone(work, person, coupon, "停车券登记：车已经开走了")
    return _stored(work, coupon.id)


def correct(work: Work, person: Person, coupon_id: int, typed: str) -> Coupon:
    """Put a misread plate right while the coupon runs. Raises as `issue`."""
    coupon, plate = coupon_of(work, person, coupon_id), _plate(typed)
    if coupon.state != RUNNING or work.now >= coupon.until:
        raise Refused(f"这张券已经“{STATES[OVER if coupon.state == RUNNING else coupon.state]}”，车牌不用改了")
    if plate != coupon.plate:
        _one_at_a_time(work, coupon.community, plate, but=coupon.id)
        _renew(work, person, coupon.community, plate)
        records.set_plate(work, coupon.id, plate)
    return _stored(work, coupon.id)


def set_terms(work: Work, person: Person, community: str, terms: Terms) -> None:
    """Other hours from now on; coupons that are out keep theirs. Raises `Missing` and `Forbidden`."""
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if person.role not in rules.SETTERS:
        raise Forbidden("停车券的规则由物业、主任或街道修改")
    held = records.terms(work, community)
    if replace(held, by="", at=None) != replace(terms, by="", at=None) or held.at is None:
        records.add_terms(work, community, terms, (person.id, person.name))


def purge(work: Work, community: str, before: int) -> tuple[int, int]:
    """Delete what ended before a moment (UTC ms): (coupons, families taken off the register). Open ones stay."""
    coupons = records.delete_coupons(work, community, min(before, work.now))
    return coupons, records.delete_households(work, community, before)


def forget(site: Site) -> None:
    """Chore: what is older than a community has said is deleted."""
    with site.store.work() as work:
        for community in queries.communities(work):
            before = work.now - records.terms(work, community).keep_days * DAY_MS
            coupons, families = purge(work, community, before)
            if coupons or families:
                log.info("parking purged", community=community, coupons=coupons, families=families)


def ticket_ended(work: Work, incident: Incident) -> None:
    """Whoever ended the ticket about a car has looked after it; a merged one only goes on under another number."""
    if incident.state in ENDED and incident.state != "merged":
        records.gone(work, incident.id, "工单办结")


def alike(work: Work, coupon: Coupon) -> tuple[str, ...]:
    """A question about every other car here by a coupon whose plate is nearly this one's; nothing is blocked."""
    others = (one for one in queries.standing(work, coupon.community) if one.id != coupon.id)
    near = [one.shown for one in others if one.state == RUNNING and plates.alike(one.plate, coupon.plate)]
    return tuple(f"和正在用券的 {plate} 很像，是不是同一辆车？" for plate in near)


def coupon_of(work: Work, person: Person, coupon_id: int) -> Coupon:
    """For somebody who issues. Raises `Missing` and `Forbidden`."""
    coupon = records.coupon(work, coupon_id)
    if coupon is None or not person.sees(coupon.community):
        raise Missing("没有这张停车券")
    may_issue(person)
    return coupon


def family_of(work: Work, person: Person, household_id: int) -> Household:
    """For somebody who issues. Raises `Missing` and `Forbidden`."""
    family = records.household(work, household_id, rules.month_of(work.now))
    if family is None or not person.sees(family.community):
        raise Missing("名单上没有这户")
    may_issue(person)
    return family


def may_issue(person: Person) -> None:
    """Raises `Forbidden`."""
    if person.role not in rules.ISSUERS:
        raise Forbidden("停车券由物业秩序、居委干部或主任来发")


def _renew(work: Work, person: Person, community: str, plate: str) -> None:
    """The car's former coupon ran out, and it stays by another one: nobody need look after it."""
    for one in queries.of_plate(work, community, plate):
        if one.state == OVER or (one.state == RUNNING and one.until <= work.now):
            _gone(work, person, one, "停车券登记：又用了一张券，还可以停")


def _gone(work: Work, person: Person, coupon: Coupon, note: str) -> None:
    records.settle(work, coupon.id, coupon.state, LEFT, person.name)
    ticket = None if coupon.incident is None else incidents.get(work, coupon.incident)
    if ticket is not None and ticket.state in OPEN and incidents.may_see(ticket, person):
        incidents.move(work, ticket.id, "note", person, note=note)


def _one_at_a_time(work: Work, community: str, plate: str, but: int = 0) -> None:
    running = [one for one in queries.of_plate(work, community, plate) if _runs(one, work.now) and one.id != but]
    if running:
        one = running[0]
        since = "" if one.start <= work.now else f"{day(one.start)} {clock(one.start)} 起的"
        raise Refused(f"{plates.show(plate)} 已经有一张{since}停车券，到 {clock(one.until)}，不用再发")


def _runs(coupon: Coupon, now: int) -> bool:
    """Also one that is still to begin."""
    return coupon.state == RUNNING and now < coupon.until


def _plate(typed: str) -> str:
    plate = plates.normal(typed)
    if len(plate) < 3:
        raise Invalid("请填车牌；电动车写车上能认出来的号")
    return plate


def _stored(work: Work, coupon_id: int) -> Coupon:
    found = records.coupon(work, coupon_id)
    if found is None:
        raise Missing("没有这张停车券")
    return found
