"""Photos of a report: developed, kept from an earlier try, or following in pieces once the ticket is open."""

import sqlite3
from collections.abc import Sequence

import structlog
from itsdangerous import BadData
from starlette.datastructures import UploadFile

from gateway.contract.categories import Level
from gateway.contract.geo import Datum, Point
from server import incidents, photos, uploads
from server.incidents import ENDED, Incident
from server.kit.errors import Invalid, Missing, Refused, Unavailable
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work
from server.photos import MOST, Patience, PhotoRefused, Stored, VaultError
from server.riders import rules, stayed
from server.riders.stayed import Trouble
from server.stations import Station

log = structlog.get_logger()

URGENT = frozenset({Level.P0, Level.P1})
KEPT_S = 24 * 3600
"""How long a photo of an earlier try may be used for the next one."""


class NotTaken(Invalid):
    """A photo that followed its report does not go; `reason` is a key of `stayed.WHY`."""

    def __init__(self, reason: str) -> None:
        super().__init__(stayed.WHY[reason])
        self.reason = reason


def develop(site: Site, files: Sequence[UploadFile], most: int, waits: Patience) -> tuple[list[Stored], list[Trouble]]:
    """The good photos, and why the others are not."""
    stored: list[Stored] = []
    troubles: list[Trouble] = []
    for file in files:
        if len(stored) >= most:
            return stored, troubles or [Trouble("too_many")]
        try:
            stored.append(photos.take(site, file.file, waits))
        except (PhotoRefused, VaultError) as cause:
            troubles.append(_trouble(cause))
    return stored, troubles


def collect(
    site: Site, client_id: str, refs: Sequence[str], most: int, waits: Patience
) -> tuple[list[tuple[str, Stored]], list[Trouble]]:
    """The good photos of finished uploads, each with its upload, and why the others are not.

    One that may go later stays: the phone asks for it again by `attach`."""
    found: list[tuple[str, Stored]] = []
    troubles: list[Trouble] = []
    for ref in dict.fromkeys(refs):
        if len(found) >= most:
            return found, troubles or [Trouble("too_many")]
        try:
            with uploads.opened(site, ref, client_id) as (_, file):
                if file is not None:
                    found.append((ref, photos.take(site, file, waits)))
        except (PhotoRefused, VaultError) as cause:
            troubles.append(_trouble(cause))
        except (Missing, Refused) as cause:
            log.info("upload not taken", reason=str(cause))
            troubles.append(Trouble("truncated"))
    return found, [one for one in troubles if not one.later]


def attach(site: Site, client_id: str, ref: str) -> None:
    """A photo that followed its report in pieces; sent twice, it is there once.

    Raises `Missing` (no such report or upload), `Refused` (not all of it is here), `NotTaken` (no photo, or too late)
    and `Unavailable` (the same photo may well be taken later).
    """
    with site.store.look() as look:
        own = incidents.by_client_id(look, client_id)
        over = own is not None and incidents.leading(look, own).state in ENDED
    if own is None:
        raise Missing("还没有收到这条上报")
    why_not = "too_late" if over else "" if own.kind.photo else "not_kept"
    with uploads.opened(site, ref, client_id) as (upload, file):
        if file is None:
            if upload.photo is None:
                raise NotTaken("not_taken")
            return
        if why_not:
            _give_up(site, ref)
            raise NotTaken(why_not)
        try:
            stored = photos.take(site, file, photos.patience(urgent=own.level in URGENT))
        except PhotoRefused as cause:
            if cause.temporary:
                raise Unavailable(cause.sentence) from cause
            _give_up(site, ref)
            raise NotTaken(cause.reason) from cause
        except VaultError as cause:
            raise Unavailable(cause.sentence) from cause
    with site.store.work() as work:
        _tie(work, site, own, ref, stored)


def follow(site: Site, incident: Incident, stored: Sequence[Stored]) -> bool:
    """Add photos to a ticket that is open already; False when they could not be stored."""
    try:
        with site.store.work() as work:
            add(work, incident, [photos.keep(work, one) for one in stored])
    except sqlite3.OperationalError as cause:
        log.error("photos of an emergency could not be stored", exc_info=cause)
        return False
    return True


def add(work: Work, incident: Incident, numbers: Sequence[int]) -> None:
    """Tie photos to a ticket, and let open desks see them, also where it was merged."""
    incidents.add_photos(work, incident.id, numbers)
    for one in {incident.id: incident, (leading := incidents.leading(work, incident)).id: leading}.values():
        desk = str(one.desk)
        data: dict[str, str | int] = {"id": one.id, "desk": desk, "former_desk": desk}
        work.tell(Change("incident", one.community, data))


def keep(site: Site, stored: Sequence[Stored]) -> list[int]:
    """Write down good photos of a try that did not go through, so that they need not be sent again."""
    if not stored:
        return []
    with site.store.work() as work:
        return [photos.keep(work, one) for one in stored]


def sign(site: Site, client_id: str, photo: int) -> str:
    """A reference by which the same report's next try names a photo that is stored."""
    return str(site.signer("kept-photo").dumps([client_id, photo]))


def earlier(site: Site, client_id: str, kept: Sequence[str]) -> list[int]:
    """The photos behind signed references of this very report; whatever else stands there is passed over."""
    found: list[int] = []
    for token in kept[:MOST]:
        try:
            owner, photo = site.signer("kept-photo").loads(token, max_age=KEPT_S)
        except (BadData, ValueError, TypeError):
            continue
        if owner == client_id and isinstance(photo, int) and photo not in found:
            found.append(photo)
    with site.store.look() as look:
        return [photo for photo in found if photos.get(look, photo) is not None]


def doubts(station: Station, stored: Sequence[Stored], now: int) -> frozenset[str]:
    """What all the photos have against them: one good photo is enough to believe."""
    found = []
    for one in stored:
        lat, lon = one.developed.lat, one.developed.lon
        point = Point(lat, lon, Datum.WGS84) if lat is not None and lon is not None else None
        found.append(rules.doubts(one.developed.taken_at, point, station.point, now))
    return frozenset.intersection(*found) if found else frozenset()


def _trouble(cause: PhotoRefused | VaultError) -> Trouble:
    log.info("photo not taken", reason=str(cause))
    return Trouble(cause.reason, isinstance(cause, PhotoRefused) and cause.temporary)


def _give_up(site: Site, ref: str) -> None:
    with site.store.work() as work:
        uploads.settle(work, site, ref, None)


def _tie(work: Work, site: Site, own: Incident, ref: str, stored: Stored) -> None:
    upload = uploads.get(work, ref)
    if upload is None or upload.taken is not None:
        return  # another tab was faster
    if len(incidents.photos(work, own.id)) >= MOST:
        uploads.settle(work, site, ref, None)
        return
    number = photos.keep(work, stored)
    add(work, own, [number])
    uploads.settle(work, site, ref, number)
