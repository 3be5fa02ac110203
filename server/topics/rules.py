"""What a topic is, the stages it walks, who may do what when, and when two places are the same. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from gateway.contract.categories import Category
from server.duplicates import place_key
from server.incidents import Incident
from server.kit.errors import Invalid, Refused
from server.thresholds import Threshold

ENOUGH = Threshold("topic_tickets", "提出议题", "张工单", 3, 2, 100)
DAYS = Threshold("topic_days", "提出议题看最近", "天", 30, 1, 365)

STAGES = {"ask": "问需", "link": "链接", "set_up": "立项", "run": "运行", "evaluate": "评估"}
STATUSES = {"proposed": "待定", "adopted": "进行中", "dismissed": "不立", "finished": "已结束"}
NEED_STATES = {"open": "待对接", "linked": "已对接", "met": "已落实", "dropped": "不做了"}
MAX_NOTE, MAX_OWNER = 500, 20


@dataclass(frozen=True, slots=True)
class Topic:
    """A need behind several tickets: the same kind of thing at the same place. Times are UTC milliseconds."""

    id: int
    community: str
    category: str
    place: str
    """As `whereabouts` says it; `label` is what people read: the same, or the station's name."""
    label: str
    status: str
    stage: str
    """One of `STAGES`; empty before the topic is adopted."""
    owner: str
    since: int
    updated: int
    version: int
    mark: int
    """The last ticket known when it was dismissed or finished: only later ones propose it again."""
    kind: Category
    """The category as it is now."""

    @property
    def title(self) -> str:
        """`电动车堆放 · 3号楼`."""
        return f"{self.kind.label} · {self.label}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a topic's history; append-only. `day`: the date it is about, ISO."""

    at: int
    by: str
    did: str
    stage: str
    day: str
    owner: str
    note: str


@dataclass(frozen=True, slots=True)
class Need:
    """A need, and what some unit offers for it. `status`: one of `NEED_STATES`."""

    id: int
    need: str
    offer: str
    unit: str
    status: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of what can be done with a topic."""

    label: str
    past: str
    from_status: str
    to: str
    asks: tuple[str, ...]


MOVES = {
    "adopt": Move("立为议题", "立为议题", "proposed", "adopted", ("day", "owner", "note")),
    "dismiss": Move("这次不立", "决定不立", "proposed", "dismissed", ("note",)),
    "step": Move("记一步", "记了一步", "adopted", "adopted", ("stage", "day", "owner", "note")),
    "finish": Move("结束议题", "结束了议题", "adopted", "finished", ("day", "note")),
}
PAST = {"propose": "自动提出", **{name: move.past for name, move in MOVES.items()}}
ASKED = {"note": "请写一句说明", "owner": "请写谁负责", "day": "请选日期", "stage": "请选走到哪一步"}


def offered(topic: Topic) -> list[str]:
    """What can be done now, in the order of the table."""
    return [name for name in MOVES if _why_not(topic, name) is None]


def check(topic: Topic, name: str, given: dict[str, str]) -> Move:
    """The move, when the table and the form allow it. Raises `Invalid` and `Refused`."""
    if name not in MOVES:
        raise Invalid(f"没有这一步：{name[:20]}")
    refusal = _why_not(topic, name)
    if refusal is not None:
        raise Refused(refusal)
    for asked in MOVES[name].asks:
        if not given.get(asked, "").strip():
            raise Invalid(ASKED[asked])
    if "day" in MOVES[name].asks:
        check_day(given["day"])
    if name == "step":
        _check_stage(topic, given["stage"])
    return MOVES[name]


def check_day(typed: str) -> None:
    """Raises `Invalid` for what is no date of this century."""
    try:
        good = bool(_DAY.fullmatch(typed)) and date.fromisoformat(typed).year in range(2000, 2100)
    except ValueError:
        good = False
    if not good:
        raise Invalid("请选日期")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""`fromisoformat` alone takes week dates too."""


def _why_not(topic: Topic, name: str) -> str | None:
    if topic.status != MOVES[name].from_status:
        return f"“{STATUSES[topic.status]}”的议题不能{MOVES[name].label}"
    if name == "finish" and topic.stage != "evaluate":
        return "走到“评估”以后才能结束议题"
    return None


def _check_stage(topic: Topic, stage: str) -> None:
    order = list(STAGES)
    if stage not in STAGES:
        raise Invalid(ASKED["stage"])
    if order.index(stage) > order.index(topic.stage) + 1:
        raise Refused(f"现在是“{STAGES[topic.stage]}”，一次往前走一步")


UNCOUNTED = frozenset({"unconfirmed", "rejected", "merged", "void", "withdrawn"})
"""States of tickets that are no need of their own: not confirmed, not ours, seen twice, or taken back."""


def counts(incident: Incident) -> bool:
    """Whether a ticket counts towards a topic."""
    return incident.state not in UNCOUNTED


def whereabouts(incident: Incident) -> str:
    """The key of a ticket's place; `@` and the station's code where nothing else is said.

    Where a person was in need is somebody's home more often than not: such tickets meet by station only.
    """
    key = "" if incident.kind.private else place_key(incident.place)
    return key or f"@{incident.station}"
