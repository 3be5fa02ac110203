"""A family that asks for its data by the number on the register: a copy, or everything taken away."""

from server.kit.clock import beijing
from server.kit.errors import Refused
from server.kit.personal import Erasing, Exporting, Gathering
from server.kit.store import Work
from server.parking import queries, records
from server.parking.rules import OVER, RUNNING, STATES, Coupon, Household

REGISTER, COUPONS = "停车券名单", "停车券"


def gather(work: Work, event: Gathering) -> None:
    """Tickets that were opened because one of the family's coupons ran out: their words name a visitor's plate."""
    for family in queries.families_of(work, event.phone, event.communities):
        event.tickets |= {one.incident for one in queries.coupons_of(work, family.id) if one.incident is not None}


def export(work: Work, event: Exporting) -> None:
    """What stands on the register, and the family's coupons."""
    asked_at_the_desk = event.subject.communities is not None
    for family in queries.families_of(work, event.subject.phone, event.subject.communities):
        event.add(REGISTER, [_entry(family, whole=asked_at_the_desk)])
        event.add(COUPONS, [_use(one) for one in queries.coupons_of(work, family.id)])


def erase(work: Work, event: Erasing) -> None:
    """The family and its coupons go. Raises `Refused` while a car stands by one of them: somebody must still find it.

    Also where the number stands at several families: whose it is, the register must say first. With the whole
    deletion: nothing of this person is half gone.
    """
    families = queries.families_of(work, event.subject.phone, event.subject.communities)
    if sum(one.retired is None for one in families) > 1:
        where = "、".join(f"{one.building}号楼" for one in families if one.retired is None)
        raise Refused(f"停车券名单上几户人家（{where}）都写着这个号码。先到名单里把别家的号码删掉，再来删这一家。")
    for family in families:
        coupons = queries.coupons_of(work, family.id)
        for one in coupons:
            _must_be_settled(one, work.now)
        event.counts[COUPONS] += records.erase_coupons(work, family.id)
        event.counts[REGISTER] += records.erase_family(work, family.id)


def _entry(family: Household, *, whole: bool) -> dict[str, str]:
    """Who lives alone is told at the desk, face to face: a number alone may have passed to a stranger."""
    alone = ("是" if family.alone else "否") if whole else "请到居委会问"
    return {
        "楼": f"{family.building}号楼", "称呼": family.name, "电话": family.phone, "独居": alone,
        "登记": _moment(family.added), "已移出": "" if family.retired is None else _moment(family.retired),
    }  # fmt: skip


def _use(coupon: Coupon) -> dict[str, str]:
    return {
        "月份": coupon.month, "车牌": coupon.shown, "停在": coupon.spot, "发券": _moment(coupon.issued),
        "从": _moment(coupon.start), "到": _moment(coupon.until), "现在": STATES[coupon.state],
        "结束": "" if coupon.ended is None else _moment(coupon.ended),
    }  # fmt: skip


def _must_be_settled(coupon: Coupon, now: int) -> None:
    if coupon.state == RUNNING and now < coupon.start:
        raise Refused(f"{coupon.shown} 的停车券还没开始（{_moment(coupon.start)} 起），先作废再删。")
    if coupon.state in {RUNNING, OVER}:
        raise Refused(f"{coupon.shown} 的停车券还在用（到 {_moment(coupon.until)}），车走了、登记了再删。")


def _moment(at: int) -> str:
    return f"{beijing(at):%Y-%m-%d %H:%M}"
