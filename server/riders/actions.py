"""Taking a report in from the phone: once, with whatever photos are good, and never losing what was typed."""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from itsdangerous import BadData
from starlette.datastructures import UploadFile

from gateway.contract.categories import Level
from gateway.contract.geo import Datum, Point
from server import categories, incidents, photos, routing
from server.categories import Kind
from server.incidents import Incident, Report
from server.kit.live import Change
from server.kit.site import Site
from server.photos import MOST, PhotoRefused, Stored, VaultError
from server.questions import PHOTO_BYTES
from server.riders import proof, rules
from server.riders.form import Sent
from server.routing import Arrival
from server.stations import Station

log = structlog.get_logger()

KEPT_S = 24 * 3600
"""How long a photo of an earlier try may be used for the next one."""

NO_CATEGORY = "请先点一下：看到了什么？"
NOT_STORED = "我们这边暂时存不下这条上报，你写的都还在。请过一会儿再发一次，急事直接打值班电话。"
TOO_MANY = f"一次最多带 {MOST} 张照片，多出来的没有收。"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The report is in. `left`: `refused` when a photo did not come along, `unasked` when none is kept of this kind."""

    incident: Incident
    left: str


@dataclass(frozen=True, slots=True)
class Again:
    """The form must be shown once more. `kept` are signed references of the photos that are stored already."""

    status: int
    client_id: str
    kept: tuple[str, ...] = ()
    photo_trouble: str = ""
    category_trouble: str = ""
    trouble: str = ""


def new_client_id() -> str:
    """For a fresh form."""
    return secrets.token_urlsafe(16)


def send(site: Site, station: Station, sent: Sent) -> Accepted | Again:
    """Open the ticket, or say what stands in the way. Blocks while photos are developed."""
    client_id = sent.client_id if incidents.is_client_id(sent.client_id) else new_client_id()
    try:
        with site.store.look() as look:
            known = incidents.by_client_id(look, client_id)
        if known is not None:
            return Accepted(known, "")
        return _send(site, station, sent, client_id)
    except sqlite3.OperationalError as cause:
        log.error("a report could not be stored", station=station.code, exc_info=cause)
        return Again(503, client_id, tuple(sent.kept), trouble=NOT_STORED)


def _send(site: Site, station: Station, sent: Sent, client_id: str) -> Accepted | Again:
    kind, urgent = _weigh(site, station, sent)
    if kind is not None and urgent:
        return _alarm(site, station, sent, client_id, kind)
    wanted = kind is None or kind.photo
    earlier = _earlier(site, client_id, sent.kept) if wanted else []
    stored, refusal = _develop(site, sent.files, MOST - len(earlier)) if wanted else ([], "")
    refusal = refusal or sent.trouble
    if kind is None or (refusal and not sent.without):
        numbers = [*earlier, *_keep(site, stored)]
        return Again(
            422,
            client_id,
            tuple(_sign(site, client_id, number) for number in numbers),
            photo_trouble=refusal,
            category_trouble="" if kind else NO_CATEGORY,
        )
    report = replace(_report(site, station, sent, client_id, kind), doubts=_doubts(station, stored, site.store.clock()))
    incident, _ = _open(site, report, earlier, stored)
    return Accepted(incident, _left(sent, kind, refusal))


def _weigh(site: Site, station: Station, sent: Sent) -> tuple[Kind | None, bool]:
    """The category, when phones offer it, and whether words and answers make this an emergency: photos come after."""
    with site.store.look() as look:
        kind = categories.get(look, sent.category)
        if kind is None or not rules.for_phones([kind]):
            return None, False
        place = sent.other_place.strip() or sent.place
        # What a photo may still speak against waits for the photo.
        doubts = frozenset(routing.DOUBTS) if sent.files else frozenset()
        new = Arrival(station.community, station.code, kind.code, place, sent.words, sent.answers, doubts=doubts)
        level = routing.route(look, new, look.now).routed.level
    return kind, level in {Level.P0, Level.P1}


def _alarm(site: Site, station: Station, sent: Sent, client_id: str, kind: Kind) -> Accepted:
    """An emergency: the ticket first, its photos afterwards; no photo may hold it up or stop it."""
    earlier = _earlier(site, client_id, sent.kept) if kind.photo else []
    incident, fresh = _open(site, _report(site, station, sent, client_id, kind), earlier, [])
    if not (fresh and kind.photo):
        return Accepted(incident, _left(sent, kind, sent.trouble))
    stored, refusal = _develop(site, sent.files, MOST - len(earlier))
    try:
        if stored:
            with site.store.work() as work:
                incidents.add_photos(work, incident.id, [photos.keep(work, one) for one in stored])
                desk = str(incident.desk)
                data: dict[str, str | int] = {"id": incident.id, "desk": desk, "former_desk": desk}
                work.tell(Change("incident", incident.community, data))
    except sqlite3.OperationalError as cause:
        log.error("photos of an emergency could not be stored", exc_info=cause)
        refusal = NOT_STORED
    return Accepted(incident, _left(sent, kind, refusal or sent.trouble))


def _left(sent: Sent, kind: Kind, refusal: str) -> str:
    if refusal:
        return "refused"
    return "unasked" if sent.files and not kind.photo else ""


def _report(site: Site, station: Station, sent: Sent, client_id: str, kind: Kind) -> Report:
    return Report(
        client_id=client_id,
        station=station.code,
        category=kind.code,
        channel="phone",
        place=sent.other_place.strip() or sent.place,
        words=sent.words,
        presence=proof.read(site, station.code, sent.proof),
        answers=sent.answers,
    )


def _open(site: Site, report: Report, earlier: list[int], stored: list[Stored]) -> tuple[Incident, bool]:
    """The ticket, and whether it is a new one."""
    with site.store.work() as work:
        # Sent twice at the same moment: whoever comes second finds the ticket of the first.
        known = incidents.by_client_id(work, report.client_id)
        if known is not None:
            return known, False
        numbers = (*earlier, *(photos.keep(work, one) for one in stored))
        return incidents.report(work, replace(report, photos=numbers)), True


def _doubts(station: Station, stored: Sequence[Stored], now: int) -> frozenset[str]:
    """What all the photos have against them: one good photo is enough to believe."""
    found = []
    for one in stored:
        lat, lon = one.developed.lat, one.developed.lon
        point = Point(lat, lon, Datum.WGS84) if lat is not None and lon is not None else None
        found.append(rules.doubts(one.developed.taken_at, point, station.point, now))
    return frozenset.intersection(*found) if found else frozenset()


def _develop(site: Site, files: Sequence[UploadFile], most: int) -> tuple[list[Stored], str]:
    """The good photos, and the first sentence about one that is not."""
    stored: list[Stored] = []
    refusal = ""
    for file in files:
        if len(stored) >= most:
            return stored, refusal or TOO_MANY
        try:
            # One byte too many is enough for the darkroom to say that it is too large.
            stored.append(photos.take(site, file.file.read(PHOTO_BYTES + 1)))
        except (PhotoRefused, VaultError) as cause:
            log.info("photo not taken", reason=str(cause))
            refusal = refusal or cause.sentence
    return stored, refusal


def _keep(site: Site, stored: Sequence[Stored]) -> list[int]:
    """Write down good photos of a try that did not go through, so that they need not be sent again."""
    if not stored:
        return []
    with site.store.work() as work:
        return [photos.keep(work, one) for one in stored]


def _sign(site: Site, client_id: str, photo: int) -> str:
    return site.signer("kept-photo").dumps([client_id, photo])


def _earlier(site: Site, client_id: str, kept: Sequence[str]) -> list[int]:
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
