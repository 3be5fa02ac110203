"""Points: an append-only ledger of verified reports, for riders with a profile. It decides nothing about a report."""

from server.incidents import IncidentMoved
from server.kit.feature import Feature
from server.kit.personal import Exporting, Gathering
from server.kit.site import Site
from server.points import actions, pages
from server.points.actions import KINDS, OFF, Card, card, charge_late, claim, give_back, reserve
from server.points.records import balance, entries, migrations, riders, sums
from server.points.rules import THRESHOLDS, Entry
from server.profiles import Agreed, Home, Month, RiderLeft, Withdrawn
from server.questions import Guesses

__all__ = [
    "KINDS", "OFF", "THRESHOLDS", "Card", "Entry", "balance", "card", "charge_late", "claim", "entries", "feature",
    "give_back", "reserve", "riders", "sums",
]  # fmt: skip


def _start(site: Site) -> None:
    site.parts["points"] = Guesses("这个网络查了太多不存在的回执，请 10 分钟后再试")


feature = Feature(
    "points",
    migrations=migrations,
    routers=[pages.router],
    hears={
        IncidentMoved: actions.moved,
        Home: actions.at_home,
        Month: actions.in_month,
        Agreed: actions.agreed,
        Withdrawn: actions.withdrawn,
        RiderLeft: actions.left,
        Gathering: actions.gather,
        Exporting: actions.export,
    },
    start=_start,
    rounds={"pay what was left unpaid": (3600, actions.catch_up)},
)
