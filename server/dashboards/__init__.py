"""Dashboards: the Monday page and the lists behind its numbers. The only feature that reads across tables."""

from server.dashboards import list_pages, monday_pages, number_pages
from server.dashboards.records import migrations
from server.kit.feature import Entry, Feature

__all__ = ["feature"]

feature = Feature(
    "dashboards",
    migrations=migrations,
    routers=[number_pages.router, monday_pages.router, list_pages.router],
    entries=(Entry("monday", "/desk/monday", "周报", "chart-bar", lambda person: person.triages),),
)
