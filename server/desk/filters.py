"""What the list shows: a tab, what it is narrowed to, an order, and a place to go on from. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from gateway.contract.categories import GROUPS, Desk, Level
from server.incidents import NEW, OPEN
from server.search import MAX_QUERY


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at the tickets. `states`: empty for all. `key`: pressed for it, a letter after `g`."""

    label: str
    states: tuple[str, ...]
    key: str = ""


STAGES = {
    "new": Tab("待受理", NEW, "1"),
    "working": Tab("处理中", ("filed", "dispatched"), "2"),
    "check": Tab("待核查", ("done",), "3"),
    "closing": Tab("待结案", ("verified",), "4"),
    "all": Tab("全部", (), "5"),
}
"""Where tickets stand."""

VIEWS = {
    "mine": Tab("我的", OPEN, "m"),
    "unit": Tab("本单位", OPEN, "u"),
    "overdue": Tab("超时", OPEN, "o"),
    "waiting": Tab("等待", OPEN, "w"),
    "approval": Tab("待批准", OPEN, "a"),
    "look": Tab("复查", ("closed",), "l"),
    "supervised": Tab("督办", OPEN, "d"),
}
"""What somebody has to look after, across the stages."""

ALWAYS = ("mine", "unit", "overdue")
"""Shown even while they are empty."""

BEHIND = {
    "open": Tab("未结", OPEN),
    "amber": Tab("快超时", OPEN),
    "done_today": Tab("今天办完", ()),
    "done_week": Tab("本周办完", ()),
}
"""Reached only from a number of the workload."""

TABS = STAGES | VIEWS | BEHIND

ORDERS = {"newest": "最新在前", "urgent": "紧急在前"}
NOBODY = "none"
"""In place of an account: tickets that nobody has in hand."""


@dataclass(frozen=True, slots=True)
class Filter:
    """As it stands in the address; empty means no limit. `before`: the last ticket of the page in front."""

    tab: str
    community: str = ""
    station: str = ""
    desk: str = ""
    group: str = ""
    """The first level of the category."""
    level: str = ""
    who: str = ""
    """The number of the account that has it in hand, or `NOBODY`."""
    supervised: bool = False
    q: str = ""
    """Words to search for."""
    order: str = "newest"
    before: int | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the tab; empty for all."""
        return TABS[self.tab].states

    @property
    def narrowed(self) -> dict[str, str]:
        """What it is narrowed to beside its tab and the words, by name, as in the address."""
        said = {name: getattr(self, name) for name in ("community", "station", "desk", "group", "level", "who")}
        return {name: value for name, value in said.items() if value} | ({"supervised": "1"} if self.supervised else {})

    @property
    def query(self) -> str:
        """The part behind the question mark, without the place."""
        return self._query(self.narrowed)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as hidden fields of a form."""
        return parse_qsl(self.query)

    def without(self, name: str) -> str:
        """The same part with one limit less."""
        return self._query({other: value for other, value in self.narrowed.items() if other != name})

    def on(self, tab: str) -> "Filter":
        """The same on another tab, from its beginning."""
        return replace(self, tab=tab, before=None)

    def everywhere(self) -> "Filter":
        """The same words among all tickets."""
        return Filter("all", q=self.q)

    def _query(self, narrowed: dict[str, str]) -> str:
        words = {"q": self.q} if self.q else {}
        order = {} if self.order == "newest" else {"order": self.order}
        return urlencode({"tab": self.tab, **words, **narrowed, **order})


def read(typed: Mapping[str, str], usual: str) -> Filter:
    """A filter from an address that anybody may have typed: what makes no sense counts as not said.

    Without a tab it is the `usual` one; words alone are looked for everywhere.
    """
    words = " ".join(typed.get("q", "").split())[:MAX_QUERY]
    tab, before, who = typed.get("tab", ""), typed.get("before", ""), typed.get("who", "")
    return Filter(
        tab=tab if tab in TABS else "all" if words else usual,
        community=typed.get("community", "")[:64],
        station=typed.get("station", "")[:64],
        desk=_among(typed.get("desk", ""), set(Desk)),
        group=_among(typed.get("group", ""), GROUPS.keys()),
        level=_among(typed.get("level", ""), set(Level)),
        who=who if who == NOBODY or _is_number(who) else "",
        supervised=typed.get("supervised", "") == "1",
        q=words,
        order=_among(typed.get("order", ""), ORDERS.keys()) or "newest",
        before=int(before) if _is_number(before) else None,
    )


def parse(query: str, usual: str) -> Filter:
    """A filter as it was saved, from its beginning."""
    return replace(read(dict(parse_qsl(query)), usual), before=None)


def _among(typed: str, known: Collection[str]) -> str:
    return typed if typed in known else ""


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and 0 < int(typed[:20]) < 2**62
