"""Taking photos in and showing them: developed and stored before the transaction, written down within it."""

from dataclasses import dataclass

from server.incidents import may_see, of_photo, tied
from server.kit.clock import DAY_MS
from server.kit.errors import Missing
from server.kit.site import Site
from server.kit.store import Work
from server.photos import records
from server.photos.darkroom import Darkroom, Developed, PhotoRefused
from server.photos.vault import Vault
from server.staff import Person

MOST = 6
"""Photos a report may carry."""
SIZES = ("large", "small")
ABANDONED_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Part:
    """What this feature keeps in `site.parts`."""

    darkroom: Darkroom
    vault: Vault


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo whose two pictures lie in the vault, not yet written down."""

    developed: Developed
    large: str
    small: str


def take(site: Site, data: bytes) -> Stored:
    """Develop and store one photo; blocks. Raises `PhotoRefused`, and the vault's errors, each with its sentence."""
    part: Part = site.parts["photos"]
    developed = part.darkroom.develop(data)
    return Stored(developed, part.vault.put(developed.large), part.vault.put(developed.small))


def keep(work: Work, stored: Stored) -> int:
    """Write a stored photo down; returns its number."""
    developed = stored.developed
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


def show(site: Site, photo_id: int, size: str, person: Person) -> bytes:
    """The picture, for somebody whose ticket it is on; the view is put on record first. Raises `Missing`."""
    with site.store.work() as work:
        photo = records.get(work, photo_id)
        incident = of_photo(work, photo_id)
        if photo is None or incident is None or size not in SIZES or not may_see(incident, person):
            raise Missing("没有找到这张照片")
        records.note_view(work, photo_id, person.id, size)
    part: Part = site.parts["photos"]
    return part.vault.get(photo.large if size == "large" else photo.small)


def sweep(site: Site) -> None:
    """Chore: photos of a report that was never sent go after a day, from the records and from the vault."""
    part: Part = site.parts["photos"]
    after = 0
    while True:
        with site.store.work() as work:
            found = records.received_between(work, after, work.now - ABANDONED_MS, 200)
            tied_here = tied(work, [photo.id for photo in found])
            abandoned = [photo for photo in found if photo.id not in tied_here]
            for photo in abandoned:
                records.remove(work, photo.id)
            keys = {key for photo in abandoned for key in (photo.large, photo.small)}
            keys = {key for key in keys if not records.in_use(work, key)}
        for key in keys:
            part.vault.delete(key)
        if not found:
            return
        after = found[-1].id


__all__ = ["MOST", "Part", "PhotoRefused", "Stored", "keep", "show", "sweep", "take"]
