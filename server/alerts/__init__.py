"""Alerts that wake the right person: the ladder, the outbox, the channels, and the link that takes a ticket over."""

from server.alerts import actions, pages
from server.alerts.actions import Ack, LogLine, acknowledged, change_ladder, first, log_of, reconsider
from server.alerts.channels import Answer, Channel
from server.alerts.queries import health, last_failures, tidy, unaccepted, waiting
from server.alerts.records import ladder, migrations
from server.alerts.ringer import Ringer
from server.alerts.rules import MANNERS, ROLES, Rung
from server.alerts.setup import FILE
from server.incidents import IncidentMoved, IncidentReported
from server.kit.clock import DAY_MS
from server.kit.feature import Feature
from server.kit.site import Site

__all__ = [
    "FILE", "MANNERS", "ROLES", "Ack", "Answer", "Channel", "LogLine", "Ringer", "Rung", "acknowledged",
    "change_ladder", "feature", "first", "health", "ladder", "last_failures", "log_of", "reconsider", "unaccepted",
    "waiting",
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


feature = Feature(
    "alerts",
    migrations=migrations,
    routers=[pages.router],
    hears={IncidentReported: actions.queue, IncidentMoved: actions.follow},
    start=_start,
    stop=_stop,
    rounds={"tidy-alerts": (3600, _tidy)},
)
