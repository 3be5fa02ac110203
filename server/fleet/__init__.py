"""The fleet: how the kiosks are, and what came from them that nobody could take."""

from server.fleet import api, pages
from server.fleet.view import Fleet
from server.kit.feature import Entry, Feature

__all__ = ["Fleet", "feature"]

feature = Feature(
    "fleet",
    routers=[pages.router, api.router],
    entries=(
        Entry("fleet", "/desk/fleet", "小站屏幕", "device-tablet", lambda person: person.minds_fleet, often=True),
    ),
)
