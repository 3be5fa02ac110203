"""The photos of a ticket as its page shows them: who sees them, what was covered, what is gone, what is held."""

from dataclasses import dataclass

from server import incidents, photos, staff
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.store import Work
from server.photos import WHY, Added, Photo
from server.privacy import holding, retention, rules
from server.privacy.retention import Days
from server.privacy.rules import KEEPERS, Hold, Kept
from server.staff import Person

DID = {"cover": "打了码", "unseal": "看了原图", "hide": "标为发错了", "back": "放了回去", "unlock": "解了锁"}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody's views of one photo, counted."""

    name: str
    times: int
    last: int


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to one photo. `note`: why they looked at the sealed original, or unlocked it."""

    name: str
    did: str
    note: str
    at: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo. `gone`: why it is not there any more; `going`: when a hidden one is deleted."""

    photo: Photo
    title: str
    added: Added | None
    """Who of the staff brought it; None for the reporter's."""
    withheld: str
    """Why this person does not see it; empty when they do."""
    locked: bool
    """Whether it stays locked although its ticket is not about a person any more."""
    gone: str
    going: int | None
    may_put_back: bool
    suggested: int
    """Places where text was found that nobody has covered."""
    sealed_until: int | None
    looks: tuple[Look, ...]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Adding:
    """The context of `privacy/_add.html`. `words`: what was typed and could not be taken."""

    incident: Incident
    room: int
    may_finish: bool
    """Whether the same tap may say that the work is done."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Album:
    """The context of `privacy/_album.html`."""

    incident: Incident
    shots: tuple[Shot, ...]
    locked: bool
    """Whether only some of those who see the ticket see these photos."""
    may_look: bool
    may_claim: bool
    """Whether taking the ticket in hand would open them."""
    may_cover: bool
    may_unseal: bool
    may_hold: bool
    adding: Adding | None
    goes: int | None
    """When the photos of an ended ticket are deleted, as far as they are not locked; None while it is open."""
    days: int
    hold: Hold | None
    longest_hold: int = rules.LONGEST_HOLD_DAYS

    @property
    def hidden(self) -> int:
        """How many wait to be put back or deleted."""
        return sum(shot.going is not None for shot in self.shots)


def album(work: Work, incident: Incident, person: Person) -> Album:
    """For somebody who sees this ticket."""
    days = Days(work).of(incident.community)
    titles = photos.titles(work, incident.id)
    found = [photo for number in titles if (photo := photos.known(work, number)) is not None]
    ended = retention.ended_at(work, incident)
    kept = [
        Kept(photo, incident.kind, ended, None, photos.locked_for_good(work, photo.id))
        for photo in found
        if photo.gone is None
    ]
    usual = min(kept, key=lambda one: one.locked, default=None)
    may_look = photos.may_look(incident, person)
    return Album(
        incident=incident,
        shots=tuple(
            _shot(work, incident, photo, titles[photo.id], days[rules.SEALED_DAYS.name], person) for photo in found
        ),
        locked=photos.locked(incident.kind),
        may_look=may_look,
        may_claim=not may_look and "claim" in incidents.offered(incident, person),
        may_cover=photos.may_cover(person),
        may_unseal=person.role in photos.UNSEALERS,
        may_hold=person.role in KEEPERS,
        adding=adding(work, incident, person),
        goes=rules.goes(usual, days) if usual else None,
        days=rules.days_of(rules.kept_as(usual, incident.kind) if usual else "none", days),
        hold=holding.hold_on(work, incident),
    )


def adding(work: Work, incident: Incident, person: Person, words: str = "") -> Adding | None:
    """The form by which this person adds photos; None when they cannot."""
    if photos.why_not_add(incident, person) is not None:
        return None
    return Adding(
        incident=incident,
        room=photos.room(work, incident.id),
        may_finish=incident.state == "dispatched" and "done" in incidents.offered(incident, person),
        words=words,
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


def _shot(work: Work, incident: Incident, photo: Photo, title: str, sealed_days: int, person: Person) -> Shot:
    seal = photos.seal(work, photo.id)
    return Shot(
        photo=photo,
        title=title,
        added=photos.brought_by(work, photo.id),
        withheld=photos.why_not_look(work, incident, photo.id, person),
        locked=not photos.locked(incident.kind) and photos.locked_for_good(work, photo.id),
        gone=WHY.get(photo.why, photo.why) if photo.gone is not None else "",
        going=photo.hidden + photos.MISTAKE_MS if photo.hidden is not None and photo.gone is None else None,
        may_put_back=photos.may_put_back(work, photo.id, person),
        suggested=len(photos.marks(work, photo.id)) if photo.gone is None else 0,
        sealed_until=None if seal is None else seal.at + sealed_days * DAY_MS,
        looks=looks(work, photo.id) if person.triages else (),
        deeds=tuple(
            Deed(row["by_name"], DID[row["did"]], row["note"], row["at"]) for row in photos.deeds(work, photo.id)
        )
        if person.triages
        else (),
    )
