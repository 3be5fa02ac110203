"""A family that asks for its data by the number on the register: a copy, or everything taken away."""

from server.kit.clock import beijing, clock
from server.kit.errors import Refused
from server.kit.personal import Erasing, Exporting
from server.kit.store import Work
from server.parking import records
from server.parking.rules import OVER, RUNNING, STATES

REGISTER, COUPONS = "停车券名单", "停车券"


def export(work: Work, event: Exporting) -> None:
    """What stands on the register, and the family's coupons."""
    for family in records.families_of(work, event.subject.phone, event.subject.communities):
        event.add(
            REGISTER,
            [
                {
                    "楼": f"{family.building}号楼", "称呼": family.name, "电话": family.phone,
                    "独居": "是" if family.alone else "否", "已停用": "否" if family.retired is None else "是",
                }
            ],
        )  # fmt: skip
        event.add(
            COUPONS,
            [
                {"月份": one.month, "车牌": one.shown, "从": _moment(one.start), "到": _moment(one.until),
                 "现在": STATES[one.state]}
                for one in records.coupons_of(work, family.id)
            ],
        )  # fmt: skip


def erase(work: Work, event: Erasing) -> None:
    """The family and its coupons go. Raises `Refused` while a car stands by one of them: somebody must still find it.

    With the whole deletion: nothing of this person is half gone.
    """
    for family in records.families_of(work, event.subject.phone, event.subject.communities):
        for one in records.coupons_of(work, family.id):
            if one.state in {RUNNING, OVER}:
                raise Refused(f"{one.shown} 的停车券还在用（到 {clock(one.until)}），车走了、登记了再删。")
        event.counts[COUPONS] += records.erase_coupons(work, family.id)
        event.counts[REGISTER] += records.erase_family(work, family.id)


def _moment(at: int) -> str:
    return f"{beijing(at):%Y-%m-%d %H:%M}"
