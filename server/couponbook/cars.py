"""Coupons as lines on a page: which car, till when, whose visit, and what this person may do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server import parking
from server.kit.clock import when
from server.kit.store import Work
from server.parking import OVER, RUNNING, Coupon, Household


@dataclass(frozen=True, slots=True)
class Car:
    """One coupon. `plate` and `family` as this person may read them; `phone` only once somebody has to be called."""

    id: int
    plate: str
    tone: str
    words: str
    spot: str
    family: str
    phone: str
    ticket: int | None
    here: bool
    """Whether it is here by its coupon, or overdue; not one that is still to come."""
    may_cancel: bool


def cars(work: Work, found: Sequence[Coupon], names: Mapping[int, str] | None) -> tuple[Car, ...]:
    """`names`: the families as somebody who issues reads them; None for who sees neither plates nor families."""
    families = parking.households_by_id(work, {one.household for one in found}, "") if names is not None else {}
    return tuple(_car(one, families.get(one.household), names, work.now) for one in found)


def _car(coupon: Coupon, family: Household | None, names: Mapping[int, str] | None, now: int) -> Car:
    whole = names is not None
    tone, words = _standing(coupon, now)
    late = coupon.state == OVER
    return Car(
        id=coupon.id,
        plate=coupon.shown if whole else coupon.masked,
        tone=tone,
        words=words,
        spot=coupon.spot if whole else "",
        family=f"{family.building}号楼 {names[family.id]}" if family and names else "",
        phone=family.phone if family and late else "",
        ticket=coupon.incident,
        here=late or (coupon.state == RUNNING and now >= coupon.start),
        may_cancel=whole and parking.may_give_back(coupon, now),
    )


def _standing(coupon: Coupon, now: int) -> tuple[str, str]:
    if coupon.state == RUNNING and now < coupon.start:
        return "", f"{when(coupon.start, now)} 起"
    if coupon.state == RUNNING and now < coupon.until:
        return "ok", f"可以停到 {when(coupon.until, now)}"
    if coupon.state in {RUNNING, OVER}:
        return "warn", f"{when(coupon.until, now)} 到期，没登记开走"
    return "", parking.STATES[coupon.state]
