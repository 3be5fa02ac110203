"""Photos: decoded in a process of their own, stripped of everything but the picture, shown to few."""

from server.kit.feature import Feature
from server.kit.site import Site
from server.photos import pages
from server.photos.actions import MOST, Part, Stored, keep, sweep, take
from server.photos.darkroom import Darkroom, PhotoRefused
from server.photos.records import Photo, get, migrations
from server.photos.vault import VaultError, VaultFull, VaultUnreachable, open_vault

__all__ = [
    "MOST", "Photo", "PhotoRefused", "Stored", "VaultError", "VaultFull", "VaultUnreachable", "feature", "get",
    "keep", "take",
]  # fmt: skip


def _start(site: Site) -> None:
    darkroom = Darkroom()
    darkroom.warm()
    site.parts["photos"] = Part(darkroom, open_vault(site.data, site.photos_url or None))


def _stop(site: Site) -> None:
    part: Part = site.parts["photos"]
    part.darkroom.close()


feature = Feature(
    "photos",
    migrations=migrations,
    routers=[pages.router],
    start=_start,
    stop=_stop,
    rounds={"delete photos that were never sent": (3600, sweep)},
)
