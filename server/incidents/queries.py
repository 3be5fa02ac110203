"""What lists ask of the tickets: pages of them, and how many there are."""

import json
from collections.abc import Collection, Sequence
from typing import Unpack

from server.incidents.lifecycle import NEW
from server.incidents.records import incidents_of
from server.incidents.rules import Incident
from server.incidents.streams import queries as streams
from server.incidents.streams import records as tallies
from server.incidents.streams.queries import Narrowed
from server.kit.store import Work


def find(
    work: Work,
    communities: Collection[str],
    *,
    by_level: bool = False,
    before: int | None = None,
    limit: int = 50,
    **narrowed: Unpack[Narrowed],
) -> list[Incident]:
    """Tickets of these communities, newest first, behind the id `before` (keyset pages).

    `by_level`: the most urgent level first, each level newest first.
    """
    asked = streams.read(work, communities, narrowed)
    numbers = [] if asked is None else streams.page(work, asked, by_level, before, limit)
    if not numbers:
        return []
    rows = work.rows("select * from incidents where id in (select value from json_each(?))", (json.dumps(numbers),))
    by_id = {row["id"]: row for row in rows}
    return incidents_of(work, [by_id[number] for number in numbers])


def count(work: Work, communities: Collection[str], *, most: int = 100, **narrowed: Unpack[Narrowed]) -> int:
    """How many tickets `find` would find page by page.

    Exact as far as states, levels, desks, station and urgency go; with any other wish no more than `most` are counted.
    """
    asked = streams.read(work, communities, narrowed)
    return 0 if asked is None else streams.count(work, asked, most)


def counts(
    work: Work,
    communities: Collection[str],
    desk: str | None = None,
    station: str | None = None,
    desks: Sequence[str] = (),
) -> dict[str, int]:
    """State → how many tickets of these communities (of one desk or of several, of one station)."""
    return tallies.by_state(work, communities, [desk] if desk else desks, station or "")


def urgent_waiting(work: Work, communities: Collection[str], desk: str | None = None, desks: Sequence[str] = ()) -> int:
    """How many P0 and P1 of these communities (of one desk or of several) nobody has accepted yet."""
    return count(work, communities, states=NEW, desk=desk, desks=desks, urgent=True)


def recent(work: Work, station: str, category: str, place: str, since: int) -> int:
    """How many of the station's last hundred tickets are of this category and place and no older than `since`."""
    found = work.value(
        """select count(*) from (select category, place, received from incidents where station = ?
             order by id desc limit 100) as newest where category = ? and place = ? and received >= ?""",
        (station, category, place, since),
    )
    return int(found)
