"""Which tickets are meant: one value that counts on the Monday page, stands in an address, and fills the list. Pure."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from gateway.contract.categories import DESK_LABELS, GROUPS, Desk, Level
from server.dashboards.rules import Span, moment_of
from server.incidents import STATES
from server.ratings import FACES

SETS = {
    "received": "收到",
    "acknowledged": "收到，已接单",
    "counted": "收到，算立案率的",
    "filed": "收到，已立案",
    "filed_closed": "收到，已立案，现在已结案",
    "rejected": "收到，不予受理",
    "false_alarm": "收到，设备误报",
    "merged": "收到，已并案",
    "void": "收到，已作废",
    "withdrawn": "收到，骑手撤回了",
    "closed": "结案",
    "reworked": "结案，返过工",
    "due": "到期应结案",
    "on_time": "到期应结案，按期结了",
    "reopened": "重开",
    "rated": "骑手评价了",
    "now": "现在",
    "overdue": "超期未结",
    "topic": "议题里的工单",
}
TIMELESS = frozenset({"now", "overdue"})
"""Sets that speak about now, whatever the dates."""

EARLIEST, LATEST = moment_of("2000-01-01") or 0, moment_of("2099-12-31") or 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A set of `SETS`, narrowed; empty means no limit. `span` None: all time."""

    what: str = "received"
    span: Span | None = None
    community: str = ""
    station: str = ""
    group: str = ""
    category: str = ""
    desk: str = ""
    level: str = ""
    state: str = ""
    face: str = ""
    topic: int = 0

    @property
    def url(self) -> str:
        """The list of exactly these tickets."""
        return f"/desk/tickets?{self.query}"

    @property
    def query(self) -> str:
        """The part behind the question mark."""
        values: dict[str, str | int] = {"what": self.what}
        if self.span is not None:
            values |= {"from": self.span.first.isoformat(), "to": self.span.behind.isoformat()}
        for name in ("community", "station", "group", "category", "desk", "level", "state", "face", "topic"):
            if getattr(self, name):
                values[name] = getattr(self, name)
        return urlencode(values)

    @property
    def title(self) -> str:
        """What the list is headed with."""
        parts = [SETS[self.what]]
        if self.group:
            parts.append(GROUPS.get(self.group, self.group))
        if self.desk:
            parts.append(DESK_LABELS[Desk(self.desk)])
        if self.level:
            parts.append(self.level)
        if self.state:
            parts.append(STATES[self.state])
        if self.face:
            parts.append(FACES[self.face].label)
        return " · ".join(parts)

    def but(self, what: str, **more: str) -> "Chosen":
        """Another set within the same limits."""
        return replace(self, what=what, **more)  # type: ignore[arg-type]


def read(given: dict[str, str]) -> Chosen:
    """From an address that anybody may have typed: what makes no sense counts as not said."""
    what = given.get("what", "")
    desk, level, state, face = (given.get(name, "") for name in ("desk", "level", "state", "face"))
    topic = given.get("topic", "")
    return Chosen(
        what=what if what in SETS else "received",
        span=None if what in TIMELESS else _span(given.get("from", ""), given.get("to", "")),
        community=given.get("community", "")[:64],
        station=given.get("station", "")[:64],
        group=given.get("group", "")[:32],
        category=given.get("category", "")[:64],
        desk=desk if desk in set(Desk) else "",
        level=level if level in set(Level) else "",
        state=state if state in STATES else "",
        face=face if face in FACES else "",
        topic=int(topic) if topic.isascii() and topic.isdigit() and len(topic) < 16 else 0,
    )


def _span(first: str, behind: str) -> Span | None:
    start, end = moment_of(first), moment_of(behind)
    if start is None and end is None:
        return None
    # Half an interval is open at its other end.
    return Span(EARLIEST if start is None else start, LATEST if end is None else end)
