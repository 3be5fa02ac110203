"""Every feature, in order: a feature may import only those above it."""

from server import api, checkins, desk, fleet, incidents, letters, notices, photos, riders, staff, stations
from server.kit.feature import Feature

FEATURES: tuple[Feature, ...] = (
    stations.feature,
    staff.feature,
    incidents.feature,
    photos.feature,
    checkins.feature,
    letters.feature,
    notices.feature,
    api.feature,
    riders.feature,
    desk.feature,
    fleet.feature,
)
