"""What can be had for points, what it costs, and how long a code waits. Pure."""

from dataclasses import dataclass

from gateway.contract import vouchers
from gateway.contract.vouchers import STEP_MS, VALID_MS, Voucher
from server.kit.clock import DAY_MS
from server.thresholds import Threshold

LAPSE_MS = VALID_MS + (vouchers.DRIFT_STEPS + 2) * STEP_MS
"""After this no kiosk takes the code any more, whatever its clock says within reason."""
PATIENCE_MS = DAY_MS
"""So long points stay set aside when the station has no line: perhaps the code was used there."""
KEPT_MS = 400 * DAY_MS
"""A voucher is kept so long after it was made, to answer questions; its points stay in the ledger."""

RESERVED, USED, LAPSED, REFUNDED = "reserved", "used", "lapsed", "refunded"
STATES = {RESERVED: "等你来取", USED: "换好了", LAPSED: "没有用，分退回了", REFUNDED: "没拿到，分退回了"}
ACCEPTED, DISPENSED, BY_HAND, UNKNOWN, HANDED = "accepted", "dispensed", "by_hand", "unknown", "handed"
OUTCOMES = {
    ACCEPTED: "屏幕收下了码",
    DISPENSED: "机器给的",
    BY_HAND: "等人给",
    UNKNOWN: "屏幕断电，不知道给没给",
    HANDED: "当面给了",
}
WAITING = (ACCEPTED, BY_HAND, UNKNOWN)
"""Outcomes after which somebody of the staff has to hand it over, or give the points back."""
_LATER = {ACCEPTED: 0, UNKNOWN: 1, BY_HAND: 2, DISPENSED: 3}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. `amenity`: without it in stock there is none; empty: a person hands it over anyhow."""

    code: str
    label: str
    icon: str
    amenity: str
    price: Threshold


ITEMS = {
    one.code: one
    for one in (
        Item("raincoat", "雨衣", "umbrella", "raincoat", Threshold("voucher_raincoat", "一件雨衣", "分", 20, 1, 9999)),
        Item("meal", "餐券", "cup", "", Threshold("voucher_meal", "一张餐券", "分", 60, 1, 9999)),
    )
}
THRESHOLDS = tuple(one.price for one in ITEMS.values())


@dataclass(frozen=True, slots=True)
class Given:
    """A voucher. Times are UTC milliseconds. `rider` None: left since; `outcome` as the kiosk or staff said."""

    id: int
    rider: int | None
    station: str
    community: str
    item: str
    step: int
    number: int
    price: int
    state: str
    made: int
    used: int | None
    outcome: str
    fact: str
    """The kiosk's own name for the taking; empty before."""
    again: int
    """How often another kiosk took the same code."""
    settled: int | None
    settled_by: str

    @property
    def expires(self) -> int:
        """Until when the code is shown."""
        return self.made + VALID_MS

    @property
    def label(self) -> str:
        """In words."""
        return ITEMS[self.item].label if self.item in ITEMS else self.item

    @property
    def waits(self) -> bool:
        """Whether somebody has to hand it over."""
        return self.state == USED and self.outcome in WAITING

    @property
    def voucher(self) -> Voucher:
        """As the contract names it."""
        return Voucher(self.item, self.step, self.number)


def better(now: str, said: str) -> bool:
    """Whether the word `said` of a kiosk tells more than what is known `now`; staff have the last word."""
    return said in _LATER and now in _LATER and _LATER[said] > _LATER[now]


def ended(given: Given) -> str:
    """How it stands, for the rider's copy: a code that was taken is not yet a thing in the hand."""
    return OUTCOMES[given.outcome] if given.waits else STATES[given.state]
