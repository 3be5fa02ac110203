"""Roll-outs: a kiosk's own settings, changed in waves: one station, a tenth, all; each waits until the last is well.

Letters, notices and amenities are content and go everywhere at once; what could silence a kiosk goes this way.
"""

from gateway.contract.envelope import Body
from server.kit.feature import Entry, Feature
from server.kit.site import Site
from server.kit.store import Work
from server.rollouts import pages, records
from server.rollouts.actions import progress, start, sweep_drift
from server.rollouts.rules import is_roller

__all__ = ["feature"]


def _panel(work: Work, code: str, _site: Site) -> Body:
    dials = records.dials(work, code)
    return {"kiosk": dials} if dials else {}


feature = Feature(
    "rollouts",
    migrations=records.migrations,
    routers=[pages.router],
    entries=(Entry("rollouts", "/desk/rollouts", "屏幕设置", "settings", is_roller),),
    panel=_panel,
    start=start,
    rounds={"rollouts": (2, progress), "drift": (15, sweep_drift)},
)
