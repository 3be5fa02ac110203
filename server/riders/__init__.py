"""The rider's phone: a station's page, checking in, reporting with a photo, and the receipt that tells the truth."""

from server.kit.feature import Feature
from server.kit.site import Site
from server.questions import Guesses
from server.riders import adding_pages, mine_pages, naming_pages, receipt_pages, report_pages, station_pages

__all__ = ["feature"]


def _start(site: Site) -> None:
    site.parts["riders"] = Guesses("这个网络查了太多不存在的回执，请 10 分钟后再试")


PAGES = (station_pages, report_pages, receipt_pages, adding_pages, mine_pages, naming_pages)

feature = Feature("riders", routers=[pages.router for pages in PAGES], start=_start)
