"""What one phone may send within a day, and how it is told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from limits import parse

from server.kit.clock import DAY_MS
from server.thresholds import Threshold

COOKIE = "cxz_phone"
REMEMBERED_MS = DAY_MS
"""A mark is forgotten after a day, on the phone and here."""

MOST_REPORTS = Threshold("phone_reports_a_day", "一部手机一天最多报（不急的）", "条", 40, 10, 500)
MOST_SPAM = Threshold("phone_spam_a_day", "一部手机报了几条广告或作废的，当天就不再收（不急的）", "条", 3, 1, 50)

FROM_ONE_ADDRESS = parse("240 per 10 minutes")
"""A whole district may stand behind one address of a mobile network."""
TOO_MANY_HERE = "这个网络一下子报得太多了，请过 10 分钟再发。急事照样能发，也可以直接打值班电话。"
TOO_MANY = "这部手机今天报得太多了，这一条先没有收。急事照样能发，也可以直接打值班电话；别的请明天再报。"


@dataclass(frozen=True, slots=True)
class Sent:
    """One report of a phone: which ticket it became, when (UTC ms), and whether it is spam or was thrown out."""

    incident: int
    at: int
    spam: bool


def wait_ms(sent: Sequence[Sent], most: int, most_spam: int, now: int) -> int:
    """How long until this phone may report something that is not urgent again; 0: now."""
    return max(_until(sent, most, now), _until([one for one in sent if one.spam], most_spam, now))


def _until(sent: Sequence[Sent], most: int, now: int) -> int:
    times = sorted(one.at for one in sent if one.at > now - REMEMBERED_MS)
    return 0 if len(times) < most else times[-most] + REMEMBERED_MS - now
