"""The JSON API for programs: stations, check-ins and incidents, with bearer tokens and keyset pages."""

from server.api import checkins, incidents, stations
from server.kit.feature import Feature

feature = Feature("api", routers=[stations.router, checkins.router, incidents.router])
