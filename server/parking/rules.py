"""The family parking coupon 亲情停车券: who may do what, until when one holds, and how many are left. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.incidents import OVERSEERS
from server.kit.clock import BEIJING, DAY_MS, HOUR_MS, MINUTE_MS, beijing, clock, day
from server.kit.errors import Invalid, Refused
from server.parking import plates
from server.people import mask

ISSUERS = frozenset({"prop_guard", "committee", "director"})
"""They issue and cancel, and see whole plates."""
KEEPERS = frozenset({"committee", "director"})
"""They keep the register: who is old and who lives alone is not the property company's business."""
SETTERS = frozenset({"prop_guard", "director"}) | OVERSEERS
LOOKERS = ISSUERS | OVERSEERS | {"duty"}
"""They may ask whether a plate has a coupon, before anybody is scolded."""

RUNNING, LEFT, CANCELLED, OVER = "running", "left", "cancelled", "over"
STATES = {RUNNING: "在停", LEFT: "已开走", CANCELLED: "已作废", OVER: "超时没开走"}

GIVE_BACK_MS = 15 * MINUTE_MS
"""A coupon cancelled within this time of its beginning was a slip of the thumb, and is not used up."""
AHEAD_MS = 7 * DAY_MS
MAX_NAME, MAX_SPOT = 20, 40
SPOT_TAKEN = "parking.spot_taken"
"""What a coupon answers. On a fire lane, in somebody's way or on a blind path no coupon holds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the scheme stands in a community. Whole Beijing hours; `months` of the year in which it runs.

    `by` empty and `at` None: as shipped, which is a proposal. Hours and window are the property company's.
    """

    per_month: int = 2
    hours: int = 4
    opens: int = 8
    closes: int = 20
    months: tuple[int, ...] = tuple(range(1, 13))
    by: str = ""
    at: int | None = None
    watch: bool = True
    """Whether a car that did not leave becomes a ticket for the property company; else it only stands on the list."""
    keep_days: int = 180
    """So long a coupon is kept after its time, and a family after it was taken off the register."""

    @property
    def said(self) -> str:
        """`每户每月 2 张，一次 4 小时，每天 8:00–20:00`."""
        some = "" if len(self.months) == 12 else "，" + "、".join(f"{one}" for one in self.months) + " 月"
        return f"每户每月 {self.per_month} 张，一次 {self.hours} 小时，每天 {self.opens}:00–{self.closes}:00{some}"


@dataclass(frozen=True, slots=True)
class Household:
    """A family with an elder. `building` a number, `name` as the neighbours say it; `used` of this month's coupons."""

    id: int
    community: str
    building: str
    name: str
    phone: str
    alone: bool
    retired: int | None
    added: int
    used: int = 0

    @property
    def masked_phone(self) -> str:
        """`138****8000`; empty when there is none."""
        return mask(self.phone)


@dataclass(frozen=True, slots=True)
class Coupon:
    """One use. Times are UTC milliseconds; it holds from `start` up to `until`."""

    id: int
    client_id: str
    household: int
    community: str
    month: str
    slot: int
    plate: str
    spot: str
    start: int
    until: int
    state: str
    issued: int
    by_name: str
    ended: int | None
    ended_by: str
    incident: int | None

    @property
    def shown(self) -> str:
        """The whole plate."""
        return plates.show(self.plate)

    @property
    def masked(self) -> str:
        """The plate for eyes whose matter it is not."""
        return plates.masked(self.plate)


def month_of(at: int) -> str:
    """`2026-11`, in Beijing."""
    return f"{beijing(at):%Y-%m}"


def read_month(typed: str, now: int) -> str:
    """A month as typed into an address; this month when it is none."""
    try:
        return f"{datetime.strptime(typed.strip()[:7], '%Y-%m').replace(tzinfo=BEIJING):%Y-%m}"
    except ValueError:
        return month_of(now)


def read_start(typed: str, now: int) -> int:
    """When the car comes: `2026-11-22T14:00` in Beijing, empty for now. Raises `Invalid`."""
    if not typed.strip():
        return now
    try:
        start = int(datetime.fromisoformat(typed.strip()[:19]).replace(tzinfo=BEIJING).timestamp() * 1000)
    except (ValueError, OverflowError) as cause:
        raise Invalid("几点来，请写成日期和时间") from cause
    if start < now - 5 * MINUTE_MS:
        raise Invalid("来的时间已经过了，现在就来请留空")
    if start > now + AHEAD_MS:
        raise Invalid(f"最多提前 {AHEAD_MS // DAY_MS} 天发券")
    return max(start, now)


def until(terms: Terms, start: int) -> int:
    """The end of a coupon that begins then. Raises `Refused` outside the hours or months of the scheme."""
    moment = beijing(start)
    if moment.month not in terms.months:
        raise Refused(f"{moment.month} 月不发停车券。现在的规则：{terms.said}")
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    opens, closes = midnight + timedelta(hours=terms.opens), midnight + timedelta(hours=terms.closes)
    if not opens <= moment < closes:
        raise Refused(f"{moment:%H:%M} 不在停车券的时段里。现在的规则：{terms.said}")
    return min(start + terms.hours * HOUR_MS, int(closes.timestamp() * 1000))


def free_slot(taken: frozenset[int], per_month: int) -> int | None:
    """The first coupon of the month that nobody used; None when all are."""
    return next((slot for slot in range(1, per_month + 1) if slot not in taken), None)


def may_give_back(coupon: Coupon, now: int) -> bool:
    """Whether cancelling still puts the coupon back."""
    return coupon.state == RUNNING and now <= coupon.start + GIVE_BACK_MS


def holds(coupon: Coupon, at: int) -> bool:
    """Whether a car could stand by it at that moment: not cancelled, not over, not checked out before."""
    gone = coupon.state == LEFT and coupon.ended is not None and coupon.ended < at
    return coupon.state != CANCELLED and coupon.start <= at < coupon.until and not gone


def told_now(coupon: Coupon, now: int, plate: str, *, category: str = SPOT_TAKEN, way: str = "") -> tuple[str, str]:
    """(tone, sentence) for an open ticket about that plate, before anyone is scolded; both empty: nothing to say.

    Where no coupon holds, the ticket's `category` is another one, and `way` says how the driver is reached.
    """
    end = clock(coupon.until)
    if coupon.state == RUNNING and now < coupon.start:
        return "info", f"{plate} 有一张还没开始的亲情停车券，{day(coupon.start)} {clock(coupon.start)} 起。"
    if coupon.state == RUNNING and now < coupon.until and category == SPOT_TAKEN:
        return "ok", f"{plate} 用了亲情停车券，到 {end} 前可以停。先别急着说人。"
    if coupon.state == RUNNING and now < coupon.until:
        return "warn", f"{plate} 用了亲情停车券（到 {end}），是来看老人的。这里用券也不能停：{way or '先请他挪车'}。"
    if coupon.state in {RUNNING, OVER}:
        return "warn", f"{plate} 的亲情停车券 {end} 到期了，还没登记开走。"
    return "", ""


def told_perhaps(coupon: Coupon, now: int, plate: str, seen: str) -> str:
    """The same where only a part of a plate was `seen`; empty for a coupon that is not in use."""
    if coupon.state not in {RUNNING, OVER} or now < coupon.start:
        return ""
    end = clock(coupon.until)
    how = f"用了亲情停车券，到 {end}" if now < coupon.until else f"亲情停车券 {end} 到期了，还没登记开走"
    return f"{seen} 可能是 {plate}（{how}）。先看清车牌。"


def told_then(coupon: Coupon, reported: int, plate: str) -> tuple[str, str]:
    """The same for the moment of the report."""
    if holds(coupon, reported):
        return "info", f"上报的时候，{plate} 正在用亲情停车券（到 {clock(coupon.until)}）。"
    return "", ""


def read_terms(
    per_month: str,
    hours: str,
    opens: str,
    closes: str,
    months: Sequence[str],
    *,
    watch: bool = True,
    keep_days: str = "180",
) -> Terms:
    """What somebody typed into the form. Raises `Invalid` with the first thing wrong."""
    chosen = tuple(sorted({number for one in months if (number := _number(one, 1, 12)) is not None}))
    if not chosen:
        raise Invalid("至少选一个月份")
    terms = Terms(
        per_month=_whole("每户每月几张", per_month, 1, 10),
        hours=_whole("一次几小时", hours, 1, 24),
        opens=_whole("几点开始", opens, 0, 23),
        closes=_whole("几点结束", closes, 1, 24),
        months=chosen,
        watch=watch,
        keep_days=_whole("保存几天", keep_days, 31, 730),
    )
    if terms.opens >= terms.closes:
        raise Invalid("结束要比开始晚")
    return terms


def _whole(label: str, typed: str, least: int, most: int) -> int:
    number = _number(typed, least, most)
    if number is None:
        raise Invalid(f"{label}请填 {least}–{most} 的整数")
    return number


def _number(typed: str, least: int, most: int) -> int | None:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
        return None
    return int(digits) if least <= int(digits) <= most else None
