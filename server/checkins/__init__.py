"""Check-ins: how many riders rest where and when. Nobody is named."""

from server.checkins import actions
from server.checkins.actions import CheckedIn, check_in, prove
from server.checkins.records import latest, migrations, today
from server.kit.feature import Feature

__all__ = ["CheckedIn", "check_in", "feature", "latest", "prove", "today"]

feature = Feature(
    "checkins",
    migrations=migrations,
    facts={"checkin": actions.from_kiosk},
    rounds={"forget old check-ins": (3600, actions.forget_old)},
)
