"""The desk's book of stations: one page for each, days that go their own way, tables in and out, signs to print."""

from server.kit.feature import Entry, Feature
from server.stationbook import list_pages, print_pages, sheet_pages, station_pages
from server.stationbook.paper import installer_pages, signs

__all__ = ["feature", "installer_pages", "signs"]

feature = Feature(
    "stationbook",
    routers=[list_pages.router, sheet_pages.router, print_pages.router, station_pages.router],
    entries=(Entry("stations", "/desk/stations", "小站", "lamp", lambda person: person.minds_fleet),),
)
