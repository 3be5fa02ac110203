"""Vouchers: raincoat or meal for points, by a one-time code that the kiosk checks without a line."""

from server.kit.feature import Feature
from server.kit.personal import Exporting
from server.profiles import Home, RiderLeft, Withdrawn
from server.vouchers import actions, pages
from server.vouchers.actions import hand_over, refund, tail
from server.vouchers.records import doubled, migrations, waiting
from server.vouchers.rules import ITEMS, OUTCOMES, THRESHOLDS, Given

__all__ = ["ITEMS", "OUTCOMES", "THRESHOLDS", "Given", "doubled", "feature", "hand_over", "refund", "tail", "waiting"]

feature = Feature(
    "vouchers",
    migrations=migrations,
    routers=[pages.router],
    facts={"voucher": actions.from_kiosk},
    hears={Home: actions.at_home, RiderLeft: actions.left, Withdrawn: actions.withdrawn, Exporting: actions.export},
    rounds={
        "give points back for codes nobody used": (20, actions.lapse),
        "forget old vouchers": (3600, actions.forget),
    },
)
