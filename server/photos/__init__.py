"""Photos: decoded in a process of their own, stripped of everything but the picture, shown to few, kept briefly."""

from server.incidents import IncidentMoved
from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.photos import pages, personal
from server.photos.actions import MOST, UNSEALERS, Stored, for_eyes, keep, take
from server.photos.added.actions import MOST_ADDED, Outcome, add, room, why_not_add
from server.photos.added.records import Added
from server.photos.added.records import of_photo as brought_by
from server.photos.added.records import of_ticket as added_to
from server.photos.addresses import address
from server.photos.covering import MOST_BOXES, Box, cover, may_cover, unseal
from server.photos.darkroom import Darkroom, PhotoRefused
from server.photos.darkroom.refusals import INSTEAD
from server.photos.lane import Lane, Patience, patience, spare_threads
from server.photos.locks.actions import follow, release
from server.photos.locks.records import holds as locked_for_good
from server.photos.orphans import Orphans
from server.photos.part import Part, vault_of
from server.photos.purging import ABANDONED_MS, MISTAKE_MS, WHY, abandon, empty_scrap, hide, may_put_back, purge, unhide
from server.photos.reading import Reading, installed
from server.photos.records import (
    Photo,
    after,
    break_seal,
    deeds,
    get,
    hidden,
    known,
    marks,
    migrations,
    seal,
    there,
    views,
)
from server.photos.seeing import locked, may_look, ticket_of, titles, why_not_look
from server.photos.turning import StaffRoute
from server.photos.vault import VaultError, VaultFull, VaultUnreachable, open_vault
from server.photos.whys import WHY_LEFT

__all__ = [
    "ABANDONED_MS", "INSTEAD", "MISTAKE_MS", "MOST", "MOST_ADDED", "MOST_BOXES", "UNSEALERS", "WHY", "WHY_LEFT",
    "Added", "Box", "Orphans", "Outcome", "Patience", "Photo", "PhotoRefused", "StaffRoute", "Stored", "VaultError",
    "VaultFull", "VaultUnreachable", "abandon", "add", "added_to", "address", "after", "break_seal", "brought_by",
    "cover", "deeds", "empty_scrap", "feature", "for_eyes", "get", "hidden", "hide", "keep", "known", "locked",
    "locked_for_good", "marks", "may_cover", "may_look", "may_put_back", "patience", "purge", "release", "room",
    "seal", "take", "there", "ticket_of", "titles", "unhide", "unseal", "vault_of", "views", "why_not_add",
    "why_not_look",
]  # fmt: skip

WARM_AFTER_S = 2.0


def _start(site: Site) -> None:
    darkroom, vault = Darkroom(), open_vault(site.data, site.photos_url or None)
    darkroom.warm(WARM_AFTER_S)
    reading = Reading(site, vault) if installed() else None
    site.parts["photos"] = Part(darkroom, vault, Lane(spare_threads()), Orphans(), reading)
    if reading is not None:
        reading.start()


def _stop(site: Site) -> None:
    part: Part = site.parts["photos"]
    if part.reading is not None:
        part.reading.stop()
    part.darkroom.close()


def _tidy(site: Site) -> None:
    part: Part = site.parts["photos"]
    empty_scrap(site)
    part.orphans.look(site, part.vault)


feature = Feature(
    "photos",
    migrations=migrations,
    routers=[pages.router],
    hears={Exporting: personal.export, Erasing: personal.erase, IncidentMoved: follow},
    start=_start,
    stop=_stop,
    rounds={"delete the files of photos that are gone": (300, _tidy)},
)
