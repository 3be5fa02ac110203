"""Pairing: a code for a kiosk's credentials, and what comes later: replacing, moving, taking out of service."""

from server.kit.feature import Entry, Feature
from server.kit.site import Site
from server.pairing import exchange, pages
from server.pairing.actions import cut, is_good, leave, make_code, move, retire, revoke_code
from server.pairing.door import Door
from server.pairing.records import is_retired, migrations, retired
from server.pairing.rules import CODE_MS
from server.pairing.settings import Settings
from server.stations import StationRetired

__all__ = [
    "CODE_MS", "Settings", "feature", "is_good", "is_retired", "make_code", "move", "retire", "retired", "revoke_code",
]  # fmt: skip

CUT_S = 1
"""A login ends this soon also when another process, such as the console, took its station out of service."""


def _start(site: Site) -> None:
    site.parts["pairing"] = (Door(), Settings())


feature = Feature(
    "pairing",
    migrations=migrations,
    routers=[exchange.router, pages.router],
    entries=(
        Entry("pairing", "/desk/pairing", "配对与更换", "plug-connected", lambda person: person.minds_fleet),
    ),
    hears={StationRetired: leave},
    start=_start,
    rounds={"pairing": (CUT_S, cut)},
)  # fmt: skip
