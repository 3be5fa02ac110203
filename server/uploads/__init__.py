"""Uploads: a photo that comes in pieces over a bad line (tus 1.0.0), kept on disk until another feature takes it."""

from server.kit.feature import Feature
from server.kit.site import Site
from server.uploads import actions, pages
from server.uploads.actions import opened, settle, waiting
from server.uploads.pages import Pace
from server.uploads.records import get, migrations
from server.uploads.rules import MOST_BYTES, Upload

__all__ = ["MOST_BYTES", "Upload", "feature", "get", "opened", "settle", "waiting"]


def _start(site: Site) -> None:
    site.parts["uploads"] = Pace()
    actions.spool(site).close_to_others()


feature = Feature(
    "uploads",
    migrations=migrations,
    routers=[pages.router],
    start=_start,
    rounds={"delete uploads that nobody finishes": (300, actions.tidy)},
)
