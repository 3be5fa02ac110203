"""The rider's phone: a station's page, checking in, reporting with a photo, and the receipt that tells the truth."""

from server.kit.feature import Feature
from server.kit.site import Site
from server.riders import receipt_pages, report_pages, station_pages
from server.riders.lookups import Lookups

__all__ = ["feature"]


def _start(site: Site) -> None:
    site.parts["riders"] = Lookups()


feature = Feature("riders", routers=[station_pages.router, report_pages.router, receipt_pages.router], start=_start)
