"""Taking a report in from the phone: once, with whatever photos are good, and never losing what was typed."""

import secrets
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from gateway.contract.presence import Presence
from server import categories, incidents, parking, phones, photos, pins, routing, uploads
from server.categories import Kind
from server.incidents import Incident, Report
from server.kit.errors import TooMany
from server.kit.site import Site
from server.phones import Phone
from server.photos import MOST, Stored
from server.riders import photos_in, proof, rules, same, stayed
from server.riders.form import Sent
from server.riders.photos_in import URGENT
from server.riders.stayed import Trouble
from server.routing import Arrival
from server.stations import Station

log = structlog.get_logger()

UNKNOWN = Phone()
NO_CATEGORY = "请先点一下：看到了什么？"
NOT_STORED = "我们这边暂时存不下这条上报，你写的都还在。请过一会儿再发一次，急事直接打值班电话。"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The report is in. `left`: why photos did not come along, as the receipt's address has it; mostly empty."""

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
    retry_after: int = 0
    """Seconds, when this phone has to wait."""


@dataclass(frozen=True, slots=True)
class PhotosFirst:
    """How urgent this is depends on its photos: they come before the ticket, which the phone asks for once more."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What a report is, before anything is stored. `kind` None: nothing that phones offer was chosen."""

    kind: Kind | None
    urgent: bool
    photos_decide: bool
    """It is urgent unless the photos speak against it."""
    too: Incident | None


@dataclass(frozen=True, slots=True)
class _Came:
    """All that belongs to one report in its transaction."""

    station: Station
    report: Report
    urgent: bool
    marks: Collection[str]
    too: Incident | None
    pin: pins.Typed | None
    earlier: Sequence[int] = ()
    stored: Sequence[Stored] = ()
    followed: Sequence[tuple[str, Stored]] = ()
    """Photos that came in pieces, each with its upload."""


def new_client_id() -> str:
    """For a fresh form."""
    return secrets.token_urlsafe(16)


def send(site: Site, station: Station, sent: Sent, phone: Phone = UNKNOWN) -> Accepted | Again | PhotosFirst:
    """Open the ticket, or say what stands in the way. Blocks while photos are developed.

    `phone` limits floods, and never what is urgent.
    """
    client_id = sent.client_id if incidents.is_client_id(sent.client_id) else new_client_id()
    try:
        with site.store.look() as look:
            known = incidents.by_client_id(look, client_id)
        if known is not None:
            return Accepted(known, "")
        return _send(site, station, sent, client_id, phone)
    except TooMany as refusal:
        return Again(429, client_id, tuple(sent.kept), trouble=refusal.sentence, retry_after=refusal.retry_after)
    except sqlite3.OperationalError as cause:
        log.error("a report could not be stored", station=station.code, exc_info=cause)
        return Again(503, client_id, tuple(sent.kept), trouble=NOT_STORED)


def put_off(site: Site, sent: Sent, why: str) -> Again:
    """The form once more, for the reason `why`, with the photos that came kept. Blocks while they are developed."""
    client_id = sent.client_id if incidents.is_client_id(sent.client_id) else new_client_id()
    earlier = photos_in.earlier(site, client_id, sent.kept)
    stored, troubles = photos_in.develop(site, sent.files, MOST - len(earlier), photos.patience())
    kept = tuple(photos_in.sign(site, client_id, one) for one in (*earlier, *photos_in.keep(site, stored)))
    missing = stayed.sentence(troubles) if troubles else sent.trouble
    return Again(409, client_id, kept, photo_trouble=missing, trouble=why)


def alarming(site: Site, station: Station, sent: Sent) -> bool:
    """Whether this may be an emergency, as far as its words tell before any photo."""
    weighed = _weigh(site, station, sent)
    return weighed.urgent or weighed.photos_decide


def _send(site: Site, station: Station, sent: Sent, client_id: str, phone: Phone) -> Accepted | Again | PhotosFirst:
    weighed = _weigh(site, station, sent)
    kind = weighed.kind
    came = _came(site, station, sent, client_id, weighed, phone)
    if kind is not None and weighed.urgent:
        return _alarm(site, sent, came, kind)
    if not weighed.photos_decide:
        phones.slow(site, phone)
        with site.store.look() as look:
            phones.check(look, came.marks, station.community)
    if kind is not None and weighed.photos_decide and sent.coming and not (sent.uploads or sent.without):
        return PhotosFirst()
    wanted = kind is None or kind.photo
    waits = photos.patience(urgent=weighed.photos_decide)
    earlier = photos_in.earlier(site, client_id, sent.kept) if wanted else []
    stored, troubles = photos_in.develop(site, sent.files, MOST - len(earlier), waits) if wanted else ([], [])
    # What may go later stands in nobody's way: the report is taken, and the photo comes by its receipt.
    refusal = stayed.sentence(one for one in troubles if not one.later) or sent.trouble
    if kind is None or (refusal and not sent.without):
        numbers = [*earlier, *photos_in.keep(site, stored)]
        return Again(
            422,
            client_id,
            tuple(photos_in.sign(site, client_id, number) for number in numbers),
            photo_trouble=refusal,
            category_trouble="" if kind else NO_CATEGORY,
        )
    room = MOST - len(earlier) - len(stored)
    followed, missed = photos_in.collect(site, client_id, sent.uploads, room, waits) if wanted else ([], [])
    doubts = photos_in.doubts(station, [*stored, *(one for _, one in followed)], site.store.clock())
    came = replace(
        came,
        report=replace(came.report, doubts=doubts),
        urgent=weighed.photos_decide and not doubts,
        earlier=earlier,
        stored=stored,
        followed=followed,
    )
    incident, _ = _open(site, came)
    return Accepted(incident, _left(sent, kind, [*troubles, *missed]))


def _weigh(site: Site, station: Station, sent: Sent) -> _Weighed:
    """The category, when phones offer it, and whether words and answers make this an emergency: photos come after."""
    with site.store.look() as look:
        too = same.meant(look, site, station, sent.too) if sent.too else None
        kind = categories.get(look, too.category if too else sent.category)
        if kind is None or not rules.for_phones([kind]):
            return _Weighed(None, False, False, None)
        new = Arrival(station.community, station.code, kind.code, _place(station, sent), sent.words, sent.answers)
        plain = routing.route(look, new, look.now).routed.level in URGENT
        if not (sent.files or sent.uploads or sent.coming):
            return _Weighed(kind, plain, False, too)
        # What a photo may still speak against waits for the photo.
        doubted = replace(new, doubts=frozenset(routing.DOUBTS))
        sure = routing.route(look, doubted, look.now).routed.level in URGENT
    return _Weighed(kind, sure, plain and not sure, too)


def _alarm(site: Site, sent: Sent, came: _Came, kind: Kind) -> Accepted:
    """An emergency: the ticket first, its photos afterwards; no photo may hold it up or stop it."""
    client_id = came.report.client_id
    earlier = photos_in.earlier(site, client_id, sent.kept) if kind.photo else []
    incident, fresh = _open(site, replace(came, earlier=earlier))
    if not (fresh and kind.photo):
        return Accepted(incident, _left(sent, kind, []))
    stored, troubles = photos_in.develop(site, sent.files, MOST - len(earlier), photos.patience(urgent=True))
    if stored and not photos_in.follow(site, incident, stored):
        troubles += [Trouble("not_stored")] * len(stored)
    return Accepted(incident, _left(sent, kind, troubles))


def _came(site: Site, station: Station, sent: Sent, client_id: str, weighed: _Weighed, phone: Phone) -> _Came:
    proven = proof.read(site, station.code, sent.proof)
    scan = sent.proof if proven in {Presence.VERIFIED, Presence.EXPIRED} else ""
    at, estimated = rules.seen_at(sent.waited, site.store.clock())
    report = Report(
        client_id=client_id,
        station=station.code,
        category=weighed.kind.code if weighed.kind else "",
        channel="phone",
        place=(same.spot_of(station, weighed.too) if weighed.too else "") or _place(station, sent),
        words=sent.words,
        presence=proven,
        answers=_answers(sent),
        at=at,
        estimated=estimated,
    )
    marks = phones.marks_of(site, phone.mark, scan)
    return _Came(station, report, weighed.urgent, marks, weighed.too, pins.read(sent.pin))


def _open(site: Site, came: _Came) -> tuple[Incident, bool]:
    """The ticket, and whether it is a new one."""
    report = came.report
    with site.store.work() as work:
        # Sent twice at the same moment: whoever comes second finds the ticket of the first.
        known = incidents.by_client_id(work, report.client_id)
        if known is not None:
            return known, False
        joins = None if came.urgent else same.joins(work, report, came.too, came.marks)
        followed = [(ref, photos.keep(work, one)) for ref, one in came.followed]
        numbers = (*came.earlier, *(photos.keep(work, one) for one in came.stored), *(number for _, number in followed))
        incident = incidents.report(work, replace(report, photos=numbers), joins=joins)
        phones.note(work, came.marks, incident)
        if came.pin is not None:
            pins.note(work, incident.id, came.pin, came.station.point)
        for ref, number in followed:
            uploads.settle(work, site, ref, number)
        return incident, True


def _place(station: Station, sent: Sent) -> str:
    pin = pins.read(sent.pin)
    pointed = pins.said(pin, station.name) if pin else ""
    return rules.place_of(sent.place, sent.building, sent.other_place, pointed, f"{station.name}旁")


def _answers(sent: Sent) -> dict[str, str]:
    return {name: parking.normal(value) if name == "plate" else value for name, value in sent.answers.items()}


def _left(sent: Sent, kind: Kind, troubles: Sequence[Trouble]) -> str:
    if troubles or sent.trouble:
        return stayed.address([*troubles, *([Trouble("not_read")] if sent.trouble else [])])
    return "unasked" if sent.files and not kind.photo else ""
