"""What the stations' devices measure: kept raw for days, as figures for years, drawn on the desk; and their limits."""

from gateway.contract.envelope import Body
from server.kit.feature import Feature
from server.kit.site import Site
from server.kit.store import Work
from server.stations import get as get_station
from server.telemetry import intake, limits, pages, rollup
from server.telemetry.records import migrations
from server.telemetry.view import Charts, charts

__all__ = ["Charts", "charts", "feature"]


def _panel(work: Work, code: str, site: Site) -> Body:
    return {"limits": limits.of_station(work, get_station(work, code))}


feature = Feature(
    "telemetry",
    migrations=migrations,
    routers=[pages.router],
    facts={"telemetry": intake.from_telemetry, "device": intake.from_device},
    panel=_panel,
    rounds={"roll up telemetry": (20, rollup.roll_up), "tidy telemetry": (60, rollup.tidy)},
)
