"""The photos of a ticket as its page shows them: who sees them, what was covered, what is gone, what is held."""

from dataclasses import dataclass

from server import incidents, photos, staff
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.store import Work
from server.photos import WHY, Photo
from server.privacy import holding, retention, rules
from server.privacy.retention import Days
from server.privacy.rules import KEEPERS, Hold, Kept
from server.staff import Person

DID = {"cover": "打了码", "unseal": "看了原图", "hide": "标为发错了", "back": "放了回去"}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody's views of one photo, counted."""

    name: str
    times: int
    last: int


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to one photo. `note`: why they looked at the sealed original."""

    name: str
    did: str
    note: str
    at: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo. `gone`: why it is not there any more; `going`: when a hidden one is deleted."""

    photo: Photo
    gone: str
    going: int | None
    suggested: int
    """Places where text was found that nobody has covered."""
    sealed_until: int | None
    looks: tuple[Look, ...]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Album:
    """The context of `privacy/_album.html`."""

    incident: Incident
    shots: tuple[Shot, ...]
    locked: bool
    """Whether only some of those who see the ticket see these photos."""
    may_look: bool
    may_cover: bool
    may_unseal: bool
    may_hold: bool
    goes: int | None
    """When the photos of an ended ticket are deleted; None while it is open."""
    days: int
    hold: Hold | None
    longest_hold: int = rules.LONGEST_HOLD_DAYS


def album(work: Work, incident: Incident, person: Person) -> Album:
    """For somebody who sees this ticket."""
    days = Days(work).of(incident.community)
    found = [photo for one in incidents.photos(work, incident.id) if (photo := photos.known(work, one)) is not None]
    ended = retention.ended_at(work, incident)
    kept = [Kept(photo, incident.kind, ended, None) for photo in found if photo.gone is None]
    return Album(
        incident=incident,
        shots=tuple(_shot(work, photo, days[rules.SEALED_DAYS.name], person) for photo in found),
        locked=photos.locked(incident.kind),
        may_look=photos.may_look(incident, person),
        may_cover=photos.may_cover(person),
        may_unseal=person.role in photos.UNSEALERS,
        may_hold=person.role in KEEPERS,
        goes=rules.goes(kept[0], days) if kept else None,
        days=rules.days_of(rules.retention_of(incident.kind), days),
        hold=holding.hold_on(work, incident),
    )


def looks(work: Work, photo_id: int) -> tuple[Look, ...]:
    """Who looked at a photo, those who did last first."""
    found: dict[int, Look] = {}
    for row in photos.views(work, photo_id):
        known = found.get(row["staff"])
        found[row["staff"]] = (
            Look(known.name, known.times + 1, known.last)
            if known
            else Look(staff.name_of(work, row["staff"]), 1, row["at"])
        )
    return tuple(found.values())


def _shot(work: Work, photo: Photo, sealed_days: int, person: Person) -> Shot:
    seal = photos.seal(work, photo.id)
    return Shot(
        photo=photo,
        gone=WHY.get(photo.why, photo.why) if photo.gone is not None else "",
        going=photo.hidden + photos.MISTAKE_MS if photo.hidden is not None and photo.gone is None else None,
        suggested=len(photos.marks(work, photo.id)) if photo.gone is None else 0,
        sealed_until=None if seal is None else seal.at + sealed_days * DAY_MS,
        looks=looks(work, photo.id) if person.triages else (),
        deeds=tuple(
            Deed(row["by_name"], DID[row["did"]], row["note"], row["at"]) for row in photos.deeds(work, photo.id)
        )
        if person.triages
        else (),
    )
