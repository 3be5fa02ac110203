"""Check-ins: how many riders rest where and when. Nobody is named."""

from server.checkins import actions
from server.checkins.actions import CheckedIn, check_in, prove
from server.checkins.records import count_before, forget, latest, migrations, today
from server.kit.feature import Feature

__all__ = ["CheckedIn", "check_in", "count_before", "feature", "forget", "latest", "prove", "today"]

feature = Feature("checkins", migrations=migrations, facts={"checkin": actions.from_kiosk})
