"""The switchboard: how the channels of alerts are, a test message over each, and the ladder, on the desk."""

from server.kit.feature import Entry, Feature
from server.switchboard import pages

feature = Feature(
    "switchboard",
    routers=[pages.router],
    entries=(Entry("alerts", "/desk/alerts", "提醒渠道", "bell", lambda person: person.minds_fleet),),
)
