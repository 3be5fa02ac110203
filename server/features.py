"""Every feature, in order: a feature may import only those above it."""

from server import (
    alerts,
    api,
    calendar,
    checkins,
    clocks,
    desk,
    fleet,
    incidents,
    letters,
    notices,
    people,
    photos,
    riders,
    rota,
    staff,
    stations,
    switchboard,
)
from server.kit.feature import Feature

FEATURES: tuple[Feature, ...] = (
    stations.feature,
    staff.feature,
    calendar.feature,
    people.feature,
    incidents.feature,
    clocks.feature,
    photos.feature,
    checkins.feature,
    letters.feature,
    alerts.feature,
    notices.feature,
    api.feature,
    riders.feature,
    desk.feature,
    rota.feature,
    switchboard.feature,
    fleet.feature,
)
