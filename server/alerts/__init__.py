"""Alerts that wake the right person: the ladder, the outbox, the channels, and the link that takes a ticket over."""

from server.alerts import actions, events, pages
from server.alerts.actions import Ack, LogLine, acknowledged, change_ladder, first, log_of, reconsider
from server.alerts.channels import Answer, Channel
from server.alerts.memos.actions import tell, withdraw
from server.alerts.memos.records import Memo
from server.alerts.memos.records import tidy as tidy_memos
from server.alerts.queries import health, last_failures, tidy, unaccepted, waiting
from server.alerts.records import ladder, migrations
from server.alerts.ringer import Ringer
from server.alerts.rules import DIGEST, MANNERS, ONCE, RING, ROLES, Rung
from server.alerts.setup import FILE
from server.alerts.troubles import troubles
from server.incidents import ApprovalAnswered, ApprovalAsked, IncidentMoved, IncidentReported, LookDue, ReviewDue
from server.kit.clock import DAY_MS
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.routing import RouteBroken

__all__ = [
    "DIGEST", "FILE", "MANNERS", "ONCE", "RING", "ROLES", "Ack", "Answer", "Channel", "LogLine", "Memo", "Ringer",
    "Rung", "acknowledged", "change_ladder", "feature", "first", "health", "ladder", "last_failures", "log_of",
    "reconsider", "tell", "troubles", "unaccepted", "waiting", "withdraw",
]  # fmt: skip

DELIVERIES_KEPT_MS = 30 * DAY_MS
ATTEMPTS_KEPT_MS = 400 * DAY_MS
"""A year and a bit: a log of who was called when answers a complaint."""
MOST_TIDIED = 2000


def _start(site: Site) -> None:
    ringer = site.parts["alerts"] = Ringer(site)
    ringer.start()


def _stop(site: Site) -> None:
    site.parts["alerts"].stop()


def _tidy(site: Site) -> None:
    with site.store.work() as work:
        tidy(work, work.now - DELIVERIES_KEPT_MS, work.now - ATTEMPTS_KEPT_MS, MOST_TIDIED)
        tidy_memos(work, work.now - DELIVERIES_KEPT_MS, MOST_TIDIED)


def _moved(work: Work, event: IncidentMoved) -> None:
    actions.follow(work, event)
    events.moved(work, event)


feature = Feature(
    "alerts",
    migrations=migrations,
    routers=[pages.router],
    hears={
        IncidentReported: actions.queue,
        IncidentMoved: _moved,
        ApprovalAsked: events.approval_asked,
        ApprovalAnswered: events.approval_answered,
        LookDue: events.look_due,
        ReviewDue: events.review_due,
        RouteBroken: events.route_broken,
    },
    start=_start,
    stop=_stop,
    rounds={"tidy-alerts": (3600, _tidy)},
)
