"""How a roll-out proceeds: its waves, when a station is well, when to go on, when to stop. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.contract.twin import DIALS
from server.kit.errors import Invalid
from server.staff import Person

ROLLERS = frozenset({"it", "director", "street", "district"})
SHARE = 0.1
DRIFT_MS = 5 * 60_000
"""A kiosk that is online and so long behind its desired state has drifted."""
MAX_NOTE = 100


@dataclass(frozen=True, slots=True)
class Knob:
    """A dial in people's words."""

    name: str
    label: str
    unit: str
    hint: str

    @property
    def default(self) -> int:
        """As shipped."""
        return DIALS[self.name].default

    @property
    def least(self) -> int:
        """The lowest value."""
        return DIALS[self.name].least

    @property
    def most(self) -> int:
        """The highest value."""
        return DIALS[self.name].most


KNOBS = {
    knob.name: knob
    for knob in (
        Knob("idle_s", "没人碰多久清屏", "秒", "骑手填了一半走开，多久擦掉；屏幕下次启动起用"),
        Knob("disk_low_mb", "存储剩多少报警", "MB", "自检低于这个数就说快满了"),
        Knob("remote_hands", "允许远程开箱、出雨衣", "", "1 允许，0 不允许（有人在柜子里干活时）"),
    )
}

STATES = {
    "running": ("正在推", "dispatched", "refresh"),
    "paused": ("暂停了", "warn", "hourglass"),
    "stopped": ("自己停下了", "bad", "alert-triangle"),
    "done": ("推完了", "ok", "circle-check"),
    "rolled_back": ("退回了", "off", "arrow-back-up"),
}
MOVES = {
    "running": {"paused", "stopped", "done", "rolled_back"},
    "paused": {"running", "rolled_back"},
    "stopped": {"running", "rolled_back"},
    "done": {"rolled_back"},
    "rolled_back": set[str](),
}
OPEN = ("running", "paused", "stopped")
"""While one of these lives, its stations take no other roll-out."""

SEATS = {
    "planned": ("还没轮到", "reported", "clock"),
    "offered": ("等它回音", "dispatched", "hourglass"),
    "well": ("用上了，自检正常", "ok", "check"),
    "ill": ("没有用好", "bad", "alert-triangle"),
    "away": ("不在线，上线后自己用上", "off", "wifi-off"),
    "back": ("退回原来的", "off", "arrow-back-up"),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one kiosk now. `part`: the kiosk's own settings in its desired state of `desired`."""

    life: str
    desired: int
    part: Mapping[str, int]
    reported: int
    error: str
    failing: frozenset[str]


def is_roller(person: Person) -> bool:
    """Whether this person rolls settings out."""
    return person.role in ROLLERS


def waves(online: Sequence[str], away: Sequence[str]) -> dict[str, int]:
    """station → wave, from 1: one that is online, up to a tenth, all. Those away come last, waited for by nobody."""
    tenth = math.ceil(SHARE * (len(online) + len(away)))
    cuts = [online[:1], online[1:tenth], [*online[max(1, tenth) :], *away]]
    return {station: wave for wave, part in enumerate(filter(None, cuts), 1) for station in part}


def judge(sights: Sequence[Sight], wanted: Mapping[str, int], before: frozenset[str]) -> tuple[str, str]:
    """well, ill or offered (not yet known), and why, of a station's kiosks. `before`: what failed there already."""
    verdict = ("well", "") if sights else ("offered", "没有屏幕")
    for sight in sights:
        if any(sight.part.get(name) != value for name, value in wanted.items()):
            return "offered", "新设置还没写好"
        if sight.error and sight.reported < sight.desired:
            return "ill", f"没有用上：{sight.error}"
        if sight.life != "ready":
            verdict = ("offered", "不在线")
        elif sight.reported < sight.desired:
            verdict = ("offered", "还没有回音")
        elif fresh := sorted(sight.failing - before):
            return "ill", "用上以后自检不过：" + "、".join(fresh)
    return verdict


def next_step(
    seats: Sequence[str], age_ms: int, *, soak_ms: int, patience_ms: int, most_failures: int
) -> tuple[str, str]:
    """What a wave of this age does now: wait, on or stop, and why to stop. `seats`: well, ill, offered or away."""
    ill, open_ = seats.count("ill"), seats.count("offered")
    if ill > most_failures:
        return "stop", f"{ill} 个站没有用好，超过了允许的 {most_failures} 个"
    if open_ == 0:
        return ("on", "") if age_ms >= soak_ms else ("wait", "")
    if age_ms < patience_ms:
        return "wait", ""
    if ill + open_ > most_failures:
        return "stop", f"等了 {patience_ms // 60_000} 分钟，{open_} 个站没有回音"
    return "on", ""


def read_changes(typed: Mapping[str, str]) -> dict[str, int]:
    """The dials somebody filled in; raises `Invalid`, also for none."""
    changes = {}
    for name, text in typed.items():
        knob, digits = KNOBS[name], text.strip()
        if not digits:
            continue
        if not (digits.isascii() and digits.isdigit() and knob.least <= int(digits[:9]) <= knob.most):
            raise Invalid(f"{knob.label}请填 {knob.least}–{knob.most} {knob.unit}".rstrip())
        changes[name] = int(digits)
    if not changes:
        raise Invalid("请至少填一项要改的设置")
    return changes
