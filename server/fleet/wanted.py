"""Which rows of the fleet are looked at, and in which order. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from server.fleet.rules import Health

TABS = {
    "all": "全部",
    "bad": "要去看",
    "quiet": "失联",
    "alarm": "有警报",
    "failing": "自检不过",
    "behind": "内容没更新",
    "backlog": "有积压",
    "none": "没有屏幕",
}
MOST_WORDS = 40
BACKLOG = 20
"""So few facts are on their way at any moment; more is a backlog."""


@dataclass(frozen=True, slots=True)
class Row:
    """A kiosk where it hangs, or a station without one (`health` is None)."""

    station: str
    """Code of the station; empty for a kiosk that hangs nowhere."""
    name: str
    community: str
    health: Health | None
    alarms: tuple[str, ...] = ()
    """Kinds of trouble of the last day: clone, flapping, flood, gap, refused."""

    @property
    def key(self) -> str:
        """What it is called in the page."""
        return self.health.kiosk if self.health else self.station

    def fits(self, tab: str) -> bool:
        """Whether it belongs under one of `TABS`."""
        one = self.health
        if tab in {"all", "none"} or one is None:
            return tab == "all" or (one is None and tab == "none")
        quiet = one.pill == "bad"
        known = one.life != "new"
        return {
            "quiet": quiet,
            "alarm": bool(self.alarms),
            "failing": known and bool(one.failing),
            "behind": known and one.behind,
            "backlog": one.backlog > BACKLOG,
            "bad": quiet or bool(self.alarms) or (known and bool(one.failing or one.error)),
        }[tab]

    @property
    def tone(self) -> str:
        """How it is drawn: bad, warn, ok or off."""
        if self.health is None or self.health.life == "new":
            return "off"
        if self.health.pill == "bad":
            return "bad"
        if self.fits("bad") or self.fits("behind") or self.fits("backlog") or self.health.pill == "warn":
            return "warn"
        return "ok"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `page` counts from 1."""

    tab: str = "all"
    q: str = ""
    community: str = ""
    software: str = ""
    page: int = 1

    def query(self, **other: str | int) -> str:
        """The address of the same with something else; the page begins anew unless it is given."""
        said = {
            "tab": self.tab,
            "q": self.q,
            "community": self.community,
            "software": self.software,
            "page": 1,
            **other,
        }
        usual = {"tab": "all", "page": 1}
        return urlencode({name: value for name, value in said.items() if value and usual.get(name) != value})


def read(tab: str, q: str, community: str, software: str, page: str) -> Wanted:
    """From an address; what makes no sense counts as not said."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Wanted(
        tab if tab in TABS else "all", " ".join(q.split())[:MOST_WORDS], community[:64], software[:64], max(1, number)
    )


def narrowed(rows: Iterable[Row], wanted: Wanted) -> list[Row]:
    """Those that fit everything but the tab."""
    words = wanted.q.lower().split()
    return [
        row
        for row in rows
        if wanted.community in {"", row.community}
        and (not wanted.software or (row.health is not None and row.health.software == wanted.software))
        and all(word in f"{row.key} {row.station} {row.name}".lower() for word in words)
    ]


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Whoever needs a visit first, then by station."""
    return sorted(rows, key=lambda row: (_TONES.index(row.tone), row.station, row.key))


_TONES = ("bad", "warn", "ok", "off")
