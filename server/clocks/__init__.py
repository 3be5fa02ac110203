"""Clocks: how long a ticket may take in each stage, where it stands, and who is told when it turns."""

from server.clocks import actions
from server.clocks.actions import EDITORS, ClockTurned, Standing, limits, pause, resume, set_limit, standings
from server.clocks.records import limit_history, migrations, overdue, runs_of
from server.clocks.rules import SHIPPED, STAGE_LABELS, Light, Limit, Run, Stage, light
from server.incidents import IncidentMoved, IncidentRaised, IncidentReported
from server.kit.feature import Feature

__all__ = [
    "EDITORS", "SHIPPED", "STAGE_LABELS", "ClockTurned", "Light", "Limit", "Run", "Stage", "Standing", "feature",
    "light", "limit_history", "limits", "overdue", "pause", "resume", "runs_of", "set_limit", "standings",
]  # fmt: skip

feature = Feature(
    "clocks",
    migrations=migrations,
    hears={IncidentReported: actions.reported, IncidentMoved: actions.moved, IncidentRaised: actions.raised},
    rounds={"tell turned clocks": (5, actions.tell_turned)},
)
