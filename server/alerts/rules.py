"""Who is called when, over how many channels, and how long to wait before trying again. Pure.

The ladder itself is data: rows of `Rung`, edited with an author and a date.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gateway.contract.categories import Level
from server.kit.clock import MINUTE_MS

RING = "ring"
ONCE = "once"
DIGEST = "digest"
MANNERS = {RING: "响到有人接单", ONCE: "上班时间发一次，夜里不响", DIGEST: "只进早上的汇总"}

ROLES = {"duty": "值班", "backup": "后备", "director": "主任", "guard": "物业秩序", "desk": "责任方"}
"""Whom a rung can call; `desk` is whoever the ticket's responsible desk is."""

LEAST_REPEAT_S = 30
MOST_AFTER_S = 3600


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the ladder: who of a level is called, how long after the report, repeated how often."""

    level: Level
    role: str
    manner: str
    after_s: int = 0
    repeat_s: int = 0
    channels: int = 1
    """How many channels at least, where the person has them; the open desk comes on top."""
    author: str = "出厂设置"
    at: int = 0


SHIPPED = (
    Rung(Level.P0, "duty", RING, 0, 60, 2),
    Rung(Level.P0, "backup", RING, 0, 60, 2),
    Rung(Level.P0, "director", RING, 0, 60, 2),
    Rung(Level.P0, "guard", RING, 0, 60, 2),
    Rung(Level.P1, "duty", RING, 0, 60, 2),
    Rung(Level.P1, "backup", RING, 180, 60, 2),
    Rung(Level.P1, "director", RING, 600, 60, 2),
    Rung(Level.P2, "desk", ONCE),
    Rung(Level.P3, "desk", DIGEST),
)
DEVICE = Rung(Level.P2, "duty", RING, 0, 0, 2)
"""A device's alarm below P1 is told to the duty officer at once and once: a person has yet to confirm it."""


def rungs_for(ladder: Sequence[Rung], level: Level, channel: str) -> list[Rung]:
    """The rungs of a ticket of this level that came in through `channel` (phone, kiosk, device, api)."""
    found = [rung for rung in ladder if rung.level is level]
    if channel == "device" and level not in {Level.P0, Level.P1}:
        return [DEVICE, *found]
    return found


def ringing(rung: Rung, started: int, last: int | None, now: int) -> bool:
    """Whether this rung rings now: one of its moments lies after `last` (None: nothing has rung) and not after `now`.

    Several moments missed while the program was down ring once.
    """
    first = started + rung.after_s * 1000
    if now < first:
        return False
    if last is None:
        return True
    if not rung.repeat_s:
        return last < first
    every = rung.repeat_s * 1000
    latest = first + (now - first) // every * every
    return last < latest


def next_ring(rungs: Sequence[Rung], started: int, now: int) -> int | None:
    """The next moment after `now` at which one of them rings; None when all have said what they had to say."""
    moments = []
    for rung in rungs:
        if rung.manner != RING:
            continue
        first = started + rung.after_s * 1000
        if now < first:
            moments.append(first)
        elif rung.repeat_s:
            every = rung.repeat_s * 1000
            moments.append(first + ((now - first) // every + 1) * every)
    return min(moments, default=None)


def times_rung(rung: Rung, started: int, now: int) -> int:
    """How often a rung has rung up to now, this time included; at least 1."""
    if not rung.repeat_s:
        return 1
    return max(0, now - started - rung.after_s * 1000) // (rung.repeat_s * 1000) + 1


def chosen(ways: Sequence[str], failing: Collection[str], least: int, times: int) -> list[str]:
    """Over which of a person's channels to call, the preferred first.

    At least `least` that work, one more at each repeat. A failing one on the way is called too: it may have recovered.
    """
    found: list[str] = []
    working = 0
    for way in ways:
        if working >= least + times - 1:
            break
        found.append(way)
        working += way not in failing
    return found


def trouble(rungs: Sequence[Rung]) -> str | None:
    """Why an edited level cannot be taken (Chinese sentence), or None. P0 and P1 must ring, and ring on."""
    if not rungs:
        return "至少要叫一个人"
    for rung in rungs:
        if rung.role not in ROLES or rung.manner not in MANNERS:
            return "没有这种叫法"
        if not 0 <= rung.after_s <= MOST_AFTER_S:
            return f"等待时间要在 0 到 {MOST_AFTER_S // 60} 分钟之间"
        if not 1 <= rung.channels <= 9:
            return "渠道数要在 1 到 9 之间"
        if rung.level in {Level.P0, Level.P1}:
            if rung.manner != RING:
                return f"{rung.level} 必须响铃，不能改成汇总"
            if not LEAST_REPEAT_S <= rung.repeat_s <= 600:
                return f"{rung.level} 的重复间隔要在 {LEAST_REPEAT_S} 秒到 10 分钟之间"
    if rungs[0].level in {Level.P0, Level.P1} and min(rung.after_s for rung in rungs) > 0:
        return "至少有一个人要马上叫"
    return None


URGENT_BACK_OFF_S = (2, 4, 8, 15, 30)
BACK_OFF_S = (10, 30, 60, 300, 900)
GIVEN_UP_MS = 48 * 60 * MINUTE_MS
"""A message nobody needs at once is tried for two days; an alarm as long as nobody has accepted it."""


def again_after(urgent: bool, tries: int, jitter: float) -> int:
    """Milliseconds until the next try after `tries` failed ones; `jitter` 0–1 spreads it by a fifth either way."""
    steps = URGENT_BACK_OFF_S if urgent else BACK_OFF_S
    return round(steps[min(max(tries, 1), len(steps)) - 1] * 1000 * (0.8 + 0.4 * jitter))


def together(waiting: int, room: int, most: int) -> int:
    """How many alarms go into one message, so that `waiting` of them fit into the `room` messages still free.

    One each while there is room: a message of its own is heard best.
    """
    return 1 if waiting <= room else min(most, -(-waiting // max(1, room)))
