"""Photos: decoded in a process of their own, stripped of everything but the picture, shown to few, kept briefly."""

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.kit.site import Site
from server.photos import pages, personal
from server.photos.actions import MOST, UNSEALERS, Stored, for_eyes, keep, take
from server.photos.addresses import address
from server.photos.covering import MOST_BOXES, Box, cover, may_cover, unseal
from server.photos.darkroom import Darkroom, PhotoRefused
from server.photos.orphans import Orphans
from server.photos.part import Part, vault_of
from server.photos.purging import ABANDONED_MS, MISTAKE_MS, WHY, abandon, empty_scrap, hide, purge, unhide
from server.photos.reading import Reading, installed
from server.photos.records import Photo, after, break_seal, deeds, get, known, marks, migrations, seal, views
from server.photos.seeing import locked, may_look
from server.photos.vault import VaultError, VaultFull, VaultUnreachable, open_vault

__all__ = [
    "ABANDONED_MS", "MISTAKE_MS", "MOST", "MOST_BOXES", "UNSEALERS", "WHY", "Box", "Orphans", "Photo",
    "PhotoRefused", "Stored", "VaultError", "VaultFull", "VaultUnreachable", "abandon", "address", "after",
    "break_seal", "cover", "deeds", "empty_scrap", "feature", "for_eyes", "get", "hide", "keep", "known", "locked",
    "marks", "may_cover", "may_look", "purge", "seal", "take", "unhide", "unseal", "vault_of", "views",
]  # fmt: skip

WARM_AFTER_S = 2.0


def _start(site: Site) -> None:
    darkroom, vault = Darkroom(), open_vault(site.data, site.photos_url or None)
    darkroom.warm(WARM_AFTER_S)
    reading = Reading(site, vault) if installed() else None
    site.parts["photos"] = Part(darkroom, vault, Orphans(), reading)
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
    hears={Exporting: personal.export, Erasing: personal.erase},
    start=_start,
    stop=_stop,
    rounds={"delete the files of photos that are gone": (300, _tidy)},
)
