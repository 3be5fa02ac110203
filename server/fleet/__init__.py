"""The fleet: how the kiosks are, and what came from them that nobody could take."""

from server.fleet import api, pages
from server.kit.feature import Entry, Feature

feature = Feature(
    "fleet",
    routers=[pages.router, api.router],
    entries=(
        Entry("fleet", "/desk/fleet", "小站屏幕", "device-tablet", lambda person: person.minds_fleet, often=True),
    ),
)
