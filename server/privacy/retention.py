"""Nothing is kept longer than was said: a chore that purges, a dry run that only says what it would, and the log."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from server import checkins, incidents, photos, stations, thresholds
from server.incidents import ENDED, Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Forbidden, Missing
from server.kit.site import Site
from server.kit.store import Work
from server.photos import Photo
from server.privacy import holding, records, rules
from server.privacy.rules import Kept
from server.staff import Person
from server.thresholds import Setting, Threshold

log = structlog.get_logger()

BATCH = 100
PATIENCE_S = 0.5
"""How long the chore keeps the others of its thread waiting; it goes on where it stopped."""
MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket of which something is due."""

    incident: int
    number: str
    community: str
    kind: str
    count: int


@dataclass(slots=True)
class Report:
    """What a run came to, or would: how many of each kind in each community, and what a hold keeps."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, community) → how many."""
    held: int = 0
    looked: int = 0
    tickets: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)

    def lines(self) -> list[Line]:
        """Tickets of which something is due, the first ones."""
        rows = [Line(*key, count) for key, count in self.tickets.items()]
        return sorted(rows, key=lambda line: line.incident)[:MOST_NAMED]


class Days:
    """How many days hold in each community, asked once in a run."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, dict[str, int]] = {}

    def of(self, community: str) -> Mapping[str, int]:
        """Name of a threshold → its value."""
        if community not in self._known:
            self._known[community] = {
                one.name: thresholds.value(self._work, one, community) for one in rules.THRESHOLDS
            }
        return self._known[community]


def rehearse(work: Work) -> Report:
    """The dry run: everything that is due now, and nothing of it deleted."""
    report, days, after = Report(), Days(work), 0
    while batch := photos.after(work, after, BATCH):
        for photo in batch:
            _judge(work, photo, days, report)
        after = batch[-1].id
    for community, stale in _stale_checkins(work, days).items():
        report.counts["checkin", community] += checkins.count_before(work, *stale)
    report.counts = +report.counts
    return report


def run(site: Site) -> Report:
    """All that is due goes, at once."""
    report = Report()
    after = 0
    while True:
        after = _step(site, after, report)
        if not after:
            break
    _forget_checkins(site, report)
    photos.empty_scrap(site)
    return report


def keep_up(site: Site) -> None:
    """Chore: a little at a time, again and again, so that nothing waits longer than an hour or so."""
    deadline, report = time.monotonic() + PATIENCE_S, Report()
    with site.store.look() as look:
        after = records.place(look)
    while True:
        after = _step(site, after, report)
        if not after or time.monotonic() > deadline:
            break
    if not after:
        _forget_checkins(site, report)
    if report.counts:
        log.info("purged", **{f"{kind}_{community}": number for (kind, community), number in report.counts.items()})


def _step(site: Site, after: int, report: Report) -> int:
    """One batch in one transaction; the number to go on from, 0 at the end."""
    with site.store.work() as work:
        here, days = Report(), Days(work)
        batch = photos.after(work, after, BATCH)
        for photo in batch:
            kind = _judge(work, photo, days, here)
            if kind == "abandoned":
                photos.abandon(work, photo)
            elif kind == "sealed":
                photos.break_seal(work, photo.id)
            elif kind is not None:
                photos.purge(work, photo, kind)
        for (kind, community), number in here.counts.items():
            records.note_purge(work, kind, community, number)
        to = batch[-1].id if len(batch) == BATCH else 0
        records.move_place(work, to)
    report.counts += here.counts
    report.tickets += here.tickets
    report.held += here.held
    report.looked += here.looked
    return to


def _judge(work: Work, photo: Photo, days: Days, report: Report) -> str | None:
    """What is to be done with a photo, counted; None for nothing."""
    report.looked += 1
    incident = photos.ticket_of(work, photo.id)
    seal = photos.seal(work, photo.id)
    sealed = None if seal is None else seal.at
    if incident is None:
        kind = rules.due(Kept(photo, None, None, sealed), {}, work.now)
        if kind is not None:
            report.counts[kind, ""] += 1
        return kind
    kept = Kept(photo, incident.kind, ended_at(work, incident), sealed, photos.locked_for_good(work, photo.id))
    kind = rules.due(kept, days.of(incident.community), work.now)
    if kind is None:
        return None
    if holding.hold_on(work, incident) is not None:
        report.held += 1
        return None
    report.counts[kind, incident.community] += 1
    report.tickets[incident.id, incident.number, incident.community, kind] += 1
    return kind


def ended_at(work: Work, incident: Incident) -> int | None:
    """Since when nothing is open about a report: when the ticket that carries it on ended. None: still open."""
    leading = incidents.leading(work, incident)
    if leading.state not in ENDED:
        return None
    endings = [
        step.at
        for step in incidents.history(work, leading.id)
        if step.to_state in ENDED and step.from_state not in ENDED
    ]
    return endings[-1] if endings else leading.updated


def settings(work: Work, community: str) -> list[tuple[Threshold, Setting]]:
    """Each limit, what it stands at, who said so and when."""
    return [(one, thresholds.setting(work, one, community)) for one in rules.THRESHOLDS]


def set_days(work: Work, person: Person, community: str, name: str, typed: str) -> None:
    """Raises `Missing`, `Forbidden` and `Invalid`."""
    threshold = next((one for one in rules.THRESHOLDS if one.name == name), None)
    if threshold is None:
        raise Missing("没有这个期限")
    if person.role not in rules.KEEPERS:
        raise Forbidden("期限由主任或街道修改")
    thresholds.set_value(work, person, threshold, community, typed)


def _stale_checkins(work: Work, days: Days) -> dict[str, tuple[list[str], int]]:
    """Community → its stations, and the moment before which their raw check-ins go."""
    there: dict[str, list[str]] = {}
    for station in stations.all_stations(work):
        there.setdefault(station.community, []).append(station.code)
    return {
        community: (codes, work.now - days.of(community)[rules.CHECKIN_DAYS.name] * DAY_MS)
        for community, codes in there.items()
    }


def _forget_checkins(site: Site, report: Report) -> None:
    with site.store.work() as work:
        for community, (codes, before) in _stale_checkins(work, Days(work)).items():
            number = checkins.forget(work, codes, before)
            records.note_purge(work, "checkin", community, number)
            if number:
                report.counts["checkin", community] += number
        # Of stations that are no more: nobody sets a date for them, the longest that can be set holds.
        gone = checkins.forget(work, None, work.now - rules.CHECKIN_DAYS.most * DAY_MS)
        records.note_purge(work, "checkin", "", gone)
