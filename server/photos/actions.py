"""Taking photos in and showing them: developed and stored before the transaction, written down within it."""

from dataclasses import dataclass
from typing import IO

from server.incidents import Incident, may_see
from server.kit.errors import Forbidden, Missing, Unavailable
from server.kit.site import Site
from server.kit.store import Work
from server.photos import records
from server.photos.addresses import NOT_FOUND, SEALED, Ticket
from server.photos.darkroom import Developed
from server.photos.lane import Patience, patience
from server.photos.part import Part, vault_of
from server.photos.records import Photo
from server.photos.seeing import ticket_of, why_not_look
from server.photos.vault import VaultError
from server.staff import Person

MOST = 6
"""Photos a report may carry."""
UNSEALERS = frozenset({"director"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo whose two pictures lie in the vault, not yet written down."""

    developed: Developed
    large: str
    small: str


def take(site: Site, photo: bytes | IO[bytes], waits: Patience | None = None) -> Stored:
    """Develop and store one photo; blocks. An open file is read in its turn, no further than a photo may be long.

    `waits` is shared by the photos of one request; without it this one has its own. Raises `PhotoRefused` (`temporary`:
    the same photo may well be taken later), and the vault's errors, each with its sentence.
    """
    part: Part = site.parts["photos"]
    waits = waits or patience()
    with part.lane.place(waits.urgent):
        developed = part.darkroom.develop(photo, seconds=waits.left_s, urgent=waits.urgent)
        return Stored(developed, part.vault.put(developed.large), part.vault.put(developed.small))


def keep(work: Work, stored: Stored) -> int:
    """Write a stored photo down; returns its number."""
    developed = stored.developed
    # Whoever sends again what was just thrown away wants it back.
    records.unscrap(work, (stored.large, stored.small))
    return records.add(
        work,
        {
            "large": stored.large,
            "small": stored.small,
            "width": developed.large_width,
            "height": developed.large_height,
            "taken": developed.taken_at,
            "lat": developed.lat,
            "lon": developed.lon,
            "likeness": developed.fingerprint,
            "format": developed.source_format,
        },
    )


def show(site: Site, ticket: Ticket, person: Person) -> bytes:
    """The picture, for somebody who may see it at this moment; the view is put on record first.

    Raises `Missing`, and `Forbidden` for a sealed one.
    """
    with site.store.work() as work:
        photo, _ = for_eyes(work, ticket.photo, person)
        key = photo.small if ticket.size == "small" else photo.large
        if ticket.size == SEALED:
            key = sealed_key(work, photo, person)
        elif photo.hidden is not None or photo.gone is not None:
            raise Missing("这张照片已经不给看了")
        records.note_view(work, photo.id, person.id, ticket.size)
    try:
        return vault_of(site).get(key)
    except VaultError as cause:
        raise Unavailable(cause.sentence) from cause


def shown_to(site: Site, photo_id: int, person: Person) -> Photo:
    """The photo, when this person may see its picture now; raises `Missing`."""
    with site.store.look() as look:
        photo, _ = for_eyes(look, photo_id, person)
    if photo.hidden is not None or photo.gone is not None:
        raise Missing("这张照片已经不给看了")
    return photo


def for_eyes(work: Work, photo_id: int, person: Person) -> tuple[Photo, Incident]:
    """A photo and its ticket, whatever has become of the pictures; raises `Missing` for those who do not see
    the ticket, and `Forbidden` for those who see it but not its photos."""
    photo = records.known(work, photo_id)
    incident = None if photo is None else ticket_of(work, photo_id)
    if photo is None or incident is None or not may_see(incident, person):
        raise Missing(NOT_FOUND)
    refusal = why_not_look(work, incident, photo_id, person)
    if refusal:
        raise Forbidden(refusal)
    return photo, incident


def sealed_key(work: Work, photo: Photo, person: Person) -> str:
    """Where the original lies; raises `Missing`, and `Forbidden` for who is not the director."""
    if person.role not in UNSEALERS:
        raise Forbidden("原图封存了，只有主任能看")
    seal = records.seal(work, photo.id)
    if seal is None:
        raise Missing("原图已经删除了")
    return seal.large
