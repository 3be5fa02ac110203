"""Commands: what a person has a kiosk do now, once; who wanted it, why, and what became of it."""

from server.commands import api, door, live, pages
from server.commands.actions import Wish, get, heard, order, sweep, watch
from server.commands.post import desire
from server.commands.records import Order, latest, migrations
from server.commands.rules import KINDS, Kind, is_orderer, may
from server.kit.feature import Entry, Feature

__all__ = [
    "KINDS", "Kind", "Order", "Wish", "desire", "feature", "get", "is_orderer", "latest", "may",
    "order",
]  # fmt: skip

feature = Feature(
    "commands",
    migrations=migrations,
    routers=[live.router, pages.router, door.router, api.router],
    facts={"result": heard},
    entries=(Entry("commands", "/desk/commands", "远程指令", "bolt", is_orderer),),
    rounds={"commands": (1, watch), "command finds": (3600, sweep)},
)
