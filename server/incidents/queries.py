"""What lists ask of the tickets: pages of them, and how many there are."""

from collections.abc import Collection, Sequence

from server.incidents.records import incidents_of
from server.incidents.rules import Incident
from server.kit.store import Work

_URGENT = "level in ('P0', 'P1') and state in ('reported', 'filed', 'dispatched', 'done', 'verified')"


def find(
    work: Work,
    communities: Collection[str],
    *,
    states: Sequence[str] = (),
    desk: str | None = None,
    station: str | None = None,
    category: str | None = None,
    urgent: bool | None = None,
    by_level: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Tickets of these communities, newest first, behind the id `before` (keyset pages).

    `urgent`: only open P0 and P1 (True), or all but these (False). `by_level`: the most urgent level first.
    """
    if not communities:
        return []
    where = [f"community in ({', '.join('?' for _ in communities)})"]
    parameters: list[str | int] = sorted(communities)
    if states:
        where.append(f"state in ({', '.join('?' for _ in states)})")
        parameters += states
    for column, wanted in (("desk", desk), ("station", station), ("category", category)):
        if wanted:
            where.append(f"{column} = ?")
            parameters.append(wanted)
    if urgent is not None:
        where.append(f"{'' if urgent else 'not '}({_URGENT})")
    if before is not None and by_level:
        where.append("(level, -id) > (select level, -id from incidents where id = ?)")
        parameters.append(before)
    elif before is not None:
        where.append("id < ?")
        parameters.append(before)
    order = "level, id desc" if by_level else "id desc"
    rows = work.rows(
        f"select * from incidents where {' and '.join(where)} order by {order} limit ?",
        [*parameters, limit],
    )
    return incidents_of(work, rows)


def counts(
    work: Work, communities: Collection[str], desk: str | None = None, station: str | None = None
) -> dict[str, int]:
    """State → how many tickets of these communities (of one desk, of one station)."""
    if not communities:
        return {}
    marks = ", ".join("?" for _ in communities)
    rows = work.rows(
        f"""select state, count(*) as n from incidents
            where community in ({marks}) and (? is null or desk = ?) and (? is null or station = ?) group by state""",
        [*sorted(communities), desk, desk, station, station],
    )
    return {row["state"]: row["n"] for row in rows}


def urgent_waiting(work: Work, communities: Collection[str], desk: str | None = None) -> int:
    """How many P0 and P1 of these communities (of one desk) nobody has accepted yet."""
    if not communities:
        return 0
    marks = ", ".join("?" for _ in communities)
    found = work.value(
        f"""select count(*) from incidents
            where community in ({marks}) and (? is null or desk = ?) and state = 'reported' and {_URGENT}""",
        [*sorted(communities), desk, desk],
    )
    return int(found)


def recent(work: Work, station: str, category: str, place: str, since: int) -> int:
    """How many of the station's last hundred tickets are of this category and place and no older than `since`."""
    found = work.value(
        """select count(*) from (select category, place, received from incidents where station = ?
             order by id desc limit 100) as newest where category = ? and place = ? and received >= ?""",
        (station, category, place, since),
    )
    return int(found)
