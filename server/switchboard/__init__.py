"""The switchboard: how the channels of alerts are, a test message over each, and the ladder, on the desk."""

from server.kit.feature import Feature
from server.switchboard import pages

feature = Feature("switchboard", routers=[pages.router])
