"""What `changxiaozhan rota now` and `rota gaps` print. The front door opens the site and hands a look in."""

from rich.table import Table

from server.kit.clock import DAY_MS, when
from server.kit.errors import Invalid, Missing
from server.kit.store import Work
from server.people.duty import gaps as find_gaps
from server.people.duty import on_duty
from server.people.rules import Contact
from server.stations import communities

LONGEST_DAYS = 90
_KINDS = {"no_rota": "no rota at all", "nobody": "nobody is named", "gone": "named, but gone"}
_SOURCES = {
    "rota": "the rota",
    "backup": "BACKUP stands in",
    "director": "DIRECTOR stands in",
    "accounts": "NOBODY ON THE ROTA: accounts",
    "nobody": "NOBODY",
}


def now(look: Work, community: str = "") -> Table:
    """Who is on duty, in one community or in all. Raises `Missing`."""
    table = Table("community", "post", "who", "until", "from")
    for code in _chosen(look, community):
        here = on_duty(look, code, look.now)
        people = {"duty": here.duty, "backup": here.backup, "director": here.director, "guard": here.guard}
        for post, some in people.items():
            source = _SOURCES[here.source] if post == "duty" else ""
            table.add_row(code, post, _names(some), when(here.until, look.now), source)
    return table


def gaps(look: Work, community: str = "", days: int = 7) -> tuple[Table, int]:
    """The holes of the coming days and how many they are, in one community or in all. Raises `Missing`, `Invalid`."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"days must be 1 to {LONGEST_DAYS}, not {days}")
    table, count = Table("community", "post", "from", "to", "why", "who"), 0
    for code in _chosen(look, community):
        for gap in find_gaps(look, code, look.now, days):
            count += 1
            end = "on and on" if gap.end - look.now >= days * DAY_MS else when(gap.end, look.now)
            why = _KINDS[gap.kind] + (" (others are there)" if gap.covered else "")
            table.add_row(code, gap.post, when(gap.start, look.now), end, why, "、".join(gap.names))
    return table, count


def _chosen(look: Work, community: str) -> list[str]:
    known = [str(row["code"]) for row in communities(look)]
    if not community:
        return known
    if community not in known:
        raise Missing(f"no community {community}; there are: {', '.join(known) or 'none yet'}")
    return [community]


def _names(people: tuple[Contact, ...]) -> str:
    return "、".join(f"{one.name} {one.masked}".strip() for one in people) or "-"
