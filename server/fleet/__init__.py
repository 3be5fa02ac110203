"""The fleet: how the kiosks are, and what came from them that nobody could take."""

from server.fleet import api, pages
from server.kit.feature import Feature

feature = Feature("fleet", routers=[pages.router, api.router])
