"""Escalation: when a ticket's clock turns, the steps of its level tell those who can still do something about it."""

from server.clocks import ClockTurned
from server.escalation import actions, pages, records
from server.escalation.edit import EDITORS, drop_step, may_edit, put_step, restore
from server.escalation.records import Plan, migrations, plan
from server.escalation.rules import SHIPPED, Step, say
from server.incidents import IncidentMoved
from server.kit.clock import DAY_MS
from server.kit.feature import Entry, Feature
from server.kit.site import Site

__all__ = [
    "EDITORS",
    "SHIPPED",
    "Plan",
    "Step",
    "drop_step",
    "feature",
    "may_edit",
    "plan",
    "put_step",
    "restore",
    "say",
]

FIRED_KEPT_MS = 400 * DAY_MS
MOST_TIDIED = 2000


def _tidy(site: Site) -> None:
    with site.store.work() as work:
        records.tidy(work, work.now - FIRED_KEPT_MS, MOST_TIDIED)


feature = Feature(
    "escalation",
    migrations=migrations,
    routers=[pages.router],
    hears={ClockTurned: actions.turned, IncidentMoved: actions.moved},
    rounds={"fire the steps of turned clocks": (2, actions.look_again), "tidy-escalation": (3600, _tidy)},
    entries=(Entry("escalation", "/desk/escalation", "超时升级", "speakerphone", lambda person: person.triages),),
)
