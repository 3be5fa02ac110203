"""What the list shows: a tab, perhaps one station or desk, an order, and a place to go on from. Pure."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from gateway.contract.categories import Desk
from server.search import MAX_QUERY

TABS = {
    "new": ("待受理", ("reported",)),
    "working": ("处理中", ("filed", "dispatched")),
    "check": ("待核查", ("done",)),
    "closing": ("待结案", ("verified",)),
    "all": ("全部", ()),
}
"""name → label, states; no states: all of them."""

ORDERS = {"newest": "最新在前", "urgent": "紧急在前"}


@dataclass(frozen=True, slots=True)
class Filter:
    """As it stands in the address; empty means no limit. `before`: the last ticket of the page in front."""

    tab: str
    station: str = ""
    desk: str = ""
    order: str = "newest"
    before: int | None = None
    q: str = ""
    """Words to search for."""

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the tab; empty for all."""
        return TABS[self.tab][1]

    @property
    def query(self) -> str:
        """The part behind the question mark, without the place."""
        chosen = {
            "q": self.q,
            "station": self.station,
            "desk": self.desk,
            "order": "" if self.order == "newest" else self.order,
        }
        return urlencode({"tab": self.tab, **{name: value for name, value in chosen.items() if value}})

    def on(self, tab: str) -> "Filter":
        """The same on another tab, from its beginning."""
        return replace(self, tab=tab, before=None)

    def after(self, ticket: int) -> "Filter":
        """The next page."""
        return replace(self, before=ticket)


def read(tab: str, station: str, desk: str, order: str, before: int | None, usual: str, q: str = "") -> Filter:
    """A filter from an address that anybody may have typed: what makes no sense counts as not said."""
    words = q.strip()[:MAX_QUERY]
    return Filter(
        tab=tab if tab in TABS else "all" if words else usual,
        station=station[:64],
        desk=desk if desk in set(Desk) else "",
        order=order if order in ORDERS else "newest",
        before=before if before is None or 0 < before < 2**62 else None,
        q=words,
    )
